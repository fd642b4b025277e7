// Package trigger says whether a change in a repository starts a pipeline, by the filters of its triggers: in comes what
// was pushed or asked to be pulled, out goes yes or no. Reading an event is not its concern, nor is whether the filters
// are right, which pipeline.Check says.
//
// The rules are those of the CodePipeline User Guide, "Add trigger with code push or pull request event types" and
// "Working with glob patterns in syntax".
package trigger

import (
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
)

// Change is a push to a branch, a push of a tag, or an event of a pull request.
type Change struct {
	// Branch is the one that was pushed to, or into which a pull request asks to be merged; Tag one that was pushed.
	Branch string
	Tag    string
	// PullRequest is OPEN, UPDATED or CLOSED; empty for a push.
	PullRequest string
	// Files are the paths that the change touches. Without them, as in the first push of a branch, no filter of paths lets
	// it through.
	Files []string
}

// maxFiles is how many files of a change are looked at.
const maxFiles = 100

// Starts says whether one of the filters lets a change through. Without any none does: the branch of the source action
// decides then.
func Starts(git *pipeline.GitConfiguration, c Change) bool {
	if c.PullRequest != "" {
		return slices.ContainsFunc(git.PullRequest, func(f pipeline.GitPullRequestFilter) bool { return passesPullRequest(f, c) })
	}
	return slices.ContainsFunc(git.Push, func(f pipeline.GitPushFilter) bool { return passesPush(f, c) })
}

func passesPush(f pipeline.GitPushFilter, c Change) bool {
	if c.Tag != "" {
		return f.Tags != nil && passes(f.Tags, c.Tag)
	}
	return f.Tags == nil && (f.Branches != nil || f.FilePaths != nil) && passesPlaces(f.Branches, f.FilePaths, c)
}

func passesPullRequest(f pipeline.GitPullRequestFilter, c Change) bool {
	asked := func(event pipeline.Text) bool { return event.Value == c.PullRequest }
	return (len(f.Events) == 0 || slices.ContainsFunc(f.Events, asked)) && passesPlaces(f.Branches, f.FilePaths, c)
}

// passesPlaces judges each file alone: one that passes is enough.
func passesPlaces(branches, paths *pipeline.GitFilter, c Change) bool {
	if branches != nil && !passes(branches, c.Branch) {
		return false
	}
	files := c.Files[:min(len(c.Files), maxFiles)]
	return paths == nil || slices.ContainsFunc(files, func(file string) bool { return passes(paths, file) })
}

// passes says whether a name matches an include, or there are none, and no exclude.
func passes(f *pipeline.GitFilter, name string) bool {
	matches := func(pattern pipeline.Text) bool { return Match(pattern.Value, name) }
	return (len(f.Includes) == 0 || slices.ContainsFunc(f.Includes, matches)) && !slices.ContainsFunc(f.Excludes, matches)
}
