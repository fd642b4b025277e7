// Package commits reads commits of git repositories as what source actions make of them: files, and who said what when. Where a
// repository lies, and how it came there, is the concern of who opens it.
package commits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Describe is what a source action says of a commit.
func Describe(c *object.Commit) *source.Commit {
	return &source.Commit{ID: c.Hash.String(), Message: c.Message, Author: c.Author.When, Committer: c.Committer.When}
}

// Walk visits everything in a tree but folders.
func Walk(ctx context.Context, tree *object.Tree, visit func(name string, entry object.TreeEntry) error) error {
	walker := object.NewTreeWalker(tree, true, nil)
	defer walker.Close()
	for {
		name, entry, err := walker.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil && entry.Mode != filemode.Dir {
			err = visit(name, entry)
		}
		if err != nil {
			return err
		}
	}
}

// File is an entry of a tree as a file or a symbolic link. Its content is the blob that find gives, when it is opened.
func File(name string, entry object.TreeEntry, find func(plumbing.Hash) (*object.Blob, error)) (artifact.File, error) {
	content := func() (io.ReadCloser, error) {
		blob, err := find(entry.Hash)
		if err != nil {
			return nil, err
		}
		return blob.Reader()
	}
	if entry.Mode != filemode.Symlink {
		return artifact.File{Path: name, Executable: entry.Mode == filemode.Executable, Open: content}, nil
	}
	link, err := content()
	if err != nil {
		return artifact.File{}, err
	}
	defer link.Close()
	target, err := io.ReadAll(link)
	return artifact.File{Path: name, Link: string(target)}, err
}

// Index is git's index of a commit, for the .git of a clone. It says nothing of sizes and times, so that git looks at each file
// once.
func Index(ctx context.Context, commit *object.Commit) (string, error) {
	tree, err := commit.Tree()
	if err != nil {
		return "", fmt.Errorf("read tree of commit %s: %w", commit.Hash, err)
	}
	all := index.Index{Version: 2}
	err = Walk(ctx, tree, func(name string, entry object.TreeEntry) error {
		all.Entries = append(all.Entries, &index.Entry{Name: name, Hash: entry.Hash, Mode: entry.Mode})
		return nil
	})
	var out bytes.Buffer
	if err == nil {
		err = index.NewEncoder(&out).Encode(&all)
	}
	if err != nil {
		return "", fmt.Errorf("write the index of commit %s: %w", commit.Hash, err)
	}
	return out.String(), nil
}
