package main

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// canMount says whether this user may mount file systems.
func canMount() bool {
	dir, err := os.MkdirTemp("", "penstock-mount-")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(dir) }()
	return mountMemory(dir, "size=4k", false) == nil && unmount(dir) == nil
}

func mountMemory(dir, options string, remount bool) error {
	var flags uintptr
	var rest []string
	for _, option := range strings.Split(options, ",") {
		if option == "ro" {
			flags |= unix.MS_RDONLY
			continue
		}
		rest = append(rest, option)
	}
	if remount {
		flags |= unix.MS_REMOUNT
	}
	return unix.Mount("tmpfs", dir, "tmpfs", flags, strings.Join(rest, ","))
}

func unmount(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }
