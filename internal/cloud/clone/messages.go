package clone

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording of this package for people: one function per mistake or note.

func noCommits(r git.Repository) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "nothing is committed to %s yet", r.Name)
}

func noCommit(r git.Repository, id string) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "%s has no commit %q; a commit is asked for by its whole ID, 40 hexadecimal digits", r.Name, id)
}

func noBranch(r git.Repository, branch string, known []string) *action.Failure {
	const most = 8
	slices.Sort(known)
	text := fmt.Sprintf("%s has no branch %q", r.Name, branch)
	if nearest, ok := diag.Nearest(branch, known); ok {
		return action.Fail(action.RevisionUnavailable, "%s; did you mean %q?", text, nearest)
	}
	switch more := len(known) - most; {
	case len(known) == 0:
		return action.Fail(action.RevisionUnavailable, "%s, and no other", text)
	case more > 0:
		return action.Fail(action.RevisionUnavailable, "%s; its branches are %s and %d more", text, strings.Join(known[:most], ", "), more)
	}
	return action.Fail(action.RevisionUnavailable, "%s; its branches are %s", text, strings.Join(known, ", "))
}

func noteSubmodule(name string) string {
	return fmt.Sprintf("the submodule %s is another repository and is not fetched", name)
}

func notePointers(files int, first string) string {
	if files == 1 {
		return first + " is a Git LFS pointer, not its content"
	}
	return fmt.Sprintf("%s and %d more files are Git LFS pointers, not their content", first, files-1)
}
