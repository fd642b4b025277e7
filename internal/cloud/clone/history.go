package clone

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// addHistory adds the .git of a clone to what was fetched, with the commit checked out detached, as CodeBuild does it. The
// address of the origin is in it and neither user nor password.
func (c *clone) addHistory(ctx context.Context, commit *object.Commit, references storer.ReferenceStorer, f *source.Fetched) error {
	packed, err := packedReferences(references)
	if err != nil {
		return fmt.Errorf("list the references of %s: %w", c.repository.Name, err)
	}
	index, err := commits.Index(ctx, commit)
	if err != nil {
		return err
	}
	made := map[string]string{
		"HEAD": commit.Hash.String() + "\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n" +
			"[remote \"origin\"]\n\turl = " + strconv.Quote(c.repository.URL) + "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
		"packed-refs": packed,
		"index":       index,
		// git takes a folder for a repository only where it has these.
		"refs/remotes/origin/HEAD": commit.Hash.String() + "\n",
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		text := made[name]
		f.Files = append(f.Files, artifact.File{Path: ".git/" + name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}})
	}
	f.Clone = true
	return c.addObjects(f)
}

// packedReferences has the branches of the repository as those of the origin, and its tags.
func packedReferences(references storer.ReferenceStorer) (string, error) {
	packed := map[string]string{}
	iterator, err := references.IterReferences()
	if err != nil {
		return "", err
	}
	err = iterator.ForEach(func(reference *plumbing.Reference) error {
		name := reference.Name()
		switch {
		case reference.Type() != plumbing.HashReference:
		case name.IsBranch():
			packed["refs/remotes/origin/"+name.Short()] = reference.Hash().String()
		case name.IsTag():
			packed[name.String()] = reference.Hash().String()
		}
		return nil
	})
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(packed)) {
		fmt.Fprintf(&out, "%s %s\n", packed[name], name)
	}
	return out.String(), err
}

// addObjects adds what was fetched, as it lies in the folder.
func (c *clone) addObjects(f *source.Fetched) error {
	return filepath.WalkDir(filepath.Join(c.folder, "objects"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		below, err := filepath.Rel(c.folder, path)
		if err != nil {
			return err
		}
		f.Files = append(f.Files, artifact.File{Path: ".git/" + filepath.ToSlash(below), Size: info.Size(), Open: func() (io.ReadCloser, error) {
			return os.Open(path)
		}})
		return nil
	})
}
