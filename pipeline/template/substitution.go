package template

import (
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Substitutable writes a text that has placeholders as an argument of Fn::Sub: these stay ${Name}, and what only looks
// like one becomes ${!Name}.
func Substitutable(t tree.Text) string {
	var b strings.Builder
	done := 0
	for _, p := range t.Placeholders {
		b.WriteString(strings.ReplaceAll(t.Value[done:p.Start], "${", "${!"))
		b.WriteString(t.Value[p.Start:p.End])
		done = p.End
	}
	b.WriteString(strings.ReplaceAll(t.Value[done:], "${", "${!"))
	return b.String()
}

// Substitution reads back what Substitutable wrote: a mapping of Fn::Sub to a text.
func Substitution(v *tree.Value) (tree.Text, bool) {
	if v.Kind != tree.Mapping || v.Tag != "" || len(v.Entries) != 1 {
		return tree.Text{}, false
	}
	e := v.Entries[0]
	if e.Key.Value != "Fn::Sub" || e.Value.Kind != tree.String || e.Value.Tag != "" {
		return tree.Text{}, false
	}
	b := builder{at: e.Value.At}
	for _, part := range Parts(e.Value.Text) {
		if part.Name == "" {
			b.add(scalarAt(b.at, part.Literal))
		} else {
			b.add(placeholder(b.at, part.Name))
		}
	}
	return b.value().Scalar(), true
}
