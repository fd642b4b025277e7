package sources

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording of this package for people: one function per mistake or note.

// named quotes a few names for a message and counts the others.
func named(names []string) string {
	const most = 8
	shown := names[:min(len(names), most)]
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func notBound(r source.Request) *action.Failure {
	return action.Fail(action.ConfigurationError, "nothing on this machine is bound to the source %s/%s", r.Stage, r.Action)
}

func missingPath(r source.Request, path string) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s is bound to %s, which does not exist", r.Stage, r.Action, path)
}

func notFolder(r source.Request, path string) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s is bound to %s, which is no folder", r.Stage, r.Action, path)
}

func notZip(r source.Request, path string) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s is bound to the file %s, which is no zip; a source of %s gives one: bind a folder or a zip",
		r.Stage, r.Action, path, r.Provider)
}

// notDeployed says what lies under the key where only the version is another.
func notDeployed(r source.Request, at artifact.Location) *action.Failure {
	if at.VersionID != "" {
		return action.Fail(action.RevisionUnavailable, "s3://%s/%s has no version %q here: of an object that was overwritten only the newest version is kept",
			at.Bucket, at.Key, at.VersionID)
	}
	return action.Fail(action.RevisionUnavailable,
		"no pipeline in this state directory has deployed s3://%s/%s, and nothing is bound to the source %s/%s", at.Bucket, at.Key, r.Stage, r.Action)
}

func invalidDigest(r source.Request) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "the source %s/%s has no image %q: a digest is sha256: and 64 hexadecimal digits",
		r.Stage, r.Action, r.ImageDigest)
}

func boundObject(r source.Request, path string) *action.Failure {
	return action.Fail(action.ConfigurationError,
		"the source %s/%s is bound to %s, which stands for one object in one version; bind another path, or remove the binding and deploy the object here",
		r.Stage, r.Action, path)
}

func fileRevision(r source.Request, path string) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s is bound to the file %s, which has no revision %q; bind the folder of a git repository",
		r.Stage, r.Action, path, r.CommitID)
}

func unknownRevision(revision string, r *repository, known references) *action.Failure {
	text := fmt.Sprintf("the git repository %s has no revision %q", r.place(), revision)
	if nearest, ok := diag.Nearest(revision, known.all()); ok {
		return action.Fail(action.RevisionUnavailable, "%s; did you mean %q?", text, nearest)
	}
	switch {
	case len(known.branches)+len(known.tags) == 0:
		text += ": nothing is committed to it yet"
	case len(known.tags) == 0:
		text += "; its branches are " + named(known.branches)
	default:
		text += "; its branches are " + named(known.branches) + ", its tags " + named(known.tags)
	}
	if known.shallow {
		text += fmt.Sprintf("; it is a shallow clone: git -C %s fetch --unshallow", r.place())
	}
	return action.Fail(action.RevisionUnavailable, "%s", text)
}

func unreadableForm(folder, key, value string) *action.Failure {
	return action.Fail(action.ConfigurationError,
		"the git repository of %s has the %s %q, which is not read here; bind a copy of the files, or a zip", folder, key, value)
}

func unknownFolder(commit plumbing.Hash, folder string) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "commit %s has no folder %s", commit, folder)
}

func missingBlob(r *repository, blob plumbing.Hash, name string) *action.Failure {
	return action.Fail(action.RevisionUnavailable,
		"the git repository %s lacks the content of %s, blob %s: a partial clone is completed by git -C %s fetch --refetch --no-filter",
		r.place(), name, blob, r.place())
}

func absentSubmodule(r *repository, name, url string) *action.Failure {
	where := name
	if url != "" {
		where = fmt.Sprintf("%s (%s)", name, url)
	}
	return action.Fail(action.ConfigurationError,
		"the submodule %s is not on this machine, and nothing is fetched from a network here: git -C %s submodule update --init --recursive",
		where, r.place())
}

func staleSubmodule(r *repository, name string, commit plumbing.Hash) *action.Failure {
	return action.Fail(action.RevisionUnavailable,
		"the submodule %s has no commit %s on this machine, and nothing is fetched from a network here: git -C %s/%s fetch",
		name, commit, r.place(), name)
}

func notRepository(path, revision string) *action.Failure {
	return action.Fail(action.ConfigurationError,
		"%s is in no git repository, so there is no revision %q; take it as it lies there, without a revision", path, revision)
}

func noteAbsentSubmodule(name string) string {
	return fmt.Sprintf("the submodule %s is not checked out, its files are missing: git submodule update --init --recursive", name)
}

func noteNoClone(r *repository) string {
	return fmt.Sprintf("there is no .git, since the bound folder %s is only a part of the repository %s", r.below, r.place())
}

func noteSparse(files int) string {
	return fmt.Sprintf("%s that the sparse checkout leaves out %s missing; bind a revision to take them from the commit", count(files, "file"), are(files))
}

func notePointers(files int, first string) string {
	const help = "; without a revision, what git lfs pull has checked out is taken"
	if files == 1 {
		return first + " is a Git LFS pointer, not its content" + help
	}
	return fmt.Sprintf("%s and %s more are Git LFS pointers, not their content%s", first, count(files-1, "file"), help)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
