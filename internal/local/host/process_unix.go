//go:build unix

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// The signals that end a process: asking, and not asking.
const (
	Terminate = syscall.SIGTERM
	Kill      = syscall.SIGKILL
)

// OwnGroup puts a command into a process group of its own, named by its process ID.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// SignalGroup signals all processes of a group; that none is left is no error.
func SignalGroup(group int, signal syscall.Signal) { _ = syscall.Kill(-group, signal) }

// SignalOf names the signal that ended a process, if one did.
func SignalOf(state *os.ProcessState) (string, bool) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return "", false
	}
	return status.Signal().String(), true
}
