package template

import (
	"encoding/json"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// JSON writes a value as JSON without spaces, keys in their order, and reports whether all of it is known: what is
// not stands in it as "${Name}".
func JSON(v *tree.Value) (text string, whole bool) {
	w := jsonWriter{whole: true}
	w.write(v)
	return w.out.String(), w.whole
}

type jsonWriter struct {
	out   strings.Builder
	whole bool
}

func (w *jsonWriter) write(v *tree.Value) {
	w.whole = w.whole && len(v.Placeholders) == 0
	switch v.Kind {
	case tree.Mapping:
		w.out.WriteByte('{')
		for i, e := range v.Entries {
			w.comma(i)
			w.text(e.Key.Value)
			w.out.WriteByte(':')
			w.write(e.Value)
		}
		w.out.WriteByte('}')
	case tree.Sequence:
		w.out.WriteByte('[')
		for i, item := range v.Items {
			w.comma(i)
			w.write(item)
		}
		w.out.WriteByte(']')
	case tree.Null:
		w.out.WriteString("null")
	case tree.Number, tree.Boolean:
		w.literal(v.Text)
	default:
		w.text(v.Text)
	}
}

func (w *jsonWriter) comma(i int) {
	if i > 0 {
		w.out.WriteByte(',')
	}
}

// literal writes a number or a boolean; YAML has spellings of both that JSON does not.
func (w *jsonWriter) literal(text string) {
	if json.Valid([]byte(text)) {
		w.out.WriteString(text)
		return
	}
	w.text(text)
}

func (w *jsonWriter) text(s string) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		w.out.WriteString(`""`) // cannot happen: every string has a JSON form
		return
	}
	w.out.WriteString(strings.TrimSuffix(b.String(), "\n"))
}
