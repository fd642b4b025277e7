//go:build !unix

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// Where there is no POSIX shell nothing starts; these only let the rest compile.
const (
	Terminate = syscall.SIGTERM
	Kill      = syscall.SIGKILL
)

// OwnGroup does nothing.
func OwnGroup(*exec.Cmd) {}

// SignalGroup does nothing.
func SignalGroup(int, syscall.Signal) {}

// SignalOf knows no signal.
func SignalOf(*os.ProcessState) (string, bool) { return "", false }
