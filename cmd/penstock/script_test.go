package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"penstock": main})
}

// TestScripts runs testdata/script/*.txtar. Each begins in a folder with a copy of testdata/demo as demo/: a small
// pipeline whose builds are a few lines of shell.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setUp,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  status,
			"replace": replace,
			"narrow":  narrow,
			"mount":   mountCommand,
			"capture": capture,
			"exited":  exited,
		},
	})
}

// background holds the commands that capture found.
type background struct{ commands []*exec.Cmd }

func captured(ts *testscript.TestScript) *background {
	b, ok := ts.Value("background").(*background)
	if !ok {
		ts.Fatalf("the script was not set up")
	}
	return b
}

func setUp(env *testscript.Env) error {
	if err := os.CopyFS(filepath.Join(env.WorkDir, "demo"), os.DirFS("testdata/demo")); err != nil {
		return err
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	env.Setenv("NO_COLOR", "1")
	env.Setenv("TZ", "UTC")
	env.Values["background"] = &background{}
	return nil
}

// status runs a program and asserts its exit status: status 3 penstock run demo/pipeline.yaml.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args...]")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// replace replaces a text that a file has exactly once: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace file old new")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%s has %q %d times", args[0], args[1], n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

// narrow asserts that no line of a file is wider than so many columns: narrow 80 stdout.
func narrow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: narrow columns file")
	}
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	if err := narrower(ts.ReadFile(args[1]), columns); err != nil {
		ts.Fatalf("%v", err)
	}
}

func narrower(text string, columns int) error {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > columns && !isCommand(line) {
			return fmt.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
	return nil
}

// isCommand says whether a line is a command to paste, which is never cut.
func isCommand(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "log: penstock") || strings.HasPrefix(line, "again: penstock") || strings.HasPrefix(line, "penstock ")
}

// capture keeps the commands that run in the background, for exited.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: capture")
	}
	captured(ts).commands = ts.BackgroundCmds()
}

// exited asserts the exit status of the captured command, after wait.
func exited(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: exited N")
	}
	commands := captured(ts).commands
	if len(commands) != 1 {
		ts.Fatalf("%d commands were captured", len(commands))
	}
	if got := commands[0].ProcessState.ExitCode(); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func condition(name string) (bool, error) {
	if name == "mount" {
		return canMount(), nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// mountCommand mounts a small file system in memory, until the end of the script: mount DIR OPTIONS; and changes one
// that is mounted: mount -remount DIR OPTIONS. Options are those of tmpfs, or ro.
func mountCommand(ts *testscript.TestScript, neg bool, args []string) {
	remount := len(args) > 0 && args[0] == "-remount"
	if remount {
		args = args[1:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mount [-remount] dir options")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(mountMemory(dir, args[1], remount))
	if !remount {
		ts.Defer(func() { ts.Check(unmount(dir)) })
	}
}
