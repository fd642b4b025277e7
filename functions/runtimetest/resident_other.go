//go:build !linux

package runtimetest

import "os"

// maxResident is told on Linux only.
func maxResident(*os.ProcessState) int64 { return 0 }
