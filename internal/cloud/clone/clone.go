// Package clone takes a revision of a git repository from its other end into a folder for temporary files, and gives its files. It
// speaks git and knows neither AWS nor a network: a git.Remote does the asking. On AWS it runs in a program of its own,
// functions/fetch-source/clone.
package clone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/cloud/git"
)

// Memory: deltas are resolved over what the cache holds, and a larger object is read from the disk each time.
const (
	cacheSize   = 16 << 20
	largeObject = 4 << 20
)

// Fetch is a git.Fetch, whose files are read from a folder that Close removes.
func Fetch(ctx context.Context, remote git.Remote, r git.Repository, wanted git.Revision) (source.Fetched, error) {
	folder, err := os.MkdirTemp("", "penstock-source-")
	if err != nil {
		return source.Fetched{}, fmt.Errorf("make a folder for %s: %w", r.Name, err)
	}
	c := &clone{
		repository: r, wanted: wanted, folder: folder, remote: remote,
		storage: filesystem.NewStorageWithOptions(osfs.New(folder), cache.NewObjectLRU(cacheSize), filesystem.Options{LargeObjectThreshold: largeObject}),
	}
	fetched, err := c.do(ctx)
	if err != nil {
		return source.Fetched{}, errors.Join(c.failed(err), c.Close())
	}
	return fetched, nil
}

// clone is a repository as far as it is fetched, in a folder of its own.
type clone struct {
	repository git.Repository
	wanted     git.Revision
	folder     string
	remote     git.Remote
	storage    *filesystem.Storage
}

// Close removes the folder.
func (c *clone) Close() error { return errors.Join(c.storage.Close(), os.RemoveAll(c.folder)) }

func (c *clone) do(ctx context.Context) (source.Fetched, error) {
	id, references, err := c.fetch(ctx)
	if err != nil {
		return source.Fetched{}, err
	}
	commit, err := object.GetCommit(c.storage, id)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return source.Fetched{}, noCommit(c.repository, id.String())
	}
	if err != nil {
		return source.Fetched{}, fmt.Errorf("read commit %s: %w", id, err)
	}
	fetched := source.Fetched{Commit: commits.Describe(commit), Closer: c}
	fetched.Commit.Branch = c.wanted.Branch
	if err := c.files(ctx, commit, &fetched); err != nil {
		return source.Fetched{}, fmt.Errorf("read tree of commit %s: %w", id, err)
	}
	if c.wanted.History {
		if err := c.addHistory(ctx, commit, references, &fetched); err != nil {
			return source.Fetched{}, err
		}
	}
	return fetched, nil
}

var commitID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{40}$`) })

// fetch takes the commit that is wanted, without those before it, unless they are wanted too or the other end gives it only
// with them.
func (c *clone) fetch(ctx context.Context) (plumbing.Hash, storer.ReferenceStorer, error) {
	if id := c.wanted.CommitID; id != "" && !commitID().MatchString(id) {
		return plumbing.ZeroHash, nil, noCommit(c.repository, id)
	}
	advertised, err := c.advertised(ctx)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	references, err := advertised.AllReferences()
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	t := &taking{clone: c, advertised: advertised, references: references}
	id, err := t.id()
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	return id, references, t.take(ctx, id)
}

// advertised is what the other end has and can.
func (c *clone) advertised(ctx context.Context) (*packp.AdvRefs, error) {
	body, err := c.remote.References(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	advertised := packp.NewAdvRefs()
	err = advertised.Decode(body)
	if errors.Is(err, packp.ErrEmptyAdvRefs) || err == nil && advertised.IsEmpty() {
		return nil, noCommits(c.repository)
	}
	if err != nil {
		return nil, err
	}
	transport.FilterUnsupportedCapabilities(advertised.Capabilities)
	return advertised, nil
}

// files are those of the commit. A submodule is another repository, of which nothing says that it may be read.
func (c *clone) files(ctx context.Context, commit *object.Commit, f *source.Fetched) error {
	tree, err := commit.Tree()
	if err != nil {
		return err
	}
	err = commits.Walk(ctx, tree, func(name string, entry object.TreeEntry) error {
		if entry.Mode == filemode.Submodule {
			f.Notes = append(f.Notes, noteSubmodule(name))
			return nil
		}
		file, err := commits.File(name, entry, func(hash plumbing.Hash) (*object.Blob, error) { return object.GetBlob(c.storage, hash) })
		f.Files = append(f.Files, file)
		return err
	})
	if err != nil {
		return err
	}
	found, first, err := commits.Pointers(f.Files)
	if found > 0 {
		f.Notes = append(f.Notes, notePointers(found, first))
	}
	return err
}

// branches are the names of the references that are branches.
func branches(references storer.ReferenceStorer) ([]string, error) {
	var names []string
	iterator, err := references.IterReferences()
	if err != nil {
		return nil, err
	}
	err = iterator.ForEach(func(reference *plumbing.Reference) error {
		if name, is := strings.CutPrefix(reference.Name().String(), "refs/heads/"); is {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}
