package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Find says where the file of a stored version is and how many bytes it has; the newest version where the location names
// none. One that is not stored is an *artifact.NotFoundError.
func (o *Objects) Find(ctx context.Context, at artifact.Location) (Listed, error) {
	r, err := o.Open(ctx, at)
	if err != nil {
		return Listed{}, err
	}
	defer r.Close()
	o.mu.Lock()
	defer o.mu.Unlock()
	name, err := o.place(at)
	return Listed{Key: at.Key, Size: r.Size(), Path: name}, err
}

// Remove removes a version of an object, the newest where the location names none, and folders that are empty then. One
// that is not stored is removed already, also where another version is. Killed at any moment, it has removed the
// version or can be called again.
//
// An object beside which another one had to take a name with a sign is not removed, and that is no error: the other
// would not be found any more, see place.
func (o *Objects) Remove(ctx context.Context, at artifact.Location) error {
	err := errors.Join(context.Cause(ctx), validate(at))
	if err == nil {
		err = o.remove(at)
	}
	var missing *artifact.NotFoundError
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.As(err, &missing) {
		return nil
	}
	return fmt.Errorf("remove object %s: %w", at, err)
}

// remove removes the names of a file: the object's, unless it is another file by now, and the version's.
func (o *Objects) remove(at artifact.Location) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, err := o.open(at)
	if err != nil {
		return err
	}
	defer r.Close()
	content, err := r.Stat()
	if err != nil {
		return err
	}
	name, err := o.place(at)
	if err != nil {
		return err
	}
	if gaveWay(name, asFolder) {
		return nil
	}
	found, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err == nil && os.SameFile(found, content):
		err = os.Remove(name)
	}
	if err != nil {
		return err
	}
	removeEmpty(filepath.Dir(name), filepath.Join(o.dir, at.Bucket))
	return o.unpin(at, content)
}

// unpin removes the version's name.
func (o *Objects) unpin(at artifact.Location, content os.FileInfo) error {
	folder := filepath.Dir(o.versionPath(at))
	all, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range all {
		pinned := filepath.Join(folder, entry.Name())
		if found, err := os.Stat(pinned); err != nil || !os.SameFile(found, content) {
			continue
		}
		err = errors.Join(err, os.Remove(pinned))
	}
	removeEmpty(folder, filepath.Join(o.dir, versions))
	return err
}

func gaveWay(name, sign string) bool {
	_, err := os.Lstat(name + sign)
	return err == nil
}

// removeEmpty removes a folder and those above it, up to a root that stays, as long as they are empty and no file's name
// gave way to theirs.
func removeEmpty(folder, root string) {
	for ; folder != root && len(folder) > len(root); folder = filepath.Dir(folder) {
		if gaveWay(folder, asFile) || os.Remove(folder) != nil {
			return
		}
	}
}

// Buckets lists the buckets that something was put to.
func (o *Objects) Buckets() ([]string, error) {
	all, err := os.ReadDir(o.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list buckets: %w", err)
	}
	var names []string
	for _, entry := range all {
		if entry.IsDir() && isBucket(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Unfinished is how many bytes RemoveUnfinished would free.
func (o *Objects) Unfinished() (int64, error) {
	var total int64
	err := filepath.WalkDir(filepath.Join(o.dir, unfinished), func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
