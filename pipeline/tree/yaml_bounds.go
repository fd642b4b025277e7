package tree

import (
	"github.com/goccy/go-yaml/token"

	"github.com/penstock-ci/penstock/internal/diag"
)

// outOfBounds finds what the parser takes too long for: its time grows with the square of the keys of one mapping, and
// of the documents.
func (r *yamlReader) outOfBounds(tokens token.Tokens) (problem diag.Diagnostic, bad bool) {
	place := func(t *token.Token) diag.Range { return span(r.text.position(t.Position.Line, t.Position.Column), 1) }
	if deep := deepToken(tokens); deep != nil {
		return tooDeep(place(deep)), true
	}
	if wide := wideToken(tokens); wide != nil {
		return tooManyKeysInOne(place(wide)), true
	}
	keys, documents := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingValueType:
			keys++
		case token.DocumentHeaderType:
			documents++
		}
		if keys > maxKeys {
			return tooManyKeys(place(t)), true
		}
		if documents > maxDocuments {
			return severalDocuments(place(t)), true
		}
	}
	return diag.Diagnostic{}, false
}

// wideToken returns the key with which a mapping has too many: a mapping is the keys in one column with nothing that
// stands more to the left between them.
func wideToken(tokens token.Tokens) *token.Token {
	var open []struct{ column, keys int }
	flow := 0 // between brackets time does not grow like that, and columns mean nothing
	for _, t := range tokens {
		column := t.Position.Column
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		}
		if flow > 0 || t.Type == token.CommentType {
			continue
		}
		if t.Type == token.MappingValueType && t.Prev != nil {
			column = t.Prev.Position.Column
		}
		for len(open) > 0 && open[len(open)-1].column > column {
			open = open[:len(open)-1]
		}
		if t.Type != token.MappingValueType && t.Type != token.MappingKeyType {
			continue
		}
		if len(open) == 0 || open[len(open)-1].column < column {
			open = append(open, struct{ column, keys int }{column, 0})
		}
		if open[len(open)-1].keys++; open[len(open)-1].keys > maxMappingKeys {
			return t
		}
	}
	return nil
}

// deepToken returns the first token that is nested too deeply for the recursive parser: what overflows a stack cannot
// be recovered from. It counts brackets, and the "-" and "?" that open collections; other nesting costs so many
// spaces that the size of the source bounds it.
func deepToken(tokens token.Tokens) *token.Token {
	var columns []int // of the "-" and "?" that are open
	flow := 0
	for _, t := range tokens {
		for len(columns) > 0 && columns[len(columns)-1] >= t.Position.Column {
			columns = columns[:len(columns)-1]
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			columns = append(columns, t.Position.Column)
		}
		if flow+len(columns) > maxDepth {
			return t
		}
	}
	return nil
}
