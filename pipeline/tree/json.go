package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// readJSON reads one JSON document. It keeps places, key order and duplicate keys, which json.Unmarshal loses. On a
// syntax error it reports one diagnostic and returns a null value.
func readJSON(file string, source []byte, list *diag.List) *Value {
	r := &jsonReader{source: source, position: diag.Position{File: file, Line: 1, Column: 1}}
	null := &Value{At: span(r.position, 1), Size: 1}
	if len(bytes.TrimSpace(source)) == 0 {
		return null
	}
	if offset, deep := deepJSON(source); deep {
		list.Add(tooDeep(span(r.advance(offset), 1)))
		return null
	}
	if !json.Valid(source) {
		list.Add(r.diagnose())
		return null
	}
	r.skip()
	return r.value()
}

// jsonReader reads a source that is known to be valid: nothing in it can surprise, so no method returns an error.
type jsonReader struct {
	source   []byte
	offset   int           // of what is read next
	passed   int           // offset of position
	position diag.Position // never behind what was read
}

func (r *jsonReader) value() *Value {
	switch r.source[r.offset] {
	case '{':
		return r.mapping()
	case '[':
		return r.sequence()
	case '"':
		text, at := r.text()
		return &Value{Kind: String, At: at, Text: text, Size: 1}
	case 't', 'f':
		text, at := r.word()
		return &Value{Kind: Boolean, At: at, Text: text, Size: 1}
	case 'n':
		_, at := r.word()
		return &Value{At: at, Size: 1}
	}
	text, at := r.word()
	return &Value{Kind: Number, At: at, Text: text, Size: 1}
}

func (r *jsonReader) mapping() *Value {
	v := &Value{Kind: Mapping, At: r.open()}
	for r.source[r.offset] != '}' {
		key, at := r.text()
		r.skip()
		v.Entries = append(v.Entries, Entry{Key: Text{Value: key, At: at}, Value: r.value()})
		r.skip()
	}
	r.offset++
	return v.settle()
}

func (r *jsonReader) sequence() *Value {
	v := &Value{Kind: Sequence, At: r.open()}
	for r.source[r.offset] != ']' {
		v.Items = append(v.Items, r.value())
		r.skip()
	}
	r.offset++
	return v.settle()
}

// open passes the bracket that begins a mapping or a list.
func (r *jsonReader) open() diag.Range {
	start := r.advance(r.offset)
	r.offset++
	r.skip()
	return span(start, 1)
}

// skip passes what stands between values.
func (r *jsonReader) skip() {
	for r.offset < len(r.source) && strings.IndexByte(" \t\r\n,:", r.source[r.offset]) >= 0 {
		r.offset++
	}
}

// text reads a string. Its place is without the quotes.
func (r *jsonReader) text() (string, diag.Range) {
	begin := r.offset
	plain := true
	for r.offset++; r.source[r.offset] != '"'; r.offset++ {
		switch c := r.source[r.offset]; {
		case c == '\\':
			plain = false
			r.offset++
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	at := diag.Range{Start: r.advance(begin + 1), End: r.advance(r.offset)}
	r.offset++
	if plain {
		return string(r.source[begin+1 : r.offset-1]), at
	}
	var text string
	if err := json.Unmarshal(r.source[begin:r.offset], &text); err != nil {
		return "", at // cannot happen: the source is valid
	}
	return text, at
}

// word reads a number, true, false or null, which keep their letters.
func (r *jsonReader) word() (string, diag.Range) {
	begin := r.offset
	for r.offset < len(r.source) && strings.IndexByte(" \t\r\n,:]}", r.source[r.offset]) < 0 {
		r.offset++
	}
	at := diag.Range{Start: r.advance(begin), End: r.advance(r.offset)}
	return string(r.source[begin:r.offset]), at
}

// advance moves the position to a byte offset that is not before it.
func (r *jsonReader) advance(offset int) diag.Position {
	for r.passed < min(offset, len(r.source)) {
		size := 1
		if r.source[r.passed] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(r.source[r.passed:])
		}
		r.position.Column++
		if r.source[r.passed] == '\n' {
			r.position.Line++
			r.position.Column = 1
		}
		r.passed += size
	}
	return r.position
}

// deepJSON returns the offset of the first bracket that is nested too deeply.
func deepJSON(source []byte) (offset int, deep bool) {
	depth, quoted := 0, false
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return i, true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return 0, false
}

// diagnose says why a source is not valid.
func (r *jsonReader) diagnose() diag.Diagnostic {
	const blank = " \t\r\n"
	decoder := json.NewDecoder(bytes.NewReader(r.source))
	if err := decoder.Decode(new(json.RawMessage)); err == nil {
		end := int(decoder.InputOffset())
		return trailingContent(span(r.advance(len(r.source)-len(bytes.TrimLeft(r.source[end:], blank))), 1))
	}
	// A decoder's own errors count from different places; those of a whole document do not.
	var syntax *json.SyntaxError
	if whole := json.Unmarshal(r.source, new(json.RawMessage)); !errors.As(whole, &syntax) {
		return invalidJSON(span(r.position, 1), whole.Error(), false)
	}
	offset := max(int(syntax.Offset)-1, 0)
	before := bytes.TrimRight(r.source[:offset], blank)
	if syntax.Offset >= int64(len(r.source)) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return unfinishedJSON(span(r.advance(len(bytes.TrimRight(r.source, blank))), 1))
	}
	return invalidJSON(span(r.advance(offset), 1), syntax.Error(), bytes.HasSuffix(before, []byte(",")))
}
