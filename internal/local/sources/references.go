package sources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// references are the names that a repository has for commits, sorted. A branch that only a remote has is one by its
// own name, as git checks it out.
type references struct {
	branches, tags []string
	// shallow says that the history ends somewhere: commits that others have are not here.
	shallow bool
}

func (r references) all() []string { return slices.Concat(r.branches, r.tags) }

func (r *repository) references() (references, error) {
	var known references
	iterator, err := r.git.References()
	if err != nil {
		return known, fmt.Errorf("list the references of %s: %w", r.place(), err)
	}
	err = iterator.ForEach(func(reference *plumbing.Reference) error {
		name := reference.Name()
		switch short := name.Short(); {
		case name.IsBranch():
			known.branches = append(known.branches, short)
		case name.IsTag():
			known.tags = append(known.tags, short)
		case name.IsRemote() && !strings.HasSuffix(short, "/HEAD"):
			_, branch, _ := strings.Cut(short, "/")
			known.branches = append(known.branches, branch)
		}
		return nil
	})
	if err != nil {
		return known, fmt.Errorf("list the references of %s: %w", r.place(), err)
	}
	slices.Sort(known.branches)
	known.branches = slices.Compact(known.branches)
	slices.Sort(known.tags)
	shallow, err := r.git.Storer.Shallow()
	known.shallow = len(shallow) > 0
	return known, err
}
