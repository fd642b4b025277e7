//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// shell is a command that runs in a shell of its own, whose output is read as it comes, errors too.
type shell struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	seen  strings.Builder
}

func open(t *testing.T, dir string, args ...string) *shell {
	t.Helper()
	return openCommand(t, penstock(dir, args...))
}

func openCommand(t *testing.T, cmd *exec.Cmd) *shell {
	t.Helper()
	s := &shell{t: t, cmd: cmd}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.lines = bufio.NewScanner(stdout)
	return s
}

// tells reads until a line that matches, and returns what the pattern's group caught.
func (s *shell) tells(pattern string) string {
	s.t.Helper()
	want := regexp.MustCompile(pattern)
	for s.lines.Scan() {
		s.seen.WriteString(s.lines.Text() + "\n")
		if m := want.FindStringSubmatch(s.lines.Text()); m != nil {
			return m[len(m)-1]
		}
	}
	s.t.Fatalf("%s ended before it told %q:\n%s", s.cmd.Args, pattern, s.seen.String())
	return ""
}

// ends waits for the end of the command, and returns everything that it wrote.
func (s *shell) ends(status int) string {
	s.t.Helper()
	for s.lines.Scan() {
		s.seen.WriteString(s.lines.Text() + "\n")
	}
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	all := s.seen.String()
	if got := s.cmd.ProcessState.ExitCode(); got != status {
		s.t.Errorf("%s exits with %d, want %d:\n%s", s.cmd.Args, got, status, all)
	}
	return all
}

// says runs a command that succeeds, and checks what it prints.
func says(t *testing.T, dir, command, pattern string) string {
	t.Helper()
	out, status := told(t, dir, command)
	if status != 0 || !regexp.MustCompile(pattern).MatchString(out) {
		t.Errorf("penstock %s exits with %d and does not say %q:\n%s", command, status, pattern, out)
	}
	return out
}

// refuses runs a command that fails, and checks what it prints.
func refuses(t *testing.T, dir, command, pattern string) {
	t.Helper()
	out, status := told(t, dir, command)
	if status != exitFailed || !regexp.MustCompile(pattern).MatchString(out) {
		t.Errorf("penstock %s exits with %d and does not say %q:\n%s", command, status, pattern, out)
	}
}

