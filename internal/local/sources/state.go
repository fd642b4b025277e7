package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// state is what git knows of a bound folder. Paths are relative to the folder. go-git's own Status is not used: it
// reads the whole working tree, and hashes every file of it.
type state struct {
	// commit is nil where there is none.
	commit *source.Commit
	// committed is what the commit has and the folder was not yet seen to have.
	committed map[string]committedFile
	// tracked are the files that git looks at even where they are ignored, folders those that hold one.
	tracked map[string]bool
	folders map[string]bool
	index   map[string]*index.Entry
	// sparse are the files that a sparse checkout leaves out.
	sparse map[string]bool
	// indexWritten is when the index was: a file of that very moment may have changed since without a trace.
	indexWritten time.Time
}

type committedFile struct {
	hash plumbing.Hash
	mode filemode.FileMode
}

func modeOf(f artifact.File) filemode.FileMode {
	switch {
	case f.Link != "":
		return filemode.Symlink
	case f.Executable:
		return filemode.Executable
	}
	return filemode.Regular
}

// committedState reads the commit that is checked out, and the index. A repository without a commit is as good as
// none.
func committedState(ctx context.Context, repo *repository) (*state, error) {
	s := &state{committed: map[string]committedFile{}, tracked: map[string]bool{}, folders: map[string]bool{}, index: map[string]*index.Entry{}, sparse: map[string]bool{}}
	if repo == nil {
		return s, nil
	}
	if err := s.readIndex(repo); err != nil {
		return nil, err
	}
	head, err := repo.git.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read HEAD: %w", err)
	}
	commit, err := repo.git.CommitObject(head.Hash())
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", head.Hash(), err)
	}
	s.commit = commits.Describe(commit)
	s.commit.Branch = repo.branch("HEAD")
	err = s.readCommit(ctx, repo, commit)
	return s, err
}

func (s *state) readCommit(ctx context.Context, repo *repository, commit *object.Commit) error {
	tree, err := repo.subtree(commit)
	if errors.Is(err, object.ErrDirectoryNotFound) {
		return nil
	}
	if err == nil {
		err = commits.Walk(ctx, tree, func(name string, entry object.TreeEntry) error {
			mode := entry.Mode
			if mode == filemode.Deprecated {
				mode = filemode.Regular
			}
			s.committed[name] = committedFile{hash: entry.Hash, mode: mode}
			s.track(name)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("read tree of commit %s: %w", commit.Hash, err)
	}
	return nil
}

func (s *state) track(name string) {
	s.tracked[name] = true
	for folder := path.Dir(name); folder != "." && !s.folders[folder]; folder = path.Dir(folder) {
		s.folders[folder] = true
	}
}

// readIndex reads git's index for what it spares: reading files. One that go-git cannot read spares nothing.
func (s *state) readIndex(repo *repository) error {
	stored, isFilesystem := repo.git.Storer.(*filesystem.Storage)
	if !isFilesystem {
		return nil
	}
	written, err := stored.Filesystem().Stat("index")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read git's index: %w", err)
	}
	read, err := repo.git.Storer.Index()
	if err != nil {
		return nil //nolint:nilerr // an index of a newer form: every file is compared by its content
	}
	s.indexWritten = written.ModTime()
	prefix := repo.below + "/"
	for _, entry := range read.Entries {
		name, inside := entry.Name, true
		if repo.below != "." {
			name, inside = strings.CutPrefix(entry.Name, prefix)
		}
		if !inside {
			continue
		}
		s.index[name] = entry
		s.track(name)
		if entry.SkipWorktree {
			s.sparse[name] = true
		}
	}
	return nil
}

// indexed is the hash that a file had when git last looked at it, if the file was not touched since.
func (s *state) indexed(name string, info fs.FileInfo) (plumbing.Hash, bool) {
	entry, ok := s.index[name]
	if !ok || entry.Size != uint32(info.Size()) || !entry.ModifiedAt.Equal(info.ModTime()) || !entry.ModifiedAt.Before(s.indexWritten) {
		return plumbing.ZeroHash, false
	}
	return entry.Hash, true
}

// leaveOutSparse counts the committed files that are not in the folder because a sparse checkout leaves them out: that
// is no change of theirs.
func (s *state) leaveOutSparse() int {
	left := 0
	for name := range s.committed {
		if s.sparse[name] {
			delete(s.committed, name)
			left++
		}
	}
	return left
}

func (s *state) isSubmodule(name string) bool {
	entry, ok := s.committed[name]
	return ok && entry.mode == filemode.Submodule
}
