//go:build unix

package local

import (
	"os"
	"syscall"
)

// unlock gives up the lock of a file that was not closed: a mapping of it that nobody removed would keep it. One that is
// closed has no lock.
func unlock(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	_ = file.Close()
}
