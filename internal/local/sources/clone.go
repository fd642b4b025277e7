package sources

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// addClone adds the .git of a clone to what was fetched. As the artifact of CodePipeline is only a reference to the
// repository, this one refers to it too: it borrows the objects of the bound repository, so the history is there and is
// not copied.
func (r *repository) addClone(ctx context.Context, f *source.Fetched) error {
	if r.below != "." {
		f.Notes = append(f.Notes, noteNoClone(r))
		return nil
	}
	commit, err := r.git.CommitObject(plumbing.NewHash(f.Commit.ID))
	if err != nil {
		return fmt.Errorf("read commit %s: %w", f.Commit.ID, err)
	}
	made := map[string]string{
		"HEAD":                     f.Commit.ID + "\n",
		"refs/remotes/origin/HEAD": f.Commit.ID + "\n",
		"config":                   r.cloneConfig(),
		"objects/info/alternates":  r.alternates(),
	}
	if made["packed-refs"], err = r.packedReferences(); err != nil {
		return err
	}
	if made["index"], err = commits.Index(ctx, commit); err != nil {
		return err
	}
	if made["shallow"], err = r.shallow(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if text := made[name]; text != "" {
			f.Files = append(f.Files, artifact.File{Path: ".git/" + name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(text)), nil
			}})
		}
	}
	f.Clone = true
	return nil
}

// cloneConfig names the bound repository as the origin: what is fetched in a build comes from this machine.
func (r *repository) cloneConfig() string {
	return "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n" +
		"[remote \"origin\"]\n\turl = " + strconv.Quote(r.place()) + "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
}

// alternates is git's file of the folders in which objects are looked for as well.
func (r *repository) alternates() string {
	folders := r.gitFolders()
	return filepath.Join(folders[len(folders)-1], "objects") + "\n"
}

// packedReferences has the branches of the repository as those of the origin, and its tags.
func (r *repository) packedReferences() (string, error) {
	packed := map[string]string{}
	iterator, err := r.git.References()
	if err != nil {
		return "", fmt.Errorf("list the references of %s: %w", r.place(), err)
	}
	err = iterator.ForEach(func(reference *plumbing.Reference) error {
		name, hash := reference.Name(), reference.Hash().String()
		remote, fromOrigin := strings.CutPrefix(name.String(), "refs/remotes/origin/")
		switch {
		case reference.Type() != plumbing.HashReference:
		case name.IsBranch():
			packed["refs/remotes/origin/"+name.Short()] = hash
		case name.IsTag():
			packed[name.String()] = hash
		case fromOrigin && remote != "HEAD" && packed[name.String()] == "":
			if _, err := r.git.Reference(plumbing.NewBranchReferenceName(remote), false); err != nil {
				packed[name.String()] = hash
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("list the references of %s: %w", r.place(), err)
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(packed)) {
		fmt.Fprintf(&out, "%s %s\n", packed[name], name)
	}
	return out.String(), nil
}

// shallow is where the history of a shallow repository ends.
func (r *repository) shallow() (string, error) {
	ends, err := r.git.Storer.Shallow()
	if err != nil {
		return "", fmt.Errorf("read where the history of %s ends: %w", r.place(), err)
	}
	var out strings.Builder
	for _, hash := range ends {
		fmt.Fprintln(&out, hash)
	}
	return out.String(), nil
}
