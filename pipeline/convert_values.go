package pipeline

import (
	"strconv"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// writing is a definition on its way into a tree of some form. It has what the definition has: no defaults.
type writing struct {
	form     Target
	spelling spelling
	values   map[string]string // of placeholders
	list     *diag.List
	taken    []takenValue // each once, in order
}

// takenValue is a placeholder without a value, and what it is called in what is written.
type takenValue struct{ placeholder, name string }

// written returns a T as a mapping, members in writing order.
func (s *structure[T]) written(w *writing, t *T) *tree.Value {
	v := &tree.Value{Kind: tree.Mapping, At: *s.at(t)}
	for _, f := range s.inWritingOrder() {
		what := member{s.name, f.name, "", w.spelling}
		member := f.slot(t).written(w, what)
		if member == nil {
			continue
		}
		if s.isOurs(f.name) && w.form != Authoring {
			w.list.Add(cannotConvert(member.At, f.name, s.describe(t), w.form))
			continue
		}
		if !s.has(f.name, w.spelling) {
			w.list.Add(memberNotHeld(member.At, what, s.describe(t), w.form))
			continue
		}
		v.Entries = append(v.Entries, entryOf(w.spelling.of(f.name), member))
	}
	return v
}

// text returns a scalar, placeholders that have a value replaced by it. What is left of them is written as Fn::Sub,
// which every form of ours reads.
func (w *writing) text(t Text) *tree.Value {
	t = w.filled(t)
	if t.IsKnown() {
		return &tree.Value{Kind: tree.String, At: t.At, Text: t.Value}
	}
	sub := &tree.Value{Kind: tree.String, At: t.At, Text: template.Substitutable(t)}
	return &tree.Value{Kind: tree.Mapping, At: t.At, Entries: []tree.Entry{entryOf("Fn::Sub", sub)}}
}

func (w *writing) filled(t Text) Text {
	filled := Text{At: t.At}
	done := 0
	for _, p := range t.Placeholders {
		filled.Value += t.Value[done:p.Start]
		value, given := w.values[p.Name]
		if !given {
			name := w.nameOf(t.At, p.Name)
			value = "${" + name + "}"
			start := len(filled.Value)
			filled.Placeholders = append(filled.Placeholders, tree.Placeholder{
				Name: name, Start: start, End: start + len(value),
			})
		}
		filled.Value += value
		done = p.End
	}
	filled.Value += t.Value[done:]
	return filled
}

// nameOf returns what a placeholder without a value is called in the form, and reports it, once, where the form has
// no place for it. In a template it is a parameter.
func (w *writing) nameOf(at diag.Range, placeholder string) string {
	for _, known := range w.taken {
		if known.placeholder == placeholder {
			return known.name
		}
	}
	name := placeholder
	switch {
	case w.form == API:
		w.list.Add(valueNotKnown(at, placeholder))
	case w.form == CloudFormation && !isPseudoParameter(placeholder):
		if name = w.parameterName(placeholder); name != placeholder {
			w.list.Add(parameterNamed(at, placeholder, name))
		}
	}
	w.taken = append(w.taken, takenValue{placeholder, name})
	return name
}

func entryOf(key string, v *tree.Value) tree.Entry {
	return tree.Entry{Key: Text{Value: key}, Value: v}
}

// The members of each kind, or nil where the definition does not have them.

func (s textSlot) written(w *writing, _ member) *tree.Value {
	if !s.into.IsSet() {
		return nil
	}
	return w.text(*s.into)
}

func (s numberSlot) written(*writing, member) *tree.Value {
	if !s.into.Set {
		return nil
	}
	return &tree.Value{Kind: tree.Number, At: s.into.At, Text: strconv.Itoa(s.into.Value)}
}

func (s textsSlot) written(w *writing, _ member) *tree.Value {
	return sequenceOf(*s.into, func(t *Text) *tree.Value { return w.text(*t) })
}

func (s listSlot[T]) written(w *writing, _ member) *tree.Value {
	return sequenceOf(*s.into, func(t *T) *tree.Value { return s.of.written(w, t) })
}

func (s partSlot[T]) written(w *writing, _ member) *tree.Value {
	if *s.into == nil {
		return nil
	}
	return s.of.written(w, *s.into)
}

func (s propertiesSlot) written(w *writing, _ member) *tree.Value {
	if len(*s.into) == 0 {
		return nil
	}
	v := &tree.Value{Kind: tree.Mapping, At: (*s.into)[0].Key.At}
	for _, p := range *s.into {
		v.Entries = append(v.Entries, entryOf(p.Key.Value, w.text(p.Value)))
	}
	return v
}

// The service counts versions: none is written.
func (s versionSlot) written(*writing, member) *tree.Value { return nil }

func (s storesSlot) written(w *writing, what member) *tree.Value {
	if len(*s.into) == 0 {
		return nil
	}
	if w.spelling == upperCamel {
		return listOf(s.into, &regionalStoreStructure, 0).written(w, what)
	}
	v := &tree.Value{Kind: tree.Mapping, At: (*s.into)[0].At}
	for i := range *s.into {
		store := &(*s.into)[i]
		v.Entries = append(v.Entries, entryOf(store.Region.Value, storeStructure.written(w, store)))
	}
	return v
}

func (s storeSlot) written(w *writing, _ member) *tree.Value {
	return storeStructure.written(w, s.into)
}

func (s detailsSlot) written(w *writing, _ member) *tree.Value {
	return detailsStructure.written(w, s.into)
}

func (s typeIDSlot) written(w *writing, _ member) *tree.Value {
	if !s.present() {
		return nil
	}
	if w.form == Authoring && s.fitsOneString() {
		return &tree.Value{Kind: tree.String, At: s.into.At, Text: s.into.String()}
	}
	return s.of.written(w, s.into)
}

// fitsOneString reports whether Category/Owner/Provider/Version is read as the same four parts.
func (s typeIDSlot) fitsOneString() bool {
	parts := split(Text{Value: s.into.String()})
	for _, part := range parts {
		if part.Value == "" {
			return false
		}
	}
	return len(parts) == 4 && s.into.IsKnown()
}

func (s ignoredSlot) written(*writing, member) *tree.Value { return nil }

func (s jsonSlot) written(w *writing, _ member) *tree.Value {
	if !s.into.IsSet() {
		return nil
	}
	return w.text(*s.into)
}

func sequenceOf[T any](items []T, value func(*T) *tree.Value) *tree.Value {
	if len(items) == 0 {
		return nil
	}
	v := &tree.Value{Kind: tree.Sequence}
	for i := range items {
		v.Items = append(v.Items, value(&items[i]))
	}
	v.At = v.Items[0].At
	return v
}
