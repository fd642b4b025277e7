package view

import "strings"

// CodeBuild marks its own lines in the log of a build, and says in them which command it runs.
const (
	containerMark = "[Container] "
	commandMark   = "Running command "
)

// IsOutput says whether a line of a log is what a command or an action printed, not what CodeBuild says about it.
func IsOutput(line string) bool { return !strings.HasPrefix(line, containerMark) }

// Progress is what a line of a log tells of what an action does just now; empty where it tells nothing.
func Progress(line string) string {
	if IsOutput(line) {
		return Clean(line)
	}
	if _, command, ok := strings.Cut(line, commandMark); ok {
		return "$ " + Clean(command)
	}
	return ""
}
