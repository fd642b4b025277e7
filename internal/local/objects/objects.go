// Package objects keeps what it is given as plain files of this machine, so that a user opens deployed files with ls
// and cat: the object k of bucket b is the file b/k. It is an artifact.Objects; it encrypts nothing, which is done
// before artifacts come here, and does not know what may be removed.
package objects

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Objects is a folder of buckets. One process uses it at a time.
//
// A VersionID is the SHA-256 of what is stored; earlier ones are its first 16 digits. Beside the buckets, .versions holds a second name of each newest version, under its VersionID: so a location that
// names a version is never answered with other bytes that were put there later, and a file that was changed in place
// is still found, and then fails the digest check of its reader. An overwritten version is gone.
type Objects struct {
	dir string
	// mu makes choosing a file's name and giving it one thing.
	mu sync.Mutex
}

const (
	unfinished = ".unfinished"
	versions   = ".versions"
)

// New makes Objects in dir, which the first Put makes where it is missing.
func New(dir string) *Objects { return &Objects{dir: dir} }

// Put is that of artifact.Objects. An error of the file system names the path and keeps its cause: a full disk is
// syscall.ENOSPC.
func (o *Objects) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	at := artifact.Location{Bucket: bucket, Key: key}
	if err := validate(at); err != nil {
		return artifact.Object{}, err
	}
	written, err := o.write(ctx, body)
	if err == nil {
		at.VersionID = written.version()
		err = o.publish(at, written)
	}
	written.discard()
	if err != nil {
		return artifact.Object{}, fmt.Errorf("put object %s: %w", at, err)
	}
	return artifact.Object{Location: at, SHA256: written.digest(), Size: written.size}, nil
}

// unnamed is an object's content before it has its name.
type unnamed struct {
	path string
	hash hash.Hash
	size int64
}

func (u unnamed) digest() string  { return hex.EncodeToString(u.hash.Sum(nil)) }
func (u unnamed) version() string { return u.digest() }

// discard removes what was not published; a file that was has another name by now.
func (u unnamed) discard() {
	if u.path != "" {
		_ = os.Remove(u.path)
	}
}

func (o *Objects) write(ctx context.Context, body io.Reader) (unnamed, error) {
	u := unnamed{hash: sha256.New()}
	folder := filepath.Join(o.dir, unfinished)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return u, err
	}
	f, err := os.CreateTemp(folder, "put-*")
	if err != nil {
		return u, err
	}
	u.path = f.Name()
	u.size, err = io.CopyBuffer(io.MultiWriter(f, u.hash), reader{ctx, body}, make([]byte, 256<<10))
	if err == nil {
		// A body that ends because its maker was cancelled may look complete.
		err = context.Cause(ctx)
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		// The only sync of an object. Its names need none: a journal that keeps a later record of the object keeps
		// them as well, and where it does not, the object is not found and nothing wrong is read.
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return u, err
}

// reader stops at the end of ctx, and hides WriterTo so that copying asks.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// publish gives the content its version's name and then, in one rename, the object's.
func (o *Objects) publish(at artifact.Location, u unnamed) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	name, err := o.place(at)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	pinned, err := o.pin(at, u)
	if err != nil {
		return err
	}
	if err := os.Rename(u.path, name); err != nil {
		return err
	}
	return forget(pinned)
}

// pin adds the version's name. On a file system without hard links there is none, and Open hashes instead.
func (o *Objects) pin(at artifact.Location, u unnamed) (string, error) {
	name := o.versionPath(at)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	// The same content again is a new file: the old one may have been changed in place.
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	err := os.Link(u.path, name)
	for _, unsupported := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.ENOSYS, syscall.EMLINK} {
		if errors.Is(err, unsupported) {
			err = nil
		}
	}
	return name, err
}

// forget removes the other versions of an object beside the pinned one.
func forget(pinned string) error {
	folder := filepath.Dir(pinned)
	all, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range all {
		if entry.Name() == filepath.Base(pinned) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Open is that of artifact.Objects.
func (o *Objects) Open(_ context.Context, at artifact.Location) (artifact.Reader, error) {
	if err := validate(at); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	r, err := o.open(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &artifact.NotFoundError{Location: at}
	case err != nil:
		return nil, fmt.Errorf("open object %s: %w", at, err)
	}
	return r, nil
}

func (o *Objects) open(at artifact.Location) (*file, error) {
	if at.VersionID != "" {
		r, err := openFile(o.versionPath(at))
		if !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
	}
	name, err := o.place(at)
	if err != nil {
		return nil, err
	}
	r, err := openFile(name)
	if err != nil || at.VersionID == "" {
		return r, err
	}
	if o.linked(at) {
		_ = r.Close()
		return nil, fs.ErrNotExist
	}
	err = r.mustBe(at.VersionID)
	return r, err
}

// linked reports whether the newest version has a name by its VersionID, which is then not the one asked for.
func (o *Objects) linked(at artifact.Location) bool {
	all, err := os.ReadDir(filepath.Dir(o.versionPath(at)))
	return err == nil && len(all) > 0
}

type file struct {
	*os.File
	size int64
}

func (f *file) Size() int64 { return f.size }

// mustBe closes a file whose content has another version.
func (f *file) mustBe(version string) error {
	content := sha256.New()
	_, err := io.Copy(content, io.NewSectionReader(f, 0, f.size))
	if err == nil && hex.EncodeToString(content.Sum(nil))[:len(version)] != version {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = f.Close()
	}
	return err
}

func openFile(name string) (*file, error) {
	f, err := os.Open(name)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &file{f, info.Size()}, nil
}

// RemoveUnfinished removes what a process that was killed in a Put left behind. No Put may be under way.
func (o *Objects) RemoveUnfinished() error {
	if err := os.RemoveAll(filepath.Join(o.dir, unfinished)); err != nil {
		return fmt.Errorf("remove unfinished objects: %w", err)
	}
	return nil
}
