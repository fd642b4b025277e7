package main

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// canary is a text that must be found nowhere, random so that nothing can know it by chance.
func canary() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails, since Go 1.24
	return "canary-" + hex.EncodeToString(random[:])
}

// canaries by what they are.
type canaries map[string]string

// in names those that a text has. Of a secret of several lines each line counts.
func (c canaries) in(text []byte) (found []string) {
	for name, secret := range c {
		for line := range strings.Lines(secret) {
			if bytes.Contains(text, []byte(strings.TrimSuffix(line, "\n"))) {
				found = append(found, name)
			}
		}
	}
	return found
}

// What a build is trusted with, and what the host has, is in nothing that a run writes or that any command prints: the
// builds of this pipeline print it in every way, export it, fail with it, and write it into a report.
func TestSecretsAreNowhere(t *testing.T) {
	declared := canaries{
		"secrets-manager": canary(), "parameter-store": canary(), "SECRETS_MANAGER": canary(), "PARAMETER_STORE": canary(),
		"several lines": canary() + "\n" + canary(), "a key of JSON": canary(), "Commands": canary(),
		"of a function": canary(),
	}
	host := canaries{"variable of the host": canary(), "AWS credentials": canary(), "AWS token": canary(), "proxy": canary(), "npm": canary()}
	dir := t.TempDir()
	secretPipeline(t, dir, declared)
	all := canaries{}
	for _, c := range []canaries{declared, host} {
		for name, secret := range c {
			all[name] = secret
		}
	}
	said := map[string][]byte{}
	for _, arguments := range []string{
		"run pipeline.yaml", "run pipeline.yaml --json", "show", "show --json", "logs", "logs --json", "state", "state --json",
		"executions", "executions --json", "watch", "watch --json", "events", "events --json",
		"approve --json", "reject --json", "stop --json", "gc --dry-run", "gc --json",
		"__complete show ", "__complete logs ", "__complete watch ", "__complete approve ", "__complete stop ", "__complete state --pipeline ",
	} {
		cmd := penstock(dir, strings.Split(arguments, " ")...)
		cmd.Env = append(cmd.Env, "HOST_CANARY="+host["variable of the host"],
			"AWS_SECRET_ACCESS_KEY="+host["AWS credentials"], "AWS_SESSION_TOKEN="+host["AWS token"],
			"HTTPS_PROXY=http://user:"+host["proxy"]+"@proxy.test", "npm_config__authToken="+host["npm"])
		said[arguments], _ = cmd.CombinedOutput() // the run fails on purpose
	}
	for arguments, out := range said {
		if found := all.in(out); len(found) > 0 {
			t.Errorf("penstock %s prints %v:\n%s", arguments, found, out)
		}
	}
	mustBeSaid(t, said)
	searchStateDirectory(t, filepath.Join(dir, ".penstock"), all)
}

// mustBeSaid holds that the builds did what they are there for.
func mustBeSaid(t *testing.T, said map[string][]byte) {
	t.Helper()
	for arguments, texts := range map[string][]string{
		"run pipeline.yaml": {
			"FAIL  Fail", "error: the token *** was refused", "FAIL  Path", "path found for folder-***", "FAIL  Commands", "FAIL  Batch", "| one has ***", "1 passed, 1 failed",
			"BUILD_OK=ok", "FAIL  Raise", "ValueError: the function was refused with ***", "FAIL  Machine", "FAIL  Mocked", "GIVEN=yes",
		},
		"run pipeline.yaml --json": {
			"plain ***", `"split ***"`, `json {\"token\":\"***\"}`, "line of several ***", "traced ***", "WHOLE=***", "HTTPS_PROXY=http://user:***@proxy.test", "npm_config__authToken=***", "COPY is not exported",
			"IN_A_URL is not exported", "seen 6 of 6", "host sees nothing", "the commands saw the secret", "closed by </***>", "[two] batch ***",
			"the function has ***", "output variable KEY is left out", "output variable IN_A_URL is left out", "the function returned is masked",
		},
		"watch": {"FAIL  Fail"}, "watch --json": {"Penstock Summary"}, "events": {"Commands/Raise"}, "events --json": {"was refused with ***"},
		"logs --json": {"plain ***"}, "gc --json": {"executionsKept"}, "approve --json": {"no approval waits"}, "stop --json": {"no execution is open"},
		"__complete show ": {"secrets, Failed"}, "__complete logs ": {"Commands/Raise"},
		"logs": {"plain ***"}, "show": {"BUILD_OK=ok"}, "show --json": {"BUILD_OK"}, "state --json": {"JobFailed"}, "executions --json": {"Failed"},
	} {
		for _, text := range texts {
			if !bytes.Contains(said[arguments], []byte(text)) {
				t.Errorf("penstock %s lacks %q:\n%s", arguments, text, said[arguments])
			}
		}
	}
}

// searchStateDirectory searches each file as it lies there and each artifact as a reader has it.
func searchStateDirectory(t *testing.T, state string, all canaries) {
	t.Helper()
	stored := objects.New(filepath.Join(state, "objects"))
	reader := envelope.New(stored, keys.New(filepath.Join(state, "key")))
	files, artifacts := 0, 0
	err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if found := all.in(text); len(found) > 0 {
			t.Errorf("%s has %v", path, found)
		}
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := stored.List(t.Context(), "artifacts", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listed {
		artifacts++
		if found := all.in(plainArtifact(t, reader, artifact.Location{Bucket: "artifacts", Key: l.Key})); len(found) > 0 {
			t.Errorf("artifact %s has %v", l.Key, found)
		}
	}
	if files < 8 || artifacts < 2 {
		t.Errorf("only %d files and %d artifacts were searched", files, artifacts)
	}
}

func plainArtifact(t *testing.T, from artifact.Objects, at artifact.Location) []byte {
	t.Helper()
	reader, err := from.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	zipped := make([]byte, reader.Size())
	if _, err := reader.ReadAt(zipped, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	for _, f := range archive.File {
		plain.WriteString(f.Name + "\n")
		content, err := f.Open()
		if err == nil {
			_, err = io.Copy(&plain, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return plain.Bytes()
}

// secretPipeline copies testdata/secrets and binds its secrets and parameters. Their values are in no source: a build
// compares them with their digests.
func secretPipeline(t *testing.T, dir string, declared canaries) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata/secrets")); err != nil {
		t.Fatal(err)
	}
	bound, sums := []string{"secrets:"}, []string{}
	for name, secret := range map[string]string{
		"app/whole": declared["secrets-manager"], "app/typed": declared["SECRETS_MANAGER"], "app/lines": declared["several lines"],
		"app/function": declared["of a function"],
		"app/json":     fmt.Sprintf(`{"key": %q}`, declared["a key of JSON"]), "app/commands": declared["Commands"],
	} {
		bound = append(bound, fmt.Sprintf("  %s: {value: %q}", name, secret))
	}
	bound = append(bound, "functions:")
	for _, name := range []string{"give", "fail"} {
		bound = append(bound, fmt.Sprintf("  %s: {path: ./source, runtime: python3.13, handler: app.%s, result: return, environment: {TOKEN: %q}}", name, name, declared["of a function"]))
	}
	bound = append(bound, "parameters:", "  /app/stored: "+declared["parameter-store"], "  /app/typed: "+declared["PARAMETER_STORE"], "")
	for _, secret := range declared {
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256([]byte(secret))))
	}
	file := filepath.Join(dir, "penstock.local.yaml")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append(text, strings.Join(bound, "\n")...), 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "source", "sums"), []byte(strings.Join(sums, "\n")+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
