//go:build !linux

package journal_test

import "errors"

func mountTiny(string) error { return errors.ErrUnsupported }
