package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkFilters looks into the filters of triggers: what they combine, whether one repeats another, and whether their
// patterns are right and can match.
func checkFilters(d *definition, list *diag.List) {
	for i := range d.Triggers {
		git := d.Triggers[i].GitConfiguration
		if git == nil {
			continue
		}
		for j := range git.Push {
			checkPushFilter(list, &git.Push[j])
		}
		for j := range git.PullRequest {
			checkPullRequestFilter(list, &git.PullRequest[j])
		}
		findRepeatedFilters(list, git.Push, &pushStructure)
		findRepeatedFilters(list, git.PullRequest, &pullRequestStructure)
	}
}

func checkPushFilter(list *diag.List, f *GitPushFilter) {
	switch {
	case f.Tags == nil && f.Branches == nil && f.FilePaths == nil:
		list.Add(emptyFilter(f.At, "a push filter", "tags, branches, or branches and filePaths"))
	case f.Tags != nil && (f.Branches != nil || f.FilePaths != nil):
		list.Add(tagsWithOtherFilters(f.At))
	case f.FilePaths != nil && f.Branches == nil:
		list.Add(pathsWithoutBranches(f.FilePaths.At, "push"))
	}
	checkPatterns(list, f.Tags, f.Branches, f.FilePaths)
}

func checkPullRequestFilter(list *diag.List, f *GitPullRequestFilter) {
	switch {
	case f.Branches == nil && f.FilePaths == nil && len(f.Events) == 0:
		list.Add(emptyFilter(f.At, "a pullRequest filter", "events and branches, and perhaps filePaths"))
	case f.FilePaths != nil && f.Branches == nil:
		list.Add(pathsWithoutBranches(f.FilePaths.At, "pullRequest"))
	}
	seen := map[string]Text{}
	for _, event := range f.Events {
		once(list, seen, event, func(first Text) diag.Diagnostic { return repeatedPattern(event, first) })
	}
	checkPatterns(list, f.Branches, f.FilePaths)
}

// findRepeatedFilters reports filters of one kind that say the same, the order of their patterns aside.
func findRepeatedFilters[T any](list *diag.List, filters []T, s *structure[T]) {
	seen := map[string]diag.Range{}
	for i := range filters {
		text := string(s.write(nil, &filters[i]))
		if first, twice := seen[text]; twice {
			list.Add(repeatedFilter(*s.at(&filters[i]), first, s.name))
			continue
		}
		seen[text] = *s.at(&filters[i])
	}
}

func checkPatterns(list *diag.List, filters ...*GitFilter) {
	for _, f := range filters {
		if f == nil {
			continue
		}
		if len(f.Includes)+len(f.Excludes) == 0 {
			list.Add(emptyFilter(f.At, "a filter", "includes, excludes, or both"))
		}
		seen := map[string]Text{}
		for _, pattern := range f.Includes {
			once(list, seen, pattern, func(first Text) diag.Diagnostic { return repeatedPattern(pattern, first) })
		}
		for _, pattern := range f.Excludes {
			if included, both := seen[pattern.Value]; both {
				list.Add(neverMatches(included, pattern.At))
			}
		}
		for _, pattern := range slices.Concat(f.Includes, f.Excludes) {
			if problem := globProblem(pattern.Value); problem != "" && pattern.IsKnown() {
				list.Add(invalidGlob(pattern, problem))
			}
		}
	}
}

// globProblem says what is wrong with a glob: "" is nothing.
func globProblem(glob string) string {
	inBraces := false
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '\\' && i+1 == len(glob):
			return `it ends in "\"`
		case c == '\\':
			i++
		case c == '[':
			end := classEnd(glob[i+1:])
			if end < 0 {
				return `a "[" is not closed`
			}
			i += end + 1
		case c == '{' && inBraces:
			return `a "{" stands in another`
		case c == '{', c == '}' && inBraces:
			inBraces = !inBraces
		}
	}
	if inBraces {
		return `a "{" is not closed`
	}
	return ""
}

// classEnd returns where a class ends, after its "[": -1 if it does not. It has at least one character.
func classEnd(glob string) int {
	start := 0
	if len(glob) > 0 && glob[0] == '!' {
		start = 1
	}
	for i := start + 1; i < len(glob); i++ {
		if glob[i] == ']' {
			return i
		}
	}
	return -1
}
