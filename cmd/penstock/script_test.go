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
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"penstock": main, "platform": platformMain})
}

// TestScripts runs testdata/script/*.txtar. Each begins in a folder with a copy of testdata/demo as demo/, a small
// pipeline whose builds are a few lines of shell, and one of examples/go-service as go-service/.
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
			"place":   placeCommand,
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
	if err := copyExample(filepath.Join(env.WorkDir, "go-service")); err != nil {
		return err
	}
	env.Setenv("NO_COLOR", "1")
	env.Setenv("TZ", "UTC")
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
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

// replace replaces a text that a file has exactly once, or the first one after such a text:
// replace [-after TEXT] FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	after, args := afterFlag(args)
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace [-after text] file old new")
	}
	text := ts.ReadFile(args[0])
	at := indexOf(ts, text, after, args[1])
	changed := text[:at] + args[2] + text[at+len(args[1]):]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o644))
}

// placeCommand sets a variable to where a text is, as file:line:column, for the assertions of a script:
// place [-after TEXT] NAME FILE TEXT.
func placeCommand(ts *testscript.TestScript, neg bool, args []string) {
	after, args := afterFlag(args)
	if neg || len(args) != 3 {
		ts.Fatalf("usage: place [-after text] name file text")
	}
	text := ts.ReadFile(args[1])
	before := text[:indexOf(ts, text, after, args[2])]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	ts.Setenv(args[0], fmt.Sprintf("%s:%d:%d", args[1], line, column))
}

func afterFlag(args []string) (after string, rest []string) {
	if len(args) > 2 && args[0] == "-after" {
		return args[1], args[2:]
	}
	return "", args
}

// indexOf is where a text has another exactly once; or, after one that it has exactly once, for the first time.
func indexOf(ts *testscript.TestScript, text, after, wanted string) int {
	once := wanted
	if after != "" {
		once = after
	}
	if n := strings.Count(text, once); n != 1 {
		ts.Fatalf("%q is there %d times", once, n)
	}
	from := strings.Index(text, once)
	if after != "" {
		from += len(after)
	}
	at := strings.Index(text[from:], wanted)
	if at < 0 {
		ts.Fatalf("%q is not there after %q", wanted, after)
	}
	return from + at
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
		if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > columns && !isCommand(line) && !isName(line) {
			return fmt.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
	return nil
}

// isCommand says whether a line is a command to paste, which is never cut.
func isCommand(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "log: penstock") || strings.HasPrefix(line, "again: penstock") || strings.HasPrefix(line, "penstock ") || strings.HasPrefix(line, "aws ")
}

// isName says whether a line is one word, such as an ARN, which is not cut where it must be found again: on ARN.
func isName(line string) bool {
	word := strings.TrimPrefix(strings.TrimSpace(line), "on ")
	return !strings.Contains(word, " ") && strings.ContainsAny(word, ":-/")
}

// capture keeps the commands penstock that run in the background, for exited.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: capture")
	}
	for _, c := range ts.BackgroundCmds() {
		if filepath.Base(c.Path) == "penstock" {
			captured(ts).commands = append(captured(ts).commands, c)
		}
	}
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
