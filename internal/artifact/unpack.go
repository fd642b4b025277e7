package artifact

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Unpack writes an artifact that is a zip below dir, which it makes where needed. Nothing is ever written outside dir,
// no file that is there is replaced, and a zip that OpenZip refuses is not written at all. After an error in the
// middle, what was written so far stays: dir is the caller's.
func (s *Store) Unpack(ctx context.Context, o Object, dir string) error {
	z, err := s.OpenZip(ctx, o)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := z.unpack(dir); err != nil {
		return fmt.Errorf("unpack artifact %s: %w", o.Location, err)
	}
	return nil
}

func (z *Zip) unpack(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacker{root: root, made: map[string]bool{".": true}, buffer: make([]byte, copySize)}
	for _, f := range z.Files {
		if f.Link == "" {
			err = u.file(f)
		}
		if err != nil {
			return err
		}
	}
	// Links come last, so that no file is written through one.
	for _, f := range z.Files {
		if f.Link != "" {
			err = u.link(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type unpacker struct {
	root   *os.Root
	made   map[string]bool
	buffer []byte
}

func (u *unpacker) file(f File) error {
	if err := u.folder(path.Dir(f.Path)); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	mode := os.FileMode(0o644)
	if f.Executable {
		mode = 0o755
	}
	out, err := u.root.OpenFile(filepath.FromSlash(f.Path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, in, u.buffer)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (u *unpacker) link(f File) error {
	if err := u.folder(path.Dir(f.Path)); err != nil {
		return err
	}
	return u.root.Symlink(filepath.FromSlash(f.Link), filepath.FromSlash(f.Path))
}

func (u *unpacker) folder(name string) error {
	if u.made[name] {
		return nil
	}
	u.made[name] = true
	return u.root.MkdirAll(filepath.FromSlash(name), 0o755)
}
