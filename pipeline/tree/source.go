package tree

import (
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// source finds places in a source. Finding is fast when places are asked for in the order of the text, whatever the
// length of its lines.
type source struct {
	file   string
	lines  []string
	line   int // the cursor: a place found before
	column int
	offset int // in bytes, in the line
}

func newSource(file string, content []byte) *source {
	return &source{file: file, lines: strings.Split(string(content), "\n"), line: 1, column: 1}
}

// rest returns the line from a place on.
func (t *source) rest(at diag.Position) string {
	line := t.lines[at.Line-1]
	if at.Line != t.line || at.Column < t.column {
		t.line, t.column, t.offset = at.Line, 1, 0
	}
	for t.column < at.Column && t.offset < len(line) {
		_, size := utf8.DecodeRuneInString(line[t.offset:])
		t.offset += size
		t.column++
	}
	return line[t.offset:]
}

// position returns a place inside the text: the given one, or the nearest before it.
func (t *source) position(line, column int) diag.Position {
	line = min(max(line, 1), len(t.lines))
	at := diag.Position{File: t.file, Line: line, Column: max(column, 1)}
	t.rest(at)
	at.Column = min(at.Column, t.column)
	return at
}

// span returns the range that begins at a position and is length code points long.
func span(start diag.Position, length int) diag.Range {
	end := start
	end.Column += length
	return diag.Range{Start: start, End: end}
}
