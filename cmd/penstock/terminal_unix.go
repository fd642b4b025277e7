//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// hangUp is what tells a shell that its terminal goes away: it leaves the terminal as it was, which it cannot when it
// is killed.
const hangUp = syscall.SIGHUP

// takeBack makes a terminal that a shell has had this process's again, in the state that it was in: a shell that ended
// otherwise than by itself leaves it to its own process group, and whoever else changes it is stopped.
func takeBack(terminal *os.File, state *term.State) {
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	fd := int(terminal.Fd())
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, unix.Getpgrp()) // one that is gone is noticed by whoever draws next
	if state != nil {
		_ = term.Restore(fd, state)
	}
}
