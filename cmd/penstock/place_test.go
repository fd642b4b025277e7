package main

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/penstock-ci/penstock/internal/local/keys"
)

// A key file that only others may read is not one to replace. The superuser may read everything, so no script shows it.
func TestAKeyThatMayNotBeRead(t *testing.T) {
	err := place{dir: "d"}.explain(&keys.Error{Path: "d/my key", Err: &fs.PathError{Op: "open", Path: "d/my key", Err: fs.ErrPermission}})
	var helped *helpError
	if want := `make it readable for you: chmod u+r 'd/my key'`; !errors.As(err, &helped) || helped.help != want {
		t.Errorf("help %v, want %q", helped, want)
	}
}
