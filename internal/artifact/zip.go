package artifact

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Zip is an artifact opened for reading, file by file. Its digest was checked and everything that makes a zip
// dangerous was refused before it was handed out.
type Zip struct {
	// Files are in the order of the zip.
	Files  []File
	reader Reader
	// links and contents are the links and the files by path.
	links    map[string]string
	contents map[string]File
}

// Close must be called; the files can no longer be opened then.
func (z *Zip) Close() error { return z.reader.Close() }

// Resolve finds the file that a symbolic link leads to, if it is one of the zip's.
func (z *Zip) Resolve(link File) (File, bool) {
	to, _ := follow(z.links, link.Path)
	f, found := z.contents[to]
	return f, found
}

// OpenZip opens an artifact that is a zip. One that is none, or is beyond the store's limits, or has an entry that no
// careful reader would write, is a *ZipError.
func (s *Store) OpenZip(ctx context.Context, o Object) (*Zip, error) {
	r, err := s.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := s.read(ctx, r)
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("read artifact %s: %w", o.Location, err)
	}
	z := &Zip{Files: files, reader: r, links: linksOf(files), contents: make(map[string]File, len(files))}
	for _, f := range files {
		if f.Link == "" {
			z.contents[f.Path] = f
		}
	}
	return z, nil
}

func (s *Store) read(ctx context.Context, r Reader) ([]File, error) {
	bounded := &boundedReader{r: r, most: s.limits.DirectoryBytes}
	directory, err := zip.NewReader(bounded, r.Size())
	// Names are checked below, with or without archive/zip's own check, which a GODEBUG setting switches on.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, malformed("", err)
	}
	bounded.free = true
	if err := s.limits.check(directory, r.Size()); err != nil {
		return nil, err
	}
	if err := checkPlaces(directory.File, bounded, r.Size()); err != nil {
		return nil, err
	}
	bounded.through = true
	seen := newNames(len(directory.File))
	files := make([]File, 0, len(directory.File))
	for _, entry := range directory.File {
		f, err := readEntry(ctx, entry)
		switch {
		case err != nil:
			return nil, err
		case f.Path == ".":
			continue
		case entry.Mode().IsDir():
			err = seen.addFolder(f.Path)
		default:
			err = seen.add(f.Path)
			files = append(files, f)
		}
		if err != nil {
			return nil, err
		}
	}
	return files, checkLinks(files)
}

func (l Limits) check(directory *zip.Reader, size int64) error {
	if err := l.checkEntries(len(directory.File)); err != nil {
		return err
	}
	var total uint64
	var largest *zip.File
	for _, entry := range directory.File {
		total += entry.UncompressedSize64
		if entry.UncompressedSize64 > uint64(l.Bytes) || total > uint64(l.Bytes) {
			return refuse(TooManyBytes, entry.Name, "the zip expands to more than the allowed %d bytes", l.Bytes)
		}
		if largest == nil || entry.UncompressedSize64 > largest.UncompressedSize64 {
			largest = entry
		}
	}
	// Dividing, not multiplying: size times Ratio could overflow.
	if total > uint64(l.RatioFrom) && total/uint64(max(size, 1)) > uint64(l.Ratio) {
		return refuse(TooHighRatio, largest.Name, "%d bytes, most of them here, expand from a zip of %d: more than the allowed %d times as many", total, size, l.Ratio)
	}
	return nil
}

func (l Limits) checkEntries(n int) error {
	if n > l.Entries {
		return refuse(TooManyEntries, "", "%d entries, at most %d are allowed", n, l.Entries)
	}
	return nil
}

func readEntry(ctx context.Context, entry *zip.File) (File, error) {
	if err := checkName(entry.Name); err != nil {
		return File{}, err
	}
	mode := entry.Mode()
	f := File{Path: path.Clean(entry.Name), Executable: mode&0o111 != 0, Size: int64(entry.UncompressedSize64)}
	switch {
	case mode.IsDir():
		return f, nil
	case strings.HasSuffix(entry.Name, "/"):
		return f, refuse(InvalidName, entry.Name, "a file has the name of a folder")
	case mode&fs.ModeSymlink != 0:
		target, err := readLink(ctx, entry)
		return File{Path: f.Path, Link: target}, err
	case !mode.IsRegular():
		return f, refuse(NotAFile, entry.Name, "neither a file, a folder nor a symbolic link")
	}
	f.Open = func() (io.ReadCloser, error) { return openEntry(ctx, entry) }
	return f, nil
}

func readLink(ctx context.Context, entry *zip.File) (string, error) {
	if n := entry.UncompressedSize64; n == 0 || n > maxLink {
		return "", refuse(Malformed, entry.Name, "no symbolic link can have a target of %d bytes", n)
	}
	content, err := openEntry(ctx, entry)
	if err != nil {
		return "", err
	}
	defer content.Close()
	target, err := io.ReadAll(content)
	return string(target), err
}

// openEntry opens an entry that yields exactly the bytes that it declares, or fails: the limits were checked against
// what it declares.
func openEntry(ctx context.Context, entry *zip.File) (io.ReadCloser, error) {
	content, err := entry.Open()
	if err != nil {
		return nil, malformed(entry.Name, err)
	}
	return &entryReader{ReadCloser: content, ctx: ctx, name: entry.Name, left: int64(entry.UncompressedSize64)}, nil
}

type entryReader struct {
	io.ReadCloser
	ctx  context.Context
	name string
	left int64
}

func (r *entryReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, refuse(Malformed, r.name, "expands to more than it declares")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = malformed(r.name, err)
	}
	return n, err
}

// malformed sorts an error of archive/zip: what the store could not read is not the zip's fault.
func malformed(entry string, err error) error {
	var refused *ZipError
	var unread *unreadError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &unread):
		return fmt.Errorf("read zip entry %q: %w", entry, unread.err)
	}
	return &ZipError{Kind: Malformed, Entry: entry, Detail: "cannot be read", Err: err}
}

// unreadError marks an error of the store below archive/zip.
type unreadError struct{ err error }

func (e *unreadError) Error() string { return e.err.Error() }

// boundedReader stops archive/zip, which holds the whole table of contents in memory, from reading too large a one.
// The number of entries that a zip declares cannot be relied on for that.
type boundedReader struct {
	r io.ReaderAt
	// most is how many bytes may be read in all, unless free is set.
	most, done int64
	free       bool
	// last is the offset of the last read. It is kept while one goroutine reads, until through is set.
	last    int64
	through bool
}

// ReadAt is that of io.ReaderAt.
func (b *boundedReader) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, refuse(Malformed, "", "a part lies before the beginning")
	}
	n, err := b.r.ReadAt(p, at)
	if err != nil && err != io.EOF {
		return n, &unreadError{err}
	}
	if !b.through {
		b.last = at
	}
	if b.free {
		return n, err
	}
	if b.done += int64(n); b.done > b.most {
		return 0, refuse(TooManyEntries, "", "the table of contents is larger than the allowed %d bytes", b.most)
	}
	return n, err
}
