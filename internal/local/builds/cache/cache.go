// Package cache keeps the files that builds declare as their cache, from one build of a project to the next: one archive
// for each project and key. In go a folder and names of files in it, out come the same files in another folder.
//
// An archive is written aside and then takes its name, so that builds of one project may read and write at the same
// time: each reads a whole archive, and the last one written stays. Nothing is encrypted, as nothing in HOME is.
package cache

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Cache is a folder with archives.
type Cache struct{ dir string }

// New makes a Cache in dir, which the first Save makes where it is missing.
func New(dir string) *Cache { return &Cache{dir: dir} }

const extension = ".tar"

// escape makes one name of a file of any text, so that a prefix of the text is a prefix of the name.
func escape(text string) string { return "=" + strings.ReplaceAll(url.PathEscape(text), ".", "%2E") }

func (c *Cache) folder(project string) string { return filepath.Join(c.dir, escape(project)) }

func (c *Cache) file(project, key string) string {
	return filepath.Join(c.folder(project), escape(key)+extension)
}

// Find returns the key of the archive to restore: key itself, or else the newest whose key begins with one of fallbacks,
// the first of them that has any.
func (c *Cache) Find(project, key string, fallbacks []string) (found string, ok bool) {
	if _, err := os.Stat(c.file(project, key)); err == nil {
		return key, true
	}
	for _, fallback := range fallbacks {
		if found, ok := c.newest(project, fallback); ok {
			return found, true
		}
	}
	return "", false
}

func (c *Cache) newest(project, prefix string) (key string, ok bool) {
	entries, err := os.ReadDir(c.folder(project))
	if err != nil {
		return "", false
	}
	var newest fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), escape(prefix)) || !strings.HasSuffix(e.Name(), extension) {
			continue
		}
		if newest == nil || info.ModTime().After(newest.ModTime()) {
			newest = info
		}
	}
	if newest == nil {
		return "", false
	}
	key, err = url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(newest.Name(), "="), extension))
	return key, err == nil
}

// Restore writes the files of an archive into a folder, with their modes and times, and returns how many. A file that
// the folder has is left as it is.
func (c *Cache) Restore(project, key, into string) (files int, err error) {
	archive, err := os.Open(c.file(project, key))
	if err != nil {
		return 0, err
	}
	defer archive.Close()
	root, err := os.OpenRoot(into)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	reader := tar.NewReader(archive)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err == nil {
			err = restore(root, header, reader)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return files, fmt.Errorf("restore %s: %w", c.file(project, key), err)
		}
		if err == nil {
			files++
		}
	}
}

func restore(root *os.Root, header *tar.Header, content io.Reader) error {
	name := filepath.FromSlash(header.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if header.Typeflag == tar.TypeSymlink {
		return root.Symlink(header.Linkname, name)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, header.FileInfo().Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close(), root.Chtimes(name, header.ModTime, header.ModTime))
}

// Archive is what Save writes: files and symbolic links below Dir, by their slash paths. Aside is a file on the same
// disk as the cache, for while it is written.
type Archive struct {
	Dir   string
	Names []string
	Aside string
}

// Save makes an archive the one of a project and key.
func (c *Cache) Save(project, key string, a Archive) error {
	if err := os.MkdirAll(c.folder(project), 0o700); err != nil {
		return fmt.Errorf("save the cache: %w", err)
	}
	err := a.write()
	if err == nil {
		err = os.Rename(a.Aside, c.file(project, key))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save the cache: %w", err), remove(a.Aside))
	}
	return nil
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (a Archive) write() error {
	root, err := os.OpenRoot(a.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := os.OpenFile(a.Aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	writer := tar.NewWriter(f)
	for _, name := range slices.Sorted(slices.Values(a.Names)) {
		if err := add(writer, root, path.Clean(name)); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(writer.Close(), f.Sync(), f.Close())
}

// add adds a file or a symbolic link; anything else has no place in a cache.
func add(to *tar.Writer, root *os.Root, name string) error {
	info, err := root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	link := ""
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		if link, err = root.Readlink(filepath.FromSlash(name)); err != nil {
			return err
		}
	case !info.Mode().IsRegular():
		return nil
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name, header.Format = name, tar.FormatPAX
	header.Uname, header.Gname, header.Uid, header.Gid = "", "", 0, 0
	if err := to.WriteHeader(header); err != nil || link != "" {
		return err
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(to, f)
	return err
}