func told(t *testing.T, dir, command string) (out string, status int) {
	t.Helper()
	cmd := penstock(dir, strings.Fields(command)...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func demo(t *testing.T) string {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/demo")); err != nil {
		t.Fatal(err)
	}
	return dir
}

const (
	header   = `execution ([0-9a-f]{8})`
	asks     = `Gate waits for approval`
	leave    = "--leave-approvals"
	file     = "pipeline.yaml"
	waits    = `waiting to enter stage Approve, where execution ([0-9a-f]{8}) is`
	released = `^  ok    Deploy`
)

// Runs of one pipeline meet at the gate of a stage: one waits, a newer one takes its place, and enters when the stage is
// free. The first shell runs them all, and stays until the last has ended.
func TestRunsMeetAtTheGate(t *testing.T) {
	dir := demo(t)
	first := open(t, dir, "run", file, leave)
	one := first.tells(header)
	first.tells(asks)
	says(t, dir, "executions", one+` +demo +v1 +InProgress +Approve`)
	says(t, dir, "state", `  Gate +InProgress`)
	says(t, dir, "show", "(?m)^InProgress in stage Approve")
	says(t, dir, "logs "+one+" Build/Make", ".")

	second := open(t, dir, "run", file, leave)
	two := second.tells(header)
	if behind := second.tells(waits); behind != one {
		t.Errorf("execution %s waits behind %s, want %s", two, behind, one)
	}
	says(t, dir, "state", `  \(waiting\) +Inbound +`+two)
	says(t, dir, "state --json", `"inboundExecution": \{\s+"pipelineExecutionId": "`+two)

	third := open(t, dir, "run", file, leave)
	three := third.tells(header)
	third.tells(waits)
	if all := second.ends(3); !regexp.MustCompile(`Superseded after \S+: by execution\s+` + three).MatchString(all) {
		t.Errorf("the second run ends with\n%s", all)
	}

	watch := open(t, dir, "watch", three)
	watch.tells(waits[:len("waiting to enter stage Approve")])
	left := open(t, dir, "watch", three)
	left.tells(header)
	if err := left.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if all := left.ends(3); !strings.Contains(all, "execution "+three+" goes on in the shell that runs it") {
		t.Errorf("a watch that is interrupted ends with\n%s", all)
	}
	says(t, dir, "reject --summary no", "rejected Approve/Gate of execution "+one)
	third.tells(asks)
	first.tells("running for other shells: " + three)
	says(t, dir, "approve "+three+" Approve/Gate", "approved Approve/Gate of execution "+three)
	third.tells(released)
	third.ends(0)
	watch.ends(0)
	if all := first.ends(3); !regexp.MustCompile("(?m)^Failed in stage Approve").MatchString(all) || !strings.Contains(all, ": no\n") {
		t.Errorf("the first run ends with\n%s", all)
	}
	listed := says(t, dir, "executions", three+` .*Succeeded`)
	for _, pattern := range []string{two + `.*Superseded`, one + `.*Failed`} {
		if !regexp.MustCompile(pattern).MatchString(listed) {
			t.Errorf("executions does not list %q:\n%s", pattern, listed)
		}
	}
	says(t, dir, "events "+two, `Pipeline +demo +SUPERSEDED`)
}

// In mode QUEUED nobody loses a place, in mode PARALLEL nobody waits.
func TestOtherModes(t *testing.T) {
	for mode, want := range map[string]string{"QUEUED": waits, "PARALLEL": asks} {
		t.Run(mode, func(t *testing.T) {
			dir := demo(t)
			definition := filepath.Join(dir, file)
			text, err := os.ReadFile(definition)
			if err == nil {
				err = os.WriteFile(definition, bytes.Replace(text, []byte("V2\n"), []byte("V2\nexecutionMode: "+mode+"\n"), 1), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			var runs []*shell
			var ids []string
			for i := range 3 {
				run := open(t, dir, "run", file, leave)
				ids = append(ids, run.tells(header))
				if i == 0 {
					run.tells(asks)
				} else {
					run.tells(want)
				}
				runs = append(runs, run)
			}
			for i, run := range runs {
				if i > 0 && mode == "QUEUED" {
					run.tells(asks)
				}
				says(t, dir, "approve "+ids[i]+" Approve/Gate", "approved")
				run.tells(released)
				if i > 0 {
					run.ends(0)
				}
			}
			runs[0].ends(0)
		})
	}
}

// A run that is handed to the shell that owns the state directory has the revision that it asked for.
func TestHandedRevision(t *testing.T) {
	dir := demo(t)
	git := `cd source && git init -q -b main && git add . && git="git -c user.name=A -c user.email=a@example.com" &&
		$git commit -qm "the first version" && $git commit -qm "the second version" --allow-empty`
	if out, err := shellIn(dir, git).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	owner := open(t, dir, "run", file, leave)
	owner.tells("the second version")
	owner.tells(asks)
	handed := open(t, dir, "run", file, leave, "--revision", "Checkout=main~1")
	id := handed.tells(header)
	if which := handed.tells(`"the (first|second) version`); which != "first" {
		t.Errorf("it fetched the %s version", which)
	}
	says(t, dir, "show --json "+id, `"revisionType": "COMMIT_ID"`)
	handed.tells(waits)
}

// shellIn runs a script for which git has no configuration: the user's may ask for signatures, or for hooks.
func shellIn(dir, script string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	return cmd
}

// A stop waits for what runs, unless it is abandoned.
func TestStopFromAnotherShell(t *testing.T) {
	dir := demo(t)
	run := open(t, dir, "run", file, leave)
	run.tells(asks)
	says(t, dir, "stop --reason wrong", "stopping execution [0-9a-f]{8}: it ends with Approve/Gate; --abandon ends that too")
	refuses(t, dir, "stop", "is stopping already\n  = help: to end what runs: penstock stop [0-9a-f]{8} --abandon")
	says(t, dir, "approve", "approved")
	if all := run.ends(3); !strings.Contains(all, "Stopped in stage Approve") || !strings.Contains(all, "wrong") {
		t.Errorf("the run ends with\n%s", all)
	}
	refuses(t, dir, "stop", "no execution is open here")
	refuses(t, dir, "stop "+regexp.MustCompile(`(?m)^[0-9a-f]{8}`).FindString(says(t, dir, "executions --limit 1", "Stopped")), "is Stopped and cannot be stopped\n$")

	run = open(t, dir, "run", file, leave)
	run.tells(asks)
	says(t, dir, "stop --abandon", "stopped execution")
	run.ends(3)
	refuses(t, dir, "approve", "no approval waits here")
}

// What was handed over is taken up like any other run when the process that ran it is killed; and the answer to an
// approval that comes meanwhile is not lost.
func TestAnOwnerIsKilled(t *testing.T) {
	dir := demo(t)
	first := open(t, dir, "run", file, leave)
	one := first.tells(header)
	first.tells(asks)
	second := open(t, dir, "run", file, leave)
	two := second.tells(header)
	second.tells(waits)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // killed
	if all := second.ends(3); !strings.Contains(all, "the process that ran it has ended before it did\n  = help: to take it up: penstock watch "+two) {
		t.Errorf("the second run ends with\n%s", all)
	}
	says(t, dir, "executions", two+` .*Interrupted`)
	says(t, dir, "approve", "approved Approve/Gate of execution "+one+"\nNothing runs that execution now.*\n.*\n?penstock watch "+one)
	again := open(t, dir, "run", file, leave)
	if got := again.tells(header); got != two {
		t.Errorf("execution %s is taken up, want %s", got, two)
	}
	again.tells(asks)
	says(t, dir, "approve "+two, "approved")
	again.tells(released)
	again.ends(0)
	listed := says(t, dir, "executions", two+` .*Succeeded`)
	if !regexp.MustCompile(one + `.*Succeeded`).MatchString(listed) {
		t.Errorf("the execution that was approved:\n%s", listed)
	}
}

// Ctrl-C in the first shell ends its run; a second one ends what it runs for others.
func TestInterruptsOfAnOwner(t *testing.T) {
	dir := demo(t)
	first := open(t, dir, "run", file, leave)
	first.tells(asks)
	second := open(t, dir, "run", file, leave)
	second.tells(waits)
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	second.tells(asks)
	first.tells("^Stopped in stage Approve")
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	second.tells("^Stopped in stage Approve")
	second.ends(3)
	first.ends(3)
	says(t, dir, "executions", "Stopped")
}

// Watch takes up what was interrupted.
func TestWatchTakesUp(t *testing.T) {
	dir := demo(t)
	run := open(t, dir, "run", file, leave)
	one := run.tells(header)
	run.tells(asks)
	if err := run.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	run.ends(-1)
	says(t, dir, "watch --yes", "(?s)resuming execution "+one+", which was interrupted\n.*approved by --yes.*Succeeded in")
	for _, command := range []string{"watch", "watch --json"} {
		if out := says(t, dir, command, "(?s)"+one+".*Succeeded"); strings.Contains(out, "transition") || strings.Contains(out, "usd") {
			t.Errorf("penstock %s of a run that had ended has figures that nobody measured:\n%s", command, out)
		}
	}
}
