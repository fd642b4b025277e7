// Package sources stands on this machine for the repositories and buckets of source actions: a folder as it lies
// there, a git repository at a revision, or a file. It is the source.Sources of a laptop; it never fetches from a
// network and never changes what it reads.
package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
)

// Binding says what stands for a source. Path is a folder, a git repository or a file. With a Revision (a branch, tag
// or commit) the committed tree is taken, of the repository that holds Path, below Path; without, what lies there.
type Binding struct{ Path, Revision string }

// Sources fetches from what is bound. It is a source.Sources.
type Sources struct{ bound map[string]Binding }

// New makes Sources from the bindings by "Stage/Action".
func New(bound map[string]Binding) *Sources { return &Sources{bound: bound} }

// Fetch is that of source.Sources.
func (s *Sources) Fetch(ctx context.Context, r source.Request) (source.Fetched, error) {
	b, ok := s.bound[r.Stage+"/"+r.Action]
	if !ok {
		return source.Fetched{}, action.Fail(action.ConfigurationError, "nothing on this machine is bound to the source %s/%s", r.Stage, r.Action)
	}
	info, err := os.Stat(b.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source.Fetched{}, action.Fail(action.ConfigurationError, "the source %s/%s is bound to %s, which does not exist", r.Stage, r.Action, b.Path)
	case err != nil:
		return source.Fetched{}, fmt.Errorf("look at bound source: %w", err)
	case info.Mode().IsRegular() && b.Revision == "":
		return fetchFile(b.Path)
	case !info.IsDir():
		return source.Fetched{}, action.Fail(action.ConfigurationError, "the source %s/%s is bound to %s, which is no folder", r.Stage, r.Action, b.Path)
	}
	fetched, err := fetchTree(ctx, b)
	if err != nil {
		return source.Fetched{}, err
	}
	found, first, err := pointers(fetched.Files)
	if err != nil {
		return source.Fetched{}, errors.Join(fmt.Errorf("look for Git LFS pointers in %s: %w", b.Path, err), fetched.Close())
	}
	if found > 0 {
		fetched.Notes = append(fetched.Notes, notePointers(found, first))
	}
	return fetched, nil
}

// fetchTree fetches from a folder or a git repository.
func fetchTree(ctx context.Context, b Binding) (source.Fetched, error) {
	repo, found, err := find(b.Path)
	switch {
	case err != nil:
		return source.Fetched{}, err
	case b.Revision != "" && !found:
		return source.Fetched{}, notRepository(b.Path, b.Revision)
	case b.Revision != "":
		return repo.committed(ctx, b.Revision)
	case found && repo.bare():
		return repo.committed(ctx, "HEAD")
	}
	return fetchFolder(ctx, b.Path, repo)
}

func fetchFile(path string) (source.Fetched, error) {
	f, err := os.Open(path)
	if err != nil {
		return source.Fetched{}, fmt.Errorf("open bound source: %w", err)
	}
	return source.Fetched{Object: f, Closer: f}, nil
}
