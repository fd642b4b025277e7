package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/local/builds"
)

// terminalPath is the terminal that controls a process, whatever its streams are connected to.
const terminalPath = "/dev/tty"

// shellGrace is how long a shell has to end when its build is stopped.
const shellGrace = 2 * time.Second

// failureShell opens a shell in the folder of a build that failed, with the environment of the build: one at a time,
// while other builds go on.
type failureShell struct {
	process process
	one     sync.Mutex
	// drawn is closed when lend is known.
	drawn chan struct{}
	lend  func(use func())
}

func newFailureShell(p process) *failureShell {
	return &failureShell{process: p, drawn: make(chan struct{})}
}

// drawnOn says whose terminal it is, once.
func (s *failureShell) drawnOn(lend func(use func())) {
	s.lend = lend
	close(s.drawn)
}

// validateShell refuses the flag where there is nobody who could use a shell.
func validateShell(cmd *cobra.Command, p process) error {
	terminal, err := os.OpenFile(terminalPath, os.O_RDWR, 0)
	if err == nil {
		err = terminal.Close()
	}
	if err == nil && isTerminal(p.stdin) {
		return nil
	}
	return usage(cmd, "--shell-on-failure opens a shell at a terminal, and this is none",
		"run it at a terminal, or leave the flag out; what a failed build printed is in: penstock logs")
}

// open opens the shell and returns when its user leaves it.
func (s *failureShell) open(ctx context.Context, f builds.Failed) {
	select {
	case <-s.drawn:
	case <-ctx.Done():
		return
	}
	s.one.Lock()
	defer s.one.Unlock()
	if ctx.Err() != nil { // the build was stopped while its user was in another shell
		return
	}
	s.lend(func() {
		if err := s.run(ctx, f); err != nil && ctx.Err() == nil {
			_, _ = fmt.Fprintf(s.process.stderr, "penstock: the shell cannot be opened: %v\n", err)
		}
	})
}

func (s *failureShell) run(ctx context.Context, f builds.Failed) error {
	terminal, err := os.OpenFile(terminalPath, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer terminal.Close()
	shell := cmp.Or(s.process.getenv("SHELL"), "/bin/sh")
	if err := printLines(terminal, shellLines(f, shell, widthOf(s.process, terminal))); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, shell)
	command.Dir, command.Env = f.Dir, f.Environment
	if kind := s.process.getenv("TERM"); kind != "" {
		command.Env = append(command.Env, "TERM="+kind)
	}
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	command.Cancel = func() error { return command.Process.Signal(hangUp) }
	command.WaitDelay = shellGrace
	state, _ := term.GetState(int(terminal.Fd())) // there is none where nothing can change it
	if err := command.Start(); err != nil {
		return err
	}
	_ = command.Wait() // how the user leaves it says nothing about the build
	takeBack(terminal, state)
	return printLines(terminal, []string{"going on with the failure of " + failedBuild(f), ""})
}

// shellLines tell where the user is, and how to get away.
func shellLines(f builds.Failed, shell string, width int) []string {
	lines := []string{""}
	for _, line := range []string{
		failedBuild(f) + " failed: " + f.Failure.String(),
		"This is " + shell + " in the folder of the build, with its environment, in which secrets are plain. The folder is removed afterwards.",
		"exit goes on with the failure.",
	} {
		lines = append(lines, view.Wrap(line, width)...)
	}
	return lines
}

// failedBuild names a build: CodeBuild go-service, build linux.
func failedBuild(f builds.Failed) string {
	words := []string{"Commands"}
	if f.Project != "" {
		words = []string{"CodeBuild " + f.Project}
	}
	if f.Identifier != "" {
		words = append(words, "build "+f.Identifier)
	}
	return strings.Join(words, ", ")
}
