package git

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// What is kept of what a program writes to its standard error, and what of that is told of one that died.
const (
	maxKept  = 64 << 10
	maxLines = 6
	maxLine  = 300
)

// complaints are the last bytes that were written to them.
type complaints struct {
	kept []byte
	cut  bool
}

// Write keeps p.
func (c *complaints) Write(p []byte) (int, error) {
	c.kept = append(c.kept, p...)
	if more := len(c.kept) - maxKept; more > 0 {
		c.kept, c.cut = slices.Delete(c.kept, 0, more), true
	}
	return len(p), nil
}

// lines are the lines that are kept whole, without empty ones.
func (c *complaints) lines() []string {
	kept := c.kept
	if c.cut { // the first line has lost its beginning
		_, kept, _ = bytes.Cut(kept, []byte("\n"))
	}
	var lines []string
	for line := range bytes.Lines(kept) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// reason is what the last line says, and none where it says none.
func (c *complaints) reason() error {
	lines := c.lines()
	var r reason
	if len(lines) == 0 || json.Unmarshal([]byte(lines[len(lines)-1]), &r) != nil {
		return nil
	}
	return r.err()
}

// told are the lines that say what a program died of: those with which the runtime of Go begins, else the last.
func (c *complaints) told() []string {
	lines := c.lines()
	if at := slices.IndexFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
	}); at >= 0 {
		lines = lines[at:min(len(lines), at+maxLines)]
	}
	lines = slices.Clone(lines[max(0, len(lines)-maxLines):])
	for i, line := range lines {
		if len(line) > maxLine {
			lines[i] = strings.ToValidUTF8(line[:maxLine], "") + "..."
		}
	}
	return lines
}
