package tree

import (
	"iter"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Part returns the place of the bytes from start to end of a text: its whole place when the text was written with
// escapes, over several lines, is not what stands there, or is very long.
func (t Text) Part(start, end int) diag.Range {
	const longest = 10_000 // counting takes time
	if len(t.Value) > longest || t.At.Start.Line != t.At.End.Line || utf8.RuneCountInString(t.Value) != t.At.End.Column-t.At.Start.Column {
		return t.At
	}
	return t.At.Within(utf8.RuneCountInString(t.Value[:start]), utf8.RuneCountInString(t.Value[start:end]))
}

// Placeholding goes through the placeholders in a value and everything in it, each with the place of its text.
func (v *Value) Placeholding() iter.Seq2[Placeholder, diag.Range] {
	return func(yield func(Placeholder, diag.Range) bool) { v.placeholders(yield) }
}

func (v *Value) placeholders(yield func(Placeholder, diag.Range) bool) bool {
	for _, p := range v.Placeholders {
		if !yield(p, v.At) {
			return false
		}
	}
	for _, e := range v.Entries {
		if !e.Value.placeholders(yield) {
			return false
		}
	}
	for _, item := range v.Items {
		if !item.placeholders(yield) {
			return false
		}
	}
	return true
}
