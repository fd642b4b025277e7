//go:build unix

package builds

import (
	"os"
	"os/exec"
	"syscall"
)

const (
	terminateSignal = syscall.SIGTERM
	killSignal      = syscall.SIGKILL
)

// ownGroup puts a command into a process group of its own, named by its process ID.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup signals all processes of a group; that none is left is no error.
func signalGroup(group int, signal syscall.Signal) { _ = syscall.Kill(-group, signal) }

// signalOf names the signal that ended a process, if one did.
func signalOf(state *os.ProcessState) (string, bool) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return "", false
	}
	return status.Signal().String(), true
}
