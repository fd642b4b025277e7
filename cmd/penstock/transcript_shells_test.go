package main

import (
	"bufio"
	"os/exec"
	"regexp"
	"strings"
)

// otherShell is a shell of a page whose command goes on while the page shows others.
type otherShell struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// inShell runs a fence in the shell of that name: the command that the fence begins with, or the one that goes on there,
// until it prints a line that matches, or to its end where there is no pattern.
func (tr *transcript) inShell(name, until, content string) string {
	tr.t.Helper()
	line, _, _ := strings.Cut(content, "\n")
	prompt := ""
	if command, begins := strings.CutPrefix(line, "$ "); begins {
		tr.commands++
		tr.shells[name] = tr.begin(command)
		prompt = line + "\n"
	}
	s := tr.shells[name]
	if s == nil {
		tr.t.Fatalf("nothing runs in shell %s", name)
	}
	return prompt + strings.ReplaceAll(tr.read(s, until), tr.folder, "...")
}

func (tr *transcript) begin(command string) *otherShell {
	tr.t.Helper()
	// exec: what is killed at the end is the command, and not only the sh around it.
	cmd := tr.command("exec " + command)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tr.t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &otherShell{cmd: cmd, lines: bufio.NewScanner(stdout)}
}

func (tr *transcript) read(s *otherShell, until string) string {
	tr.t.Helper()
	pattern, err := regexp.Compile(until)
	if err != nil {
		tr.t.Fatal(err)
	}
	var printed strings.Builder
	for s.lines.Scan() {
		printed.WriteString(s.lines.Text() + "\n")
		if until != "" && pattern.MatchString(s.lines.Text()) {
			return printed.String()
		}
	}
	if until != "" {
		tr.t.Fatalf("%s ended without a line that matches %q:\n%s", s.cmd.Args, until, printed.String())
	}
	_ = s.cmd.Wait() // a run that was stopped or rejected has another exit status
	return printed.String()
}
