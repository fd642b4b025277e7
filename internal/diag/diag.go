package diag

import (
	"fmt"
	"strings"
)

// Position is a place in a file. Line and Column start at 1; Column counts Unicode code points. The zero Line
// means that the place is not known.
type Position struct {
	File   string
	Line   int
	Column int
}

// IsKnown reports whether the position names a line.
func (p Position) IsKnown() bool { return p.Line > 0 }

// String prints file:line:column, or only the file when the line is not known.
func (p Position) String() string {
	if !p.IsKnown() {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// before orders positions by file, line and column.
func (p Position) before(q Position) int {
	if c := strings.Compare(p.File, q.File); c != 0 {
		return c
	}
	if p.Line != q.Line {
		return p.Line - q.Line
	}
	return p.Column - q.Column
}

// Range is a stretch of a file: End is the place just after its last character.
type Range struct {
	Start, End Position
}

// IsKnown reports whether the range names a line.
func (r Range) IsKnown() bool { return r.Start.IsKnown() }

// Within returns the part of a one-line range that starts after skip code points and is length long. It returns
// the range itself when that part is not inside it, as in scalars written with escapes.
func (r Range) Within(skip, length int) Range {
	start, end := r.Start, r.Start
	start.Column += skip
	end.Column = start.Column + length
	if r.Start.Line != r.End.Line || skip < 0 || length < 1 || end.Column > r.End.Column {
		return r
	}
	return Range{Start: start, End: end}
}

// Severity says how bad a diagnostic is.
type Severity int

// Severities, worst first.
const (
	Error   Severity = iota // the definition cannot be used
	Warning                 // it can be used, and its author probably did not mean it
	Note                    // worth knowing
)

// String prints the severity as messages and JSON show it.
func (s Severity) String() string {
	return [...]string{"error", "warning", "note"}[s]
}

// RelatedNote adds a fact to a diagnostic, with the place where it can be seen, if there is one.
type RelatedNote struct {
	At      Range
	Message string
}

// Diagnostic is one thing to tell the author of a file. Code is a kebab-case name, stable across releases and
// unique to one kind of mistake. Message says what is, in lower case and without a full stop, values quoted; Help
// says what to do.
type Diagnostic struct {
	Code     string
	Severity Severity
	At       Range
	Message  string
	Notes    []RelatedNote
	Help     string
	Secret   bool // what stands at the place is a secret: no excerpt repeats it
}
