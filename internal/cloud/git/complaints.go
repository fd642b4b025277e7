package git

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
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
	if c.cut { // the first line has lost its beginning, and may hold half a secret, which nobody would find
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
func (c *complaints) reason(hide *strings.Replacer) error {
	lines := c.lines()
	var r reason
	if len(lines) == 0 || json.Unmarshal([]byte(lines[len(lines)-1]), &r) != nil {
		return nil
	}
	r.Message = hide.Replace(r.Message)
	if r.Failure != nil {
		r.Failure.Message = hide.Replace(r.Failure.Message)
	}
	return r.err()
}

// told are the lines that say what a program died of: those with which the runtime of Go begins, else the last.
func (c *complaints) told(hide *strings.Replacer) []string {
	lines := c.lines()
	if at := slices.IndexFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
	}); at >= 0 {
		lines = lines[at:min(len(lines), at+maxLines)]
	}
	lines = slices.Clone(lines[max(0, len(lines)-maxLines):])
	for i, line := range lines {
		if line = hide.Replace(line); len(line) > maxLine { // hidden first: half a password would not be found
			line = strings.ToValidUTF8(line[:maxLine], "") + "..."
		}
		lines[i] = line
	}
	return lines
}

// hiding takes what is secret out of a text, in every form in which it is sent. Who asks CodeCommit has the token of a session
// in the user, behind a percent sign; no other user is a secret.
func hiding(r Repository) *strings.Replacer {
	_, token, _ := strings.Cut(r.User, "%")
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(r.User + ":" + r.Password)),
		r.Password, strings.TrimSpace(r.Password), url.QueryEscape(r.Password), url.PathEscape(r.Password), token, url.PathEscape(token),
	} {
		if secret != "" {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}
