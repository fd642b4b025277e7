package bindings

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/penstock-ci/penstock/internal/diag"
)

// kind is the shape of a value. Lists, aliases and tags have no place in this file, so they have none here.
type kind int

const (
	null kind = iota
	scalar
	mapping
	other
)

// value is one value of the document with its place.
type value struct {
	kind    kind
	at      diag.Range
	text    string
	entries []entry
}

type entry struct {
	key   text
	value value
}

// text is a scalar with its place.
type text struct {
	value string
	at    diag.Range
}

// maxSource is far above any file of bindings, and bounds what a hostile one can cost the recursive parser.
const maxSource = 256 << 10

func parse(file string, source []byte) (root value, problem *diag.Diagnostic) {
	start := diag.Range{Start: diag.Position{File: file, Line: 1, Column: 1}, End: diag.Position{File: file, Line: 1, Column: 2}}
	fail := func(at diag.Range, reason string) (value, *diag.Diagnostic) {
		d := invalidYAML(at, reason)
		return root, &d
	}
	if len(source) > maxSource {
		return fail(start, fmt.Sprintf("the file has %d bytes, at most %d are read", len(source), maxSource))
	}
	// The parser panics on some input that is no YAML.
	defer func() {
		if cause := recover(); cause != nil {
			root, problem = fail(start, fmt.Sprint(cause))
		}
	}()
	parsed, err := parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey())
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax) && syntax.GetToken() != nil:
		return fail(span(file, syntax.GetToken(), ""), syntax.GetMessage())
	case err != nil:
		return fail(start, err.Error())
	}
	d := document{file: file}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root.kind != null {
			return fail(d.value(doc.Body).at, "a second document begins here")
		}
		root = d.value(doc.Body)
	}
	return root, nil
}

type document struct{ file string }

func (d document) value(n ast.Node) value {
	v := value{kind: other, at: span(d.file, n.GetToken(), "")}
	switch n := n.(type) {
	case *ast.NullNode:
		v.kind = null
	case *ast.MappingNode:
		v.kind = mapping
		for _, pair := range n.Values {
			v.entries = append(v.entries, d.entry(pair))
		}
		if !n.IsFlowStyle && len(v.entries) > 0 {
			// The parser's own place of it is that of a colon.
			v.at = v.entries[0].key.at
		}
	case *ast.MappingValueNode:
		v.kind, v.entries = mapping, []entry{d.entry(n)}
		v.at = v.entries[0].key.at
	case *ast.LiteralNode:
		v.kind, v.text = scalar, n.Value.Value
	case *ast.StringNode:
		v.kind, v.text = scalar, n.Value
		v.at = span(d.file, n.GetToken(), n.Value)
	case ast.ScalarNode:
		v.kind, v.text = scalar, n.GetToken().Value
		v.at = span(d.file, n.GetToken(), v.text)
	}
	return v
}

func (d document) entry(pair *ast.MappingValueNode) entry {
	key := d.value(pair.Key)
	return entry{key: text{value: key.text, at: key.at}, value: d.value(pair.Value)}
}

// span is the place of a token that stands for content, without its quotes.
func span(file string, t *token.Token, content string) diag.Range {
	at := diag.Position{File: file, Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		at.Line, at.Column = t.Position.Line, t.Position.Column
	}
	if t != nil && (t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType) {
		at.Column++
	}
	end := at
	end.Column += max(1, utf8.RuneCountInString(content))
	return diag.Range{Start: at, End: end}
}
