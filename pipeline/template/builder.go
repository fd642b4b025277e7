package template

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// builder joins texts that may have placeholders.
type builder struct {
	at           diag.Range
	text         strings.Builder
	placeholders []tree.Placeholder
}

func (b *builder) add(v *tree.Value) {
	for _, p := range v.Placeholders {
		b.placeholders = append(b.placeholders, tree.Placeholder{
			Name: p.Name, Start: b.text.Len() + p.Start, End: b.text.Len() + p.End,
		})
	}
	b.text.WriteString(v.Text)
}

func (b *builder) value() *tree.Value {
	return &tree.Value{Kind: tree.String, At: b.at, Text: b.text.String(), Size: 1, Placeholders: b.placeholders}
}
