package view

import "strings"

// CodeBuild marks its own lines in the log of a build, and says in them which command it runs.
const (
	containerMark = "[Container] "
	commandMark   = "Running command "
	// lastLinesMark is before the last lines of the build of a batch that failed.
	lastLinesMark = "Last lines of build "
)

// IsOutput says whether a line of a log is what a command or an action printed, not what CodeBuild says about it.
func IsOutput(line string) bool {
	_, rest := ofBatch(line)
	return !strings.HasPrefix(rest, containerMark)
}

// BeginsTail says whether what matters of a log begins behind a line: what other builds of a batch printed before it does
// not.
func BeginsTail(line string) bool { return strings.HasPrefix(line, containerMark+lastLinesMark) }

// Progress is what a line of a log tells of what an action does just now; empty where it tells nothing.
func Progress(line string) string {
	if IsOutput(line) {
		return Clean(line)
	}
	build, rest := ofBatch(line)
	if _, command, ok := strings.Cut(rest, commandMark); ok {
		return build + "$ " + Clean(command)
	}
	return ""
}

// ofBatch parts a line of CodeBuild about a build of a batch, `[identifier] [Container] ...`, behind the identifier.
func ofBatch(line string) (build, rest string) {
	if before, after, ok := strings.Cut(line, "] "+containerMark); ok && strings.HasPrefix(before, "[") && !strings.Contains(before, "]") {
		return before + "] ", containerMark + after
	}
	return "", line
}
