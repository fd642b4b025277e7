//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// A run is killed as soon as it has told something, and the next run takes the same execution to its end. Its second
// build waits for a named pipe that nobody writes to, so no run gets past that before it is killed.
func TestKilledRuns(t *testing.T) {
	for name, told := range map[string]string{
		"execution started": `Pipeline Execution State Change.*"state":"STARTED"`,
		"stage entered":     `Stage Execution State Change.*"stage":"Source","state":"STARTED"`,
		"source begun":      `"action":"Checkout","state":"STARTED"`,
		"source ended":      `"action":"Checkout","state":"SUCCEEDED"`,
		"builds begun":      `"stage":"Build".*"action":"Make","state":"STARTED"`,
		"a build at work":   `Penstock Log.*looking at VERSION`,
		"a build ended":     `"action":"Make","state":"SUCCEEDED"`,
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			blocked := filepath.Join(dir, "blocked")
			waitingDemo(t, dir, blocked)
			killWhenTold(t, penstock(dir, "run", "pipeline.yaml", "--yes", "--json"), regexp.MustCompile(told))
			if err := os.Remove(blocked); err != nil {
				t.Fatal(err)
			}
			out, err := penstock(dir, "run", "pipeline.yaml", "--yes").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "\nresuming execution ") {
				t.Errorf("the next run: %v\n%s", err, out)
			}
			for _, line := range []string{"  ok    Checkout ", "  ok    Make ", "  ok    Test ", "  ok    Gate ", "  ok    Deploy ", "Succeeded in "} {
				if n := strings.Count(string(out), "\n"+line); n != 1 {
					t.Errorf("%q is there %d times, want once:\n%s", line, n, out)
				}
			}
			executions, err := os.ReadDir(filepath.Join(dir, ".penstock", "logs"))
			if err != nil || len(executions) != 1 {
				t.Errorf("%d executions ran, want 1; %v", len(executions), err)
			}
		})
	}
}

// A run that was interrupted while it waited for an approval asks again.
func TestAnInterruptedApprovalIsAskedAgain(t *testing.T) {
	for name, flags := range map[string][]string{"lines": nil, "json": {"--json"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS("testdata/demo")); err != nil {
				t.Fatal(err)
			}
			interruptAtApproval(t, dir)
			out, err := penstock(dir, append([]string{"run", "pipeline.yaml", "--yes"}, flags...)...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "Succeeded") || !strings.Contains(string(out), "approved by --yes") && flags == nil {
				t.Errorf("the next run: %v\n%s", err, out)
			}
		})
	}
}

// interruptAtApproval starts a run in this process, and ends it when it waits for its approval.
func interruptAtApproval(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, "pipeline.yaml")
	b, err := readBindings(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parseDefinition(process{}, file, pipeline.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d.check(b.options(pipeline.LocalEngine, d.pipeline))
	ready := prepared{definition: d, bindings: b.Bindings, place: placeOf("", file)}
	if ready.machines, err = statemachines.Compile(d.pipeline); err != nil {
		t.Fatal(err)
	}
	session, err := ready.place.open(t.Context(), local.Options{Bindings: b.Bindings, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	feed := local.NewFeed()
	if _, err := session.Run(t.Context(), ready.request(&runRequest{}, os.Environ()), feed); err != nil {
		t.Fatal(err)
	}
	for asked := false; !asked; {
		<-feed.Ready
		for _, n := range feed.Take() {
			if n.Event != nil {
				detail := detailOf(n.Event)
				asked = asked || detail.Stage == "Approve" && detail.ActionExecutionID != "" && detail.State == started
			}
		}
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
}

// waitingDemo copies the demo pipeline; its second build waits for a named pipe as long as there is one.
func waitingDemo(t *testing.T, dir, pipe string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata/demo")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(dir, "source", "buildspec-test.yml")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spec, fmt.Appendf(text, "      - if [ -p '%s' ]; then cat '%[1]s'; fi\n", pipe), 0o600); err != nil {
		t.Fatal(err)
	}
}

// penstock is this test binary as the program, see TestMain, without what the user's environment says of terminals and
// platforms.
func penstock(dir string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"penstock"}, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NO_COLOR=1", "COLUMNS=", platformVariable+"=")
	return cmd
}

func killWhenTold(t *testing.T, cmd *exec.Cmd, told *regexp.Regexp) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	found := false
	for !found && lines.Scan() {
		found = told.MatchString(lines.Text())
	}
	if err := cmd.Process.Kill(); err != nil || !found {
		t.Fatalf("the run ended before it told %s: %v", told, err)
	}
	_ = cmd.Wait() // killed
}
