package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Listed is one object of a List: its key, its size, and the file that holds it.
type Listed struct {
	Key  string
	Size int64
	Path string
}

// List lists the objects of a bucket whose keys begin with prefix, by key. A bucket that nothing was put to is empty.
func (o *Objects) List(ctx context.Context, bucket, prefix string) ([]Listed, error) {
	root := filepath.Join(o.dir, bucket)
	if !isBucket(bucket) {
		return nil, &InvalidNameError{"bucket name", bucket, "no bucket can have this name"}
	}
	var all []Listed
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == root && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			return context.Cause(ctx)
		}
		listed, err := o.listed(root, name, d)
		if err == nil && strings.HasPrefix(listed.Key, prefix) {
			all = append(all, listed)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list bucket %s: %w", bucket, err)
	}
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

func (o *Objects) listed(root, name string, d fs.DirEntry) (Listed, error) {
	info, err := d.Info()
	if err != nil {
		return Listed{}, err
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return Listed{}, err
	}
	key, err := unescape(strings.Split(relative, string(os.PathSeparator)))
	return Listed{Key: key, Size: info.Size(), Path: name}, err
}
