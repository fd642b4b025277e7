package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand are the commands as a user names them, the root being no word. What is added later is among them.
func everyCommand(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	all := map[string]*cobra.Command{}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		all[strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), "penstock"))] = cmd
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(rootCommand(process{name: "penstock"}))
	if len(all) < 25 {
		t.Fatalf("only %d commands were found", len(all))
	}
	return all
}

// inProcess runs a command in a terminal of 80 columns, with nothing on standard input.
func inProcess(t *testing.T, words string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), process{
		name: "penstock", args: strings.Fields(words), stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		environ: []string{"COLUMNS=80"},
	})
	return out.String(), errs.String(), status
}

// leadsOn holds that what was refused is told in lines that fit, with what to do.
func leadsOn(t *testing.T, words, stderr string) {
	t.Helper()
	if !strings.HasPrefix(stderr, "penstock: ") || !strings.Contains(stderr, "  = help: ") && !strings.Contains(stderr, "  = usage: ") {
		t.Errorf("penstock %s does not say what to do:\n%s", words, stderr)
	}
	if err := narrower(stderr, 80); err != nil {
		t.Errorf("penstock %s: %v", words, err)
	}
}

// expected is the exit status without arguments in an empty folder: what takes a file misses it, what looks at runs finds
// none, and what is of platforms only misses which one.
func expected(cmd *cobra.Command) int {
	switch {
	case strings.Contains(cmd.Use, " FILE"), strings.Contains(cmd.Use, " SHELL"):
		return exitUsage
	case cmd.Flags().Lookup("state-dir") != nil:
		return exitFailed
	case cmd.Flags().Lookup("platform") != nil, cmd.Flags().Lookup("trusted-account") != nil:
		return exitUsage
	}
	return exitFine
}

func TestEveryCommandLeadsOn(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("given.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cmd := range everyCommand(t) {
		t.Run(strings.ReplaceAll("penstock "+name, " ", "_"), func(t *testing.T) {
			stdout, stderr, status := inProcess(t, name)
			if status != expected(cmd) {
				t.Errorf("without arguments it exits with %d, want %d", status, expected(cmd))
			}
			if status != exitFine {
				leadsOn(t, name, stderr)
			} else if stdout == "" {
				t.Error("without arguments it prints nothing")
			}
			refused := []string{name + " --no-such-flag", name + " one two three four", name + " --color pink one.yaml"}
			for _, flag := range []string{"output", "format"} {
				if cmd.Flags().Lookup(flag) != nil && cmd.Name() != "graph" && cmd.Name() != "convert" {
					refused = append(refused, name+" --"+flag+" xml given.yaml", name+" --"+flag)
				}
			}
			if cmd.Flags().Lookup("file") != nil {
				refused = append(refused, name+" given.yaml", name+" -f missing.yaml", name+" -f .", name+" --state-dir missing")
			}
			for _, words := range refused {
				_, stderr, status := inProcess(t, words)
				if status != exitUsage && status != exitFailed || strings.Contains(words, "--no-such-flag") && status != exitUsage {
					t.Errorf("penstock %s exits with %d", words, status)
				}
				leadsOn(t, words, stderr)
			}
		})
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
		t.Errorf("the folder has %v: %v", left, err)
	}
}

// The help of a command fits, and its examples are commands that exist, with flags that they have.
func TestHelpOfEveryCommand(t *testing.T) {
	for name, cmd := range everyCommand(t) {
		stdout, _, status := inProcess(t, name+" --help")
		if status != exitFine || !strings.Contains(stdout, "Usage:\n") {
			t.Errorf("penstock %s --help exits with %d:\n%s", name, status, stdout)
		}
		for line := range strings.Lines(stdout) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				t.Errorf("penstock %s --help has a line of %d columns: %s", name, n, line)
			}
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("penstock %s does not say what --%s is", name, f.Name)
			}
		})
		for line := range strings.Lines(strings.ReplaceAll(cmd.Example, "\\\n", "")) {
			exampleWorks(t, line)
		}
	}
}

func exampleWorks(t *testing.T, line string) {
	t.Helper()
	command, _, _ := strings.Cut(line, " > ")
	words := strings.Fields(strings.ReplaceAll(command, "'", ""))
	if len(words) < 2 || words[0] != "penstock" {
		t.Errorf("the example %q is no command", line)
		return
	}
	cmd, rest, err := rootCommand(process{name: "penstock"}).Find(words[1:])
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil || !cmd.HasParent() {
		t.Errorf("the example %q: %v", line, err)
	}
}

// What lists something prints it as JSON too.
func TestEveryListHasJSON(t *testing.T) {
	for name, cmd := range everyCommand(t) {
		if cmd.GroupID == "ran" && cmd.Flags().Lookup("json") == nil {
			t.Errorf("penstock %s has no --json", name)
		}
	}
}
