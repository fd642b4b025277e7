package local

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/execution"
)

// values is execution.Objects as files, each named by the digest of what it holds.
type values struct{ dir string }

// PutObject writes a file whole or not at all, and to the disk before it has its name.
func (v values) PutObject(_ context.Context, digest string, value []byte) error {
	path, err := v.path(digest)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(value)) {
		return nil
	}
	if err := os.MkdirAll(v.dir, directoryMode); err != nil {
		return err
	}
	f, err := os.CreateTemp(v.dir, unfinishedValue)
	if err != nil {
		return err
	}
	_, err = f.Write(value)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDirectory(v.dir)
}

// unfinishedValue is the name of a value that is being written, with a star for what makes it unique.
const unfinishedValue = ".unfinished-*"

// GetObject reads a file.
func (v values) GetObject(_ context.Context, digest string) ([]byte, error) {
	path, err := v.path(digest)
	if err != nil {
		return nil, err
	}
	value, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &execution.Error{Code: execution.NotFound, Message: "there is no value " + digest, Err: err}
	}
	return value, err
}

func (v values) path(digest string) (string, error) {
	if sum, err := hex.DecodeString(digest); err != nil || len(sum) != 32 {
		return "", &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("%q is no digest", digest)}
	}
	return filepath.Join(v.dir, digest), nil
}

// removeUnfinished removes what a killed process left.
func (v values) removeUnfinished() error {
	left, err := filepath.Glob(filepath.Join(v.dir, unfinishedValue))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// syncDirectory puts the names of a directory on the disk.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
