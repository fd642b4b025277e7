package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// readJSON reads one JSON document. It keeps places, key order and duplicate keys, which json.Unmarshal loses. On a
// syntax error it reports one diagnostic and returns a null value.
func readJSON(file string, source []byte, list *diag.List) *value {
	r := &jsonReader{source: source, decoder: json.NewDecoder(bytes.NewReader(source))}
	r.position = diag.Position{File: file, Line: 1, Column: 1}
	r.decoder.UseNumber()
	if len(bytes.TrimSpace(source)) == 0 {
		return &value{at: span(r.position, 1), size: 1}
	}
	v, err := r.value(0)
	if err == nil {
		err = r.end()
	}
	if err != nil {
		list.Add(r.diagnose(err))
		return &value{at: span(r.position, 1), size: 1}
	}
	return v
}

type jsonReader struct {
	source   []byte
	decoder  *json.Decoder
	offset   int           // of position, in bytes
	position diag.Position // never behind what was read
}

var (
	errDepth   = errors.New("nested too deeply")
	errTrailer = errors.New("content after the document")
)

func (r *jsonReader) value(depth int) (*value, error) {
	token, at, err := r.next()
	if err != nil {
		return nil, err
	}
	if depth >= maxDepth {
		return nil, errDepth
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return r.mapping(at, depth)
		}
		return r.sequence(at, depth)
	case string:
		return &value{kind: stringKind, at: inside(at), text: token, size: 1}, nil
	case json.Number:
		return &value{kind: numberKind, at: at, text: token.String(), size: 1}, nil
	case bool:
		return &value{kind: booleanKind, at: at, text: boolText(token), size: 1}, nil
	}
	return &value{at: at, size: 1}, nil
}

func (r *jsonReader) mapping(at diag.Range, depth int) (*value, error) {
	v := &value{kind: mappingKind, at: at}
	for r.decoder.More() {
		token, keyAt, err := r.next()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string) // the decoder lets nothing else through
		child, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.entries = append(v.entries, entry{key: Text{Value: key, At: inside(keyAt)}, value: child})
	}
	_, _, err := r.next()
	return v.settle(), err
}

func (r *jsonReader) sequence(at diag.Range, depth int) (*value, error) {
	v := &value{kind: sequenceKind, at: at}
	for r.decoder.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	_, _, err := r.next()
	return v.settle(), err
}

// next returns the next token and its place.
func (r *jsonReader) next() (json.Token, diag.Range, error) {
	before := int(r.decoder.InputOffset())
	token, err := r.decoder.Token()
	if err != nil {
		return nil, diag.Range{}, err
	}
	for before < len(r.source) && strings.IndexByte(" \t\r\n,:", r.source[before]) >= 0 {
		before++
	}
	start := r.advance(before)
	return token, diag.Range{Start: start, End: r.advance(int(r.decoder.InputOffset()))}, nil
}

// end checks that nothing follows the document.
func (r *jsonReader) end() error {
	before := r.decoder.InputOffset()
	_, err := r.decoder.Token()
	if errors.Is(err, io.EOF) {
		return nil
	}
	r.advance(int(before))
	return errTrailer
}

// advance moves the position to a byte offset that is not before it.
func (r *jsonReader) advance(offset int) diag.Position {
	for r.offset < min(offset, len(r.source)) {
		c, size := utf8.DecodeRune(r.source[r.offset:])
		r.offset += size
		r.position.Column++
		if c == '\n' {
			r.position.Line++
			r.position.Column = 1
		}
	}
	return r.position
}

func (r *jsonReader) diagnose(err error) diag.Diagnostic {
	const blank = " \t\r\n"
	switch {
	case errors.Is(err, errDepth):
		return tooDeep(span(r.position, 1))
	case errors.Is(err, errTrailer):
		r.advance(len(r.source) - len(bytes.TrimLeft(r.source[r.offset:], blank)))
		return trailingContent(span(r.position, 1))
	}
	// A decoder's own errors count from different places; those of a whole document do not.
	var syntax *json.SyntaxError
	if whole := json.Unmarshal(r.source, new(json.RawMessage)); !errors.As(whole, &syntax) {
		return invalidJSON(span(r.position, 1), err.Error(), false)
	}
	offset := max(int(syntax.Offset)-1, 0)
	before := bytes.TrimRight(r.source[:offset], blank)
	if syntax.Offset >= int64(len(r.source)) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return unfinishedJSON(span(r.advance(len(bytes.TrimRight(r.source, blank))), 1))
	}
	return invalidJSON(span(r.advance(offset), 1), syntax.Error(), bytes.HasSuffix(before, []byte(",")))
}

// inside returns the range of a string without its quotes.
func inside(at diag.Range) diag.Range {
	at.Start.Column++
	at.End.Column = max(at.End.Column-1, at.Start.Column)
	return at
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
