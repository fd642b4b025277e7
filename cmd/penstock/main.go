// Command penstock checks, compiles and runs release pipelines.
//
// It is the wiring of the command line: one file per command, each of which reads flags and files, calls the packages
// below, and shows what they answer with package view. It decides nothing about pipelines. Exit statuses: 0 fine,
// 1 the definition has errors, 2 wrong usage, 3 a run that ended otherwise or an operation that failed.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A reader of the output that goes away must not take builds with it: writing fails, nothing else. Ignoring the
	// signal would make builds ignore it too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	cobra.EnableCommandSorting = false // the list of commands is in the order in which they are met
	os.Exit(run(context.Background(), process{
		name: os.Args[0], args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		environ: os.Environ(), signals: signals,
	}))
}

// process is what the operating system gives a command: nothing else of it is used.
type process struct {
	name           string
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	signals        <-chan os.Signal
}

// getenv returns the last value of an environment variable.
func (p process) getenv(key string) string {
	for i := len(p.environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(p.environ[i], key+"="); ok {
			return value
		}
	}
	return ""
}

// program is how the user calls this program: as typed where that was a path, else by its name.
func (p process) program() string {
	if strings.Contains(p.name, "/") {
		return quoted(p.name)
	}
	return "penstock"
}

// run executes one command and returns the exit status.
func run(ctx context.Context, p process) int {
	root := rootCommand(p)
	root.SetArgs(p.args)
	return report(p, root.ExecuteContext(ctx))
}
