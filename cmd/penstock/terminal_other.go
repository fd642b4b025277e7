//go:build !unix

package main

import (
	"os"

	"golang.org/x/term"
)

// hangUp ends a shell.
var hangUp = os.Kill

func takeBack(*os.File, *term.State) {}
