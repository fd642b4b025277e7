package runtimetest

import (
	"os"
	"syscall"
)

// maxResident is in KiB on Linux.
func maxResident(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
