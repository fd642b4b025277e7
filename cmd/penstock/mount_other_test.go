//go:build !linux

package main

import "errors"

func canMount() bool { return false }

func mountMemory(string, string, bool) error { return errors.ErrUnsupported }

func unmount(string) error { return errors.ErrUnsupported }
