package pattern

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// kind is what a JSON value is.
type kind int

const (
	object kind = iota
	array
	text
	number
	boolean
	null
)

// String names the kind with its article, as messages do.
func (k kind) String() string {
	return [...]string{"an object", "a list", "a string", "a number", "a boolean", "null"}[k]
}

// reader walks over JSON that json.Valid has accepted: nothing in it can surprise, so no method returns an error.
// Between two calls it stands at the first letter of a value, of a name, or of a closing bracket.
type reader struct {
	source []byte
	at     int
}

// newReader returns a reader at the first value.
func newReader(source []byte) reader {
	r := reader{source: source}
	r.blank()
	return r
}

// blank passes what stands between values and names.
func (r *reader) blank() {
	for r.at < len(r.source) {
		switch r.source[r.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) kind() kind {
	switch r.source[r.at] {
	case '{':
		return object
	case '[':
		return array
	case '"':
		return text
	case 't', 'f':
		return boolean
	case 'n':
		return null
	}
	return number
}

// open passes the opening bracket of an object or an array.
func (r *reader) open() {
	r.at++
	r.blank()
}

// more reports whether the object or array has another member, and passes its closing bracket where it has none.
func (r *reader) more() bool {
	if c := r.source[r.at]; c != '}' && c != ']' {
		return true
	}
	r.at++
	r.blank()
	return false
}

// scalar passes a string, number, true, false or null, or a name. It returns the text of a string, and the letters of
// anything else. What it returns may be a part of the source.
func (r *reader) scalar() []byte {
	begin := r.at
	if r.source[begin] == '"' {
		return r.quoted()
	}
	for r.at < len(r.source) && bytes.IndexByte([]byte(" \t\r\n,:]}"), r.source[r.at]) < 0 {
		r.at++
	}
	word := r.source[begin:r.at]
	r.blank()
	return word
}

func (r *reader) quoted() []byte {
	begin, plain := r.at, true
	for r.at++; r.source[r.at] != '"'; r.at++ {
		if r.source[r.at] == '\\' {
			plain = false
			r.at++
		}
	}
	r.at++
	whole := r.source[begin:r.at]
	r.blank()
	if plain {
		return whole[1 : len(whole)-1]
	}
	var s string
	if json.Unmarshal(whole, &s) != nil {
		return nil // cannot happen: the source is valid
	}
	return []byte(s)
}

// skip passes a value without a look at it.
func (r *reader) skip() {
	for depth := 0; ; {
		switch r.source[r.at] {
		case '{', '[':
			depth++
			r.open()
		case '}', ']':
			depth--
			r.at++
			r.blank()
		case '"':
			r.quotedEnd()
		default:
			r.scalar()
		}
		if depth == 0 {
			return
		}
	}
}

// quotedEnd passes a string and makes nothing of it.
func (r *reader) quotedEnd() {
	for r.at++; r.source[r.at] != '"'; r.at++ {
		if r.source[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
	r.blank()
}

// value is a JSON value of a pattern with its place: byte offsets of its first letter and of what follows its last.
type value struct {
	kind       kind
	text       string // of a scalar
	begin, end int
	items      []*value // of an array, and the values of an object
	names      []name   // of an object: names[i] has the value items[i]
}

type name struct {
	text       string
	begin, end int
}

// value reads a value as a tree that keeps places, the order of names, and names that come twice.
func (r *reader) value() *value {
	v := &value{kind: r.kind(), begin: r.at}
	switch v.kind {
	case object, array:
		for r.open(); r.more(); {
			if v.kind == object {
				n := name{begin: r.at}
				n.text = string(r.quoted())
				n.end = r.lastLetter(n.begin)
				v.names = append(v.names, n)
			}
			v.items = append(v.items, r.value())
		}
	default:
		v.text = string(r.scalar())
	}
	v.end = r.lastLetter(v.begin)
	return v
}

// lastLetter is the offset behind the last letter that was read, without what blank passed.
func (r *reader) lastLetter(begin int) int {
	return begin + len(bytes.TrimRight(r.source[begin:r.at], " \t\r\n,:"))
}

// place turns byte offsets into a range of the file.
func place(file string, source []byte, begin, end int) diag.Range {
	return diag.Range{Start: position(file, source[:begin]), End: position(file, source[:end])}
}

func position(file string, before []byte) diag.Position {
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return diag.Position{File: file, Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(line)}
}
