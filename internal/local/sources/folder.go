package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// fetchFolder takes a folder as it lies there, changes that nobody committed included, since trying those is what one
// runs a pipeline here for. What git ignores is left out: build output and installed packages are in no commit, so a
// pipeline that needs them works here only.
func fetchFolder(ctx context.Context, folder string, repo *repository) (source.Fetched, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return source.Fetched{}, fmt.Errorf("open bound source: %w", err)
	}
	fetched, err := readFolder(ctx, root, repo)
	if err != nil {
		return fetched, fmt.Errorf("read bound source %s: %w", folder, err)
	}
	return fetched, nil
}

// closers are closed together.
type closers []io.Closer

func (all closers) Close() error {
	var errs []error
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// readFolder reads a folder; what it returns closes root, where it fails too.
func readFolder(ctx context.Context, root *os.Root, repo *repository) (source.Fetched, error) {
	r := &folderReader{ctx: ctx, root: root, closers: closers{root}}
	err := r.readAll(repo)
	fetched := source.Fetched{Files: r.files, Notes: r.notes, Closer: r.closers}
	if err != nil {
		return fetched, err
	}
	fetched.Commit = r.known.commit
	fetched.Modified = fetched.Commit != nil && (r.modified || len(r.known.committed) > 0)
	return fetched, nil
}

func (r *folderReader) readAll(repo *repository) error {
	ignored, err := ignoredBy(repo)
	if err != nil {
		return err
	}
	if repo != nil && ignored.match(".", true) {
		// A folder that its repository ignores has nothing to do with the repository's commits.
		repo, ignored = nil, ignoring{}
	}
	if r.known, err = committedState(r.ctx, repo); err != nil {
		return err
	}
	if err := r.read(".", ignored, false); err != nil {
		return err
	}
	if left := r.known.leaveOutSparse(); left > 0 {
		r.notes = append(r.notes, noteSparse(left))
	}
	return nil
}

type folderReader struct {
	ctx      context.Context
	root     *os.Root
	known    *state
	files    []artifact.File
	notes    []string
	modified bool
	closers  closers
}

// read reads the folder name. Where onlyTracked is set the folder is ignored, and only what is committed or added
// nevertheless counts.
func (r *folderReader) read(name string, ignored ignoring, onlyTracked bool) error {
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	entries, err := fs.ReadDir(r.root.FS(), name)
	if err != nil {
		return err
	}
	ignored, err = ignored.in(r.root, name, entries)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := r.entry(path.Join(name, entry.Name()), entry, ignored, onlyTracked); err != nil {
			return err
		}
	}
	return nil
}

func (r *folderReader) entry(name string, entry fs.DirEntry, ignored ignoring, onlyTracked bool) error {
	if slices.Contains([]string{".git", ".penstock"}, entry.Name()) {
		return nil
	}
	skip := onlyTracked || ignored.match(name, entry.IsDir())
	switch {
	case entry.IsDir() && skip && !r.known.folders[name]:
		return nil
	case entry.IsDir() && r.known.isSubmodule(name):
		return r.submodule(name)
	case entry.IsDir():
		return r.read(name, ignored, skip)
	case skip && !r.known.tracked[name]:
		return nil
	}
	return r.add(name, entry)
}

// submodule reads the folder of a submodule as a folder of its own repository. Another commit than the recorded one is
// a change, as are changes in it.
func (r *folderReader) submodule(name string) error {
	recorded := r.known.committed[name].hash
	delete(r.known.committed, name)
	folder := filepath.Join(r.root.Name(), filepath.FromSlash(name))
	if !hasGit(folder) {
		r.notes = append(r.notes, noteAbsentSubmodule(name))
		return nil
	}
	repo, err := open(folder)
	if err != nil {
		return fmt.Errorf("open the submodule %s: %w", name, err)
	}
	root, err := r.root.OpenRoot(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	inner, err := readFolder(r.ctx, root, repo)
	r.closers = append(r.closers, inner)
	if err != nil {
		return fmt.Errorf("read the submodule %s: %w", name, err)
	}
	for _, f := range inner.Files {
		f.Path = name + "/" + f.Path
		r.files = append(r.files, f)
	}
	r.notes = append(r.notes, inner.Notes...)
	r.modified = r.modified || inner.Modified || inner.Commit == nil || inner.Commit.ID != recorded.String()
	return nil
}

func (r *folderReader) add(name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		// Removed since the folder was listed.
		return nil
	}
	if err != nil {
		return err
	}
	local := filepath.FromSlash(name)
	f := artifact.File{
		Path: name, Executable: info.Mode()&0o100 != 0, Size: info.Size(),
		Open: func() (io.ReadCloser, error) { return r.root.Open(local) },
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		target, err := r.root.Readlink(local)
		if err != nil {
			return err
		}
		f = artifact.File{Path: name, Link: filepath.ToSlash(target)}
	case !mode.IsRegular():
		// A socket or a named pipe: git does not see these either.
		return nil
	}
	r.files = append(r.files, f)
	return r.compare(f, info)
}

// compare asks whether a file is as committed, until one is not. A file whose size and time are those of git's index
// is not read.
func (r *folderReader) compare(f artifact.File, info fs.FileInfo) error {
	committed, ok := r.known.committed[f.Path]
	delete(r.known.committed, f.Path)
	if r.modified || r.known.commit == nil {
		return nil
	}
	if !ok || committed.mode != modeOf(f) {
		r.modified = true
		return nil
	}
	if hash, ok := r.known.indexed(f.Path, info); ok {
		r.modified = hash != committed.hash
		return nil
	}
	hash, err := hashOf(f)
	r.modified = hash != committed.hash
	return err
}

func hashOf(f artifact.File) (plumbing.Hash, error) {
	if f.Link != "" {
		return plumbing.ComputeHash(plumbing.BlobObject, []byte(f.Link)), nil
	}
	content, err := f.Open()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer content.Close()
	hasher := plumbing.NewHasher(plumbing.BlobObject, f.Size)
	_, err = io.Copy(hasher, content)
	return hasher.Sum(), err
}
