package builds

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/pipeline"
)

const connectionARN = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b"

func connectionAction(more map[string]string, overrides ...action.Override) action.Request {
	configuration := map[string]string{"ConnectionArn": connectionARN, "FullRepositoryId": "acme/app", "BranchName": "main"}
	for key, value := range more {
		configuration[key] = value
	}
	return action.Request{
		ActionExecutionID: "token", Started: begun, PipelineName: "release", Stage: "Source",
		Action: &pipeline.Action{
			Name:         pipeline.Text{Value: "Checkout"},
			ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: "CodeStarSourceConnection"}},
		},
		Configuration: configuration, Overrides: overrides, Log: &cloudtest.Log{},
		Outputs: []action.Output{{Name: "Source", Location: artifact.Location{Bucket: "artifacts", Key: "p/Source/1"}}},
	}
}

func connectionsAt(a *cloudtest.Answers) *Connections {
	return NewConnections(account(a), "penstock-fetch", Options{Artifacts: cloud.BucketOptions{KMSKeyID: "key"}, ServiceRole: "build", Clock: cloudtest.FixedClock(begun)})
}

// environmentOf is what a start asks of CodeBuild, with the variables by name.
func environmentOf(t *testing.T, r action.Request) (asked map[string]any, variables map[string]string) {
	t.Helper()
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{"StartBuild": func(in map[string]any) any {
		asked = in
		return map[string]any{"build": map[string]any{"id": "penstock-fetch:1"}}
	}}}
	got, err := connectionsAt(a).Start(t.Context(), r)
	if err != nil || !got.Pending || got.ExternalExecutionID != "penstock-fetch:1" {
		t.Fatalf("outcome %+v, error %v", got, err)
	}
	variables = map[string]string{}
	all, _ := asked["environmentVariablesOverride"].([]any)
	for _, v := range all {
		if v, is := v.(map[string]any); is {
			variables[fmt.Sprint(v["name"])] = fmt.Sprint(v["value"])
		}
	}
	return asked, variables
}

