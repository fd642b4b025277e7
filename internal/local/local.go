// Package local holds the ports on this machine: records in a bbolt file, objects and logs as files, builds in a
// shell, sources from folders and git repositories, the engine in this process. Platform puts them together over one
// state directory, which one process owns at a time.
//
// It decides nothing about pipelines: that is internal/execution, reached through internal/task.
package local

import (
	"crypto/rand"
	"fmt"
	"time"
)

const (
	fileMode      = 0o600
	directoryMode = 0o700
)

// Clock is this machine's time.
type Clock struct{}

// Now returns the current time.
func (Clock) Now() time.Time { return time.Now() }

// AfterFunc calls f on a goroutine of its own after d.
func (Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// Random makes identities and seeds from the system's randomness.
type Random struct{}

// NewID returns a random UUID (version 4).
func (Random) NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Seed returns 32 random bytes.
func (Random) Seed() (seed [32]byte) {
	_, _ = rand.Read(seed[:])
	return seed
}
