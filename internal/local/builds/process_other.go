//go:build !unix

package builds

import (
	"os"
	"os/exec"
	"syscall"
)

// Where there is no POSIX shell no build starts; these only let the rest compile.
const (
	terminateSignal = syscall.SIGTERM
	killSignal      = syscall.SIGKILL
)

func ownGroup(*exec.Cmd) {}

func signalGroup(int, syscall.Signal) {}

func signalOf(*os.ProcessState) (string, bool) { return "", false }