func TestConnectionStartsABuild(t *testing.T) {
	asked, variables := environmentOf(t, connectionAction(nil))
	for path, want := range map[string]any{
		"projectName": "penstock-fetch", "serviceRoleOverride": "build", "idempotencyToken": "token", "sourceTypeOverride": "NO_SOURCE", "encryptionKeyOverride": "key",
		"artifactsOverride.location": "artifacts", "artifactsOverride.path": "p/Source", "artifactsOverride.name": "1", "artifactsOverride.packaging": "ZIP",
	} {
		if got := cloudtest.At(t, asked, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	want := map[string]string{
		"PENSTOCK_ACTION_EXECUTION": "token", "PENSTOCK_REF": "refs/heads/main",
		"PENSTOCK_URL": "https://codeconnections.eu-west-1.amazonaws.com/git-http/111122223333/eu-west-1/0a1b/acme/app.git",
	}
	if diff := cmp.Diff(want, variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	_, err := connectionsAt(&cloudtest.Answers{}).Start(t.Context(), connectionAction(map[string]string{"ConnectionArn": "mine"}))
	var ended *action.Failure
	if !errors.As(err, &ended) || ended.Code != action.ConfigurationError || !strings.Contains(ended.Message, `ConnectionArn "mine"`) {
		t.Errorf("error %v", err)
	}
}

// The commands of the build do what they should, on git's own server: they run here as CodeBuild runs them, in one shell.
func TestConnectionCommands(t *testing.T) {
	g := cloudtest.StartGit(t)
	g.Git(filepath.Join(g.Folder, "app"), "config", "uploadpack.allowReachableSHA1InWant", "true")
	first := g.Commit("one", map[string]string{"a": "a"})
	second := g.Commit("two \"quoted\" $HOME\n\nmore", map[string]string{"b*": "b", "latest": "-> b"})
	for name, c := range map[string]struct {
		request     action.Request
		repository  string
		commit, log string
		files       []string
		failing     string
	}{
		"a branch":      {connectionAction(nil), "app", second, "", []string{"b", "latest"}, ""},
		"a commit":      {connectionAction(nil, action.Override{Type: "COMMIT_ID", Value: first}), "app", first, "", []string{"a"}, ""},
		"first digits":  {connectionAction(nil, action.Override{Type: "COMMIT_ID", Value: first[:12]}), "app", first, "", []string{"a"}, ""},
		"their history": {connectionAction(map[string]string{"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}, action.Override{Type: "COMMIT_ID", Value: second[:12]}), "app", second, "2", []string{".git", "b", "latest"}, ""},
		"other digits":  {connectionAction(nil, action.Override{Type: "COMMIT_ID", Value: strings.Repeat("1", 12)}), "app", "", "", nil, askCommit},
		"history":       {connectionAction(map[string]string{"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}), "app", second, "2", []string{".git", "b", "latest"}, ""},
		"no branch":     {connectionAction(map[string]string{"BranchName": "x\"; rm -rf $HOME; echo \""}), "app", "", "", nil, askBranch},
		"no commit":     {connectionAction(nil, action.Override{Type: "COMMIT_ID", Value: strings.Repeat("1", 40)}), "app", "", "", nil, askCommit},
		"no repository": {connectionAction(nil), "other", "", "", nil, askRepository},
	} {
		t.Run(name, func(t *testing.T) {
			asked, variables := environmentOf(t, c.request)
			variables["PENSTOCK_URL"] = g.URL + "/" + c.repository
			folder := t.TempDir()
			out, failing := runBuildspec(t, folder, fmt.Sprint(asked["buildspecOverride"]), variables)
			if failing != c.failing {
				t.Fatalf("the failing command is %q, want %q; output %s", failing, c.failing, out)
			}
			if failing != "" {
				return
			}
			message, err := base64.StdEncoding.DecodeString(out["COMMIT_MESSAGE"])
			if out["COMMIT_ID"] != c.commit || err != nil || len(message) == 0 || out["AUTHOR_DATE"] != "2026-03-04T05:06:07+01:00" {
				t.Errorf("exported %v, message %q", out, message)
			}
			entries, err := os.ReadDir(filepath.Join(folder, "source"))
			var names []string
			for _, entry := range entries {
				names = append(names, entry.Name())
			}
			if diff := cmp.Diff(c.files, names); diff != "" || err != nil {
				t.Errorf("error %v, files (-want +got):\n%s", err, diff)
			}
			if c.log != "" {
				if n := strings.TrimSpace(g.Git(filepath.Join(folder, "source"), "rev-list", "--count", "HEAD")); n != c.log {
					t.Errorf("%s commits, want %s", n, c.log)
				}
			}
		})
	}
}

// runBuildspec runs the commands of a buildspec until one fails, which it returns, and the exported variables.
func runBuildspec(t *testing.T, folder, text string, variables map[string]string) (exported map[string]string, failing string) {
	t.Helper()
	parsed, problems := buildspec.Parse("buildspec.yml", []byte(text))
	if parsed == nil || problems.HasErrors() {
		t.Fatalf("the buildspec is wrong: %v", problems)
	}
	script := ""
	for _, command := range parsed.Phases[0].Commands {
		script += command.Value + "\n" + `if [ $? -ne 0 ]; then printf '%s' ` + "'" + strings.ReplaceAll(command.Value, "'", `'\''`) + "'" + ` > "$OUT/failing"; exit 1; fi` + "\n"
	}
	for _, name := range parsed.Env.ExportedVariables {
		script += `printf '%s' "$` + name.Value + `" > "$OUT/` + name.Value + "\"\n"
	}
	out := t.TempDir()
	c := exec.CommandContext(t.Context(), "bash", "-c", script)
	c.Dir = folder
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + out, "OUT=" + out, "GIT_CONFIG_NOSYSTEM=1"}
	for name, value := range variables {
		c.Env = append(c.Env, name+"="+value)
	}
	if text, err := c.CombinedOutput(); err != nil {
		t.Logf("%v: %s", err, text)
	}
	exported = map[string]string{}
	for _, name := range append(parsed.Env.ExportedVariables, buildspec.Text{Value: "failing"}) {
		if value, err := os.ReadFile(filepath.Join(out, name.Value)); err == nil {
			exported[name.Value] = string(value)
		}
	}
	return exported, exported["failing"]
}

func TestConnectionDescribesABuild(t *testing.T) {
	succeeded := map[string]any{
		"id": "f:1", "buildStatus": "SUCCEEDED", "logs": map[string]any{"deepLink": "https://logs"},
		"exportedEnvironmentVariables": []any{
			map[string]any{"name": "COMMIT_ID", "value": "1f2e3d4c5b6a79880123456789abcdef01234567"},
			map[string]any{"name": "AUTHOR_DATE", "value": "2026-03-04T05:06:07+01:00"},
			map[string]any{"name": "COMMIT_MESSAGE", "value": base64.StdEncoding.EncodeToString([]byte("Add\n\nwhy\n"))},
		},
	}
	got, err := connectionsAt(describing(succeeded)).Describe(t.Context(), connectionAction(nil), "f:1")
	if err != nil {
		t.Fatal(err)
	}
	want := action.Outcome{
		ExternalExecutionID: "f:1", ExternalExecutionURL: "https://logs", Summary: `main 1f2e3d4 "Add"`,
		Variables: map[string]string{
			"AuthorDate": "2026-03-04T04:06:07Z", "BranchName": "main", "CommitId": "1f2e3d4c5b6a79880123456789abcdef01234567",
			"CommitMessage": "Add\n\nwhy", "ConnectionArn": connectionARN, "FullRepositoryName": "acme/app",
		},
		Artifacts: map[string]artifact.Object{"Source": {
			Location: artifact.Location{Bucket: "artifacts", Key: "p/Source/1", VersionID: "v1"}, SHA256: contentSHA256, Size: int64(len(content)),
		}},
		Revision: &action.Revision{
			ID: "1f2e3d4c5b6a79880123456789abcdef01234567", ChangeIdentifier: "1f2e3d4c5b6a79880123456789abcdef01234567",
			Summary: "Add\n\nwhy", Created: time.Date(2026, time.March, 4, 4, 6, 7, 0, time.UTC),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	got, err = connectionsAt(describing(map[string]any{"id": "f:1", "buildStatus": "IN_PROGRESS"})).Describe(t.Context(), connectionAction(nil), "f:1")
	if err != nil || !got.Pending {
		t.Errorf("outcome %+v, error %v; want one that waits", got, err)
	}
}

func TestConnectionBuildsThatFail(t *testing.T) {
	ended := func(command string) *cloudtest.Answers {
		return describing(map[string]any{"id": "f:1", "buildStatus": "FAILED", "phases": []any{map[string]any{
			"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": []any{map[string]any{"message": "Error while executing command: " + command + ". Reason: exit status 2"}},
		}}})
	}
	nothing := describing(map[string]any{"id": "f:1", "buildStatus": "SUCCEEDED"})
	nothing.Rest = func(r *http.Request) *http.Response {
		return cloudtest.Respond(r, 404, "application/xml", "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
	}
	for name, c := range map[string]struct {
		answers    *cloudtest.Answers
		code, says string
	}{
		"repository": {ended(askRepository), action.PermissionError, `repository "acme/app" may not be read through connection ` + connectionARN},
		"branch":     {ended(askBranch), action.RevisionUnavailable, `repository "acme/app" has no branch "main"`},
		"commit":     {ended(askCommit), action.RevisionUnavailable, "is not to be had"},
		"other":      {ended("git init"), action.JobFailed, "build f:1, which fetches repository"},
		"stopped":    {describing(map[string]any{"id": "f:1", "buildStatus": "STOPPED"}), action.JobFailed, "ended as STOPPED"},
		"nothing":    {nothing, action.JobFailed, "artifacts/p/Source/1 is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connectionsAt(c.answers).Describe(t.Context(), connectionAction(nil), "f:1")
			var failure *action.Failure
			if !errors.As(err, &failure) || failure.Code != c.code || !strings.Contains(failure.Message, c.says) {
				t.Errorf("error %v, want %s and %q", err, c.code, c.says)
			}
		})
	}
	unknown := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{"BatchGetBuilds": func(map[string]any) any { return map[string]any{"builds": []any{}} }}}
	_, err := connectionsAt(unknown).Describe(t.Context(), connectionAction(nil), "f:1")
	var lost *action.LostError
	if !errors.As(err, &lost) {
		t.Errorf("error %v, want a *LostError", err)
	}
}
