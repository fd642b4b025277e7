package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// whereItRuns is what differs between a repository and the copy of it that the test makes, and between releases of Go.
var whereItRuns = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`main [0-9a-f]{7} ".*`), `main COMMIT "MESSAGE"`},
	{regexp.MustCompile(`(1\.4\.2-)[0-9a-f]{7,40}[/…]?`), "${1}COMMIT"},
	{regexp.MustCompile(`\b\d+(\.\d+)? MB\b`), "SIZE"},
	{regexp.MustCompile(`\bbin/penstock\b`), "penstock"}, // how a test is called it cannot choose
}

// The README shows what make run prints: that is the program on the example, whose repository has one commit here.
func TestTheTranscriptOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(readme), "$ make run\n")
	shown, _, found := strings.Cut(shown, "```\n")
	if !found {
		t.Fatal("the README has no transcript of make run")
	}
	root := t.TempDir()
	if err := copyExample(filepath.Join(root, "examples", "go-service")); err != nil {
		t.Fatal(err)
	}
	const commit = `git init -q -b main && git add . && git commit -q -m "A message that is longer than what there is room for in the line"`
	tr := &transcript{t: t, folder: root}
	if printed := tr.sh(commit); printed != "" {
		t.Fatal(printed)
	}
	run := penstock(root, "run", "examples/go-service/pipeline.yaml", "--yes")
	printed, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if diff := cmp.Diff(steady(anywhere(shown)), steady(anywhere(string(printed)))); diff != "" {
		t.Errorf("make run prints something else than the README shows (-README +now):\n%s", diff)
	}
}

func anywhere(text string) string {
	for _, c := range whereItRuns {
		text = c.pattern.ReplaceAllString(text, c.mask)
	}
	return text
}

// What make run does is what the transcript is compared with.
func TestMakeRunRunsTheExample(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "make", "-C", "../..", "-n", "run").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "bin/penstock run examples/go-service/pipeline.yaml --yes\n") {
		t.Errorf("make run: %v\n%s", err, out)
	}
}

// Every command and every folder of packages has its row in the README, and each folder that is named is there.
func TestTheTablesOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for _, cmd := range rootCommand(process{name: "penstock"}).Commands() {
		name := cmd.Name()
		if name != "help" && name != "version" && !strings.Contains(readme, "`penstock "+name) && !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the README does not tell of penstock %s", name)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+/)` \\|").FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", row[1])); err != nil {
			t.Errorf("the README has the folder %s: %v", row[1], err)
		}
	}
	for _, pattern := range []string{"*", "internal/*", "cmd/*"} {
		folders, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			name := strings.TrimPrefix(filepath.ToSlash(folder), "../../")
			if status, err := os.Stat(folder); err != nil || !status.IsDir() || name == "internal" || name == "cmd" || name == "bin" || strings.HasPrefix(name, ".") {
				continue
			}
			if !strings.Contains(readme, "| `"+name+"/` |") {
				t.Errorf("the README does not tell what is in %s", name)
			}
		}
	}
}
