package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/pipeline/jsonschema"
)

// The schemas of the kinds of slots.

func (s textSlot) schema(w *schemaWriter) *jsonschema.Schema { return w.text(s.limit) }

// text is the schema of a limited string.
func (w *schemaWriter) text(l *limit) *jsonschema.Schema {
	if w.form == FormTemplate {
		return w.suggested(jsonschema.Values(l.values...))
	}
	text := &jsonschema.Schema{Type: w.scalarTypes(), MinLength: l.min, MaxLength: l.max}
	if l.values != nil {
		text.Type, text.Enum = jsonschema.Types{"string"}, jsonschema.Values(l.values...)
	}
	// Classes of Unicode are written differently by the engines of editors: they are left to Check.
	if l.pattern != nil && !strings.Contains(l.pattern().String(), `\p{`) {
		text.Pattern = l.pattern().String()
	}
	return text
}

// suggested is a text of a template. An editor sees the short form !Ref Mode as the text Mode, so that right values can
// be suggested and not enforced.
func (w *schemaWriter) suggested(values []any) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: w.scalarTypes()}
	if len(values) == 0 {
		return text
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: withBooleans(values)}, text}}
}

// scalarTypes are what a form takes where a string is meant.
func (w *schemaWriter) scalarTypes() jsonschema.Types {
	if w.lenient() {
		return jsonschema.Types{"string", "number", "boolean"}
	}
	return jsonschema.Types{"string"}
}

func (s numberSlot) schema(w *schemaWriter) *jsonschema.Schema {
	number := &jsonschema.Schema{Type: jsonschema.Types{"integer"}, Minimum: jsonschema.Int(s.min)}
	if s.max != maxInt {
		number.Maximum = jsonschema.Int(s.max)
	}
	if s.def != 0 {
		number.Default = s.def
	}
	if w.lenient() {
		number.Type = jsonschema.Types{"integer", "string"}
	}
	if w.form == FormAuthoring {
		number.Pattern = "^[0-9]+$"
	}
	return number
}

func (s textsSlot) schema(w *schemaWriter) *jsonschema.Schema {
	return w.list(w.orComputed(w.text(s.limit)), s.most)
}

func (s listSlot[T]) schema(w *schemaWriter) *jsonschema.Schema {
	return w.list(w.orComputed(s.of.schema(w)), s.most)
}

// list is the schema of a list of at most so many items. In a template a condition may leave some of them out.
func (w *schemaWriter) list(items *jsonschema.Schema, most int) *jsonschema.Schema {
	list := &jsonschema.Schema{Type: jsonschema.Types{"array"}, Items: items}
	if most > 0 && w.form != FormTemplate {
		list.MaxItems = jsonschema.Int(most)
	}
	return list
}

func (s someOrOneSlot[T]) schema(w *schemaWriter) *jsonschema.Schema {
	some := s.listSlot.schema(w)
	some.MinItems = s.least
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{some, s.of.schema(w)}}
}

func (s partSlot[T]) schema(w *schemaWriter) *jsonschema.Schema { return s.of.schema(w) }

func (s storeSlot) schema(w *schemaWriter) *jsonschema.Schema { return storeStructure.schema(w) }

func (s detailsSlot) schema(w *schemaWriter) *jsonschema.Schema { return detailsStructure.schema(w) }

func (s storesSlot) schema(w *schemaWriter) *jsonschema.Schema {
	if w.form == FormTemplate {
		return w.list(w.orComputed(regionalStoreStructure.schema(w)), 0)
	}
	return &jsonschema.Schema{
		Type: jsonschema.Types{"object"}, PropertyNames: &jsonschema.Schema{MinLength: regionName.min, MaxLength: regionName.max},
		AdditionalProperties: storeStructure.schema(w),
	}
}

func (s propertiesSlot) schema(w *schemaWriter) *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: jsonschema.Types{"object"}, PropertyNames: &jsonschema.Schema{MinLength: s.key.min, MaxLength: s.key.max},
		AdditionalProperties: w.orComputed(w.text(s.value)),
	}
}

func (s typeIDSlot) schema(w *schemaWriter) *jsonschema.Schema {
	return jsonschema.To(w.define(s.of.name, func() *jsonschema.Schema { return w.typeID(s.of) }))
}
