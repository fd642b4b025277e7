//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// diskSpace is how many bytes a folder's disk has left for this user; false where nobody can tell.
func diskSpace(dir string) (int64, bool) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail * uint64(disk.Bsize)), true
}
