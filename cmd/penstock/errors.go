package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Exit statuses.
const (
	exitFine        = 0
	exitDiagnostics = 1
	exitUsage       = 2
	exitFailed      = 3
)

// narrowest is the least width that messages are folded to.
const narrowest = 40

// exitError ends the command with a status; everything that there was to say is said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageError is a command that was called the wrong way.
type usageError struct {
	command       string
	message, help string
}

func (e *usageError) Error() string { return e.message }

func usage(cmd *cobra.Command, message, help string) error {
	return &usageError{command: cmd.CommandPath(), message: message, help: help}
}

// helpError is an operational error together with what to do about it.
type helpError struct {
	err  error
	help string
}

func (e *helpError) Error() string { return e.err.Error() }
func (e *helpError) Unwrap() error { return e.err }

func withHelp(err error, format string, args ...any) error {
	return &helpError{err: err, help: fmt.Sprintf(format, args...)}
}

// report says what went wrong, what to do, and returns the exit status.
func report(p process, err error) int {
	if err == nil {
		return exitFine
	}
	var status exitError
	if errors.As(err, &status) {
		return int(status)
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitFailed // nobody reads any more
	}
	say(p, "penstock: ", strings.TrimSpace(err.Error()))
	var wrong *usageError
	if errors.As(err, &wrong) {
		remark(p, wrong.help)
		fmt.Fprintf(p.stderr, "  = usage: %s --help\n", strings.Replace(wrong.command, "penstock", p.program(), 1))
		return exitUsage
	}
	var helped *helpError
	if errors.As(err, &helped) {
		remark(p, helped.help)
	}
	return exitFailed
}

// remark says what to do; a help of several lines is one.
func remark(p process, help string) {
	lead := "  = help: "
	for line := range strings.Lines(strings.ReplaceAll(help, ": penstock ", ": "+p.program()+" ")) {
		say(p, lead, strings.TrimRight(line, "\n"))
		lead = strings.Repeat(" ", len(lead))
	}
}

// say prints a text, folded where the terminal is too narrow for it. A command at its end is never broken: it is there
// to be copied.
func say(p process, lead, text string) {
	width := toldWidth(p, p.stderr)
	if width > 0 {
		width = max(width, narrowest)
	}
	at := strings.LastIndex(text, ": "+p.program()+" ")
	if at < 0 || width == 0 || len([]rune(lead+text)) <= width {
		fmt.Fprintf(p.stderr, "%s%s\n", lead, diag.Fold(text, len(lead), width))
		return
	}
	fmt.Fprintf(p.stderr, "%s%s:\n%s\n", lead, diag.Fold(text[:at], len(lead), width-1), "    "+text[at+2:])
}
