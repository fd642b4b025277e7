package pipeline

import (
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Bounds on what Parse reads. They are far above any definition that CodePipeline accepts and keep hostile input
// cheap.
const (
	maxSourceBytes = 1 << 20
	maxDepth       = 64
	maxValues      = 200_000 // of a document, every alias counted as if written out
	maxKeys        = 50_000  // of a YAML file
	maxDocuments   = 100     // that a YAML file may begin before it is read at all
)

// kind is the shape of a value in a document.
type kind int

const (
	nullKind kind = iota
	stringKind
	numberKind
	booleanKind
	mappingKind
	sequenceKind
)

// String names a kind as messages do.
func (k kind) String() string {
	return [...]string{"nothing", "a string", "a number", "a boolean", "a mapping", "a list"}[k]
}

// value is one value of a JSON or YAML document: what both readers produce and what the model is read from.
type value struct {
	kind    kind
	at      diag.Range // of a mapping or list: of its first entry
	text    string     // of a scalar, as it was written
	tag     string     // a YAML tag that the core schema does not have, such as !Ref
	entries []entry    // of a mapping, in order, duplicates included
	items   []*value   // of a list
	size    int        // values in it, itself included, aliases counted as if written out
}

// entry is one key of a mapping.
type entry struct {
	key   Text
	value *value
}

func (v *value) isScalar() bool {
	return v.kind == stringKind || v.kind == numberKind || v.kind == booleanKind
}

// lookup returns the value of the first entry with that key, or a null value without a place.
func (v *value) lookup(key string) *value {
	for i := range v.entries {
		if v.entries[i].key.Value == key {
			return v.entries[i].value
		}
	}
	return &value{}
}

func (v *value) has(key string) bool { return v.lookup(key).kind != nullKind }

// distinct returns the entries of a mapping without repeated keys, which it reports.
func distinct(list *diag.List, entries []entry) []entry {
	const few = 32
	if len(entries) <= few && !hasRepetition(entries) {
		return entries
	}
	first := make(map[string]diag.Range, len(entries))
	once := make([]entry, 0, len(entries))
	for _, e := range entries {
		if at, twice := first[e.key.Value]; twice {
			list.Add(duplicateKey(e.key, at))
			continue
		}
		first[e.key.Value] = e.key.At
		once = append(once, e)
	}
	return once
}

// hasRepetition compares all pairs, which is cheaper than a map where there are few.
func hasRepetition(entries []entry) bool {
	for i := range entries {
		for j := range i {
			if entries[i].key.Value == entries[j].key.Value {
				return true
			}
		}
	}
	return false
}

// settle gives a finished mapping or list the place of its first entry, and its size.
func (v *value) settle() *value {
	v.size = 1
	for i := range v.entries {
		v.size += v.entries[i].value.size
	}
	for _, item := range v.items {
		v.size += item.size
	}
	v.size = min(v.size, maxValues+1)
	if len(v.entries) > 0 {
		v.at = v.entries[0].key.At
	} else if len(v.items) > 0 {
		v.at = v.items[0].at
	}
	return v
}

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
