//go:build !unix

package local

import "os"

// unlock closes a file, where that gives up its lock. One that is closed already stays so.
func unlock(file *os.File) { _ = file.Close() }
