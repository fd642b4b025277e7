package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Format lays out the text of a definition: members in one order, two spaces of indentation, comments kept where they
// belong. JSON stays JSON, YAML stays YAML, and what has been formatted stays as it is. A definition that Parse refuses
// and a template are left alone, as is YAML that cannot be laid out without changing what it means: then there are
// errors and no text.
func Format(file string, source []byte) ([]byte, diag.List) {
	if _, list := Parse(file, source); list.HasErrors() {
		return nil, list
	}
	var list diag.List
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	root := tree.Read(file, source, &list)
	if isTemplate(root) {
		return nil, diag.List{templateNotFormatted(root.At)}
	}
	order := bareStructure.order()
	if root.Has("pipeline") {
		order = documentStructure.order()
	}
	if json.Valid(source) {
		return formatJSON(root, order)
	}
	return formatYAML(file, source, order)
}

func formatJSON(root *tree.Value, order *format.Order) ([]byte, diag.List) {
	sorted := order.Sorted(root)
	out, err := format.JSON(sorted)
	if err != nil {
		return nil, diag.List{cannotFormat(root.At, err.Error())}
	}
	return out, nil
}

// formatYAML falls back to the order that keys have where another one would change the meaning: an alias that would
// come before its anchor.
func formatYAML(file string, source []byte, order *format.Order) ([]byte, diag.List) {
	for _, o := range []*format.Order{order, nil} {
		out, err := format.Layout(source, o)
		var cannot *format.CannotLayout
		if errors.As(err, &cannot) {
			return nil, diag.List{cannotFormat(lineOf(file, cannot.Line), cannot.What)}
		}
		if err == nil && means(file, out, source) && isLaidOut(out, o) {
			return out, nil
		}
	}
	return nil, diag.List{formatChangesMeaning(lineOf(file, 1))}
}

// means reports whether two texts are read as the same document.
func means(file string, a, b []byte) bool {
	var list diag.List
	before, after := tree.Read(file, a, &list), tree.Read(file, b, &list)
	return !list.HasErrors() && format.Same(before, after)
}

// isLaidOut reports whether a text stays as it is when it is laid out once more.
func isLaidOut(text []byte, order *format.Order) bool {
	again, err := format.Layout(text, order)
	return err == nil && bytes.Equal(text, again)
}

func lineOf(file string, line int) diag.Range {
	start := diag.Position{File: file, Line: line, Column: 1}
	end := start
	end.Column++
	return diag.Range{Start: start, End: end}
}
