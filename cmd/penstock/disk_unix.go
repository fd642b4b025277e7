//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// diskIsFull says whether a folder's disk has next to nothing left.
func diskIsFull(dir string) bool {
	const nothing = 1 << 20
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return false
	}
	return disk.Bavail*uint64(disk.Bsize) < nothing
}
