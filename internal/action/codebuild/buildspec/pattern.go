package buildspec

import (
	"path"
	"strings"
)

// Match reports whether a slash path matches a pattern of files, exclude-paths or base-directory. `*` stands for any
// characters of one name, `?` for one, `**` as a whole name for any number of folders, none among them. Names that
// begin with a dot are like any other: the reference excludes them by pattern. A pattern may begin with `./`.
func Match(pattern, name string) bool {
	return matchNames(strings.Split(path.Clean(pattern), "/"), strings.Split(name, "/"))
}

func patternProblem(pattern string) string {
	if strings.TrimSpace(pattern) == "" {
		return "it is empty"
	}
	for name := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(name, ""); err != nil {
			return "a [ is not closed, or nothing follows a \\"
		}
	}
	return ""
}

// matchNames keeps the last `**` to go back to, so that its cost is at most the product of the two lengths.
func matchNames(pattern, names []string) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(names) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, resume = p, n
			p++
		case p < len(pattern) && matchName(pattern[p], names[n]):
			p++
			n++
		case star >= 0:
			resume++
			p, n = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

func matchName(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}
