//go:build !linux

package objects_test

import "errors"

func mountTiny(string) error { return errors.ErrUnsupported }
