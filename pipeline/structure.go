package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// A structure is one row set of the definition language: the members of a mapping, in AWS's order. Everything that
// must know all members reads these tables: the reader, the check of model constraints, and the canonical form.
type structure[T any] struct {
	name   string               // as messages say it: "action"
	at     func(*T) *diag.Range // where T keeps its place
	label  func(*T) Text        // what names one T, for messages; nil is nothing
	hint   string               // how to write one, where people often write something else
	fields []field[T]
}

// field is one member of a structure.
type field[T any] struct {
	name     string
	required bool
	slot     func(*T) slot
}

// Marks of a field, for tables that read well.
const (
	required = true
	optional = false
)

// member names a member of a structure for messages, and a part of it: "action", "runOrder", "". It is put into
// words only when there is something to say.
type member struct{ structure, name, part string }

func (m member) String() string {
	return strings.TrimRight(m.structure+" "+m.name+" "+m.part, " ")
}

// of names a part of the member.
func (m member) of(part string) member {
	m.part = part
	return m
}

// slot is where a member lives in the model: one kind of slot for each kind of member.
type slot interface {
	// present reports whether the definition has the member.
	present() bool
	// read fills the member from a value that is not null. what names it in messages.
	read(list *diag.List, what member, v *value)
	// limits reports what breaks the constraints of the API's model.
	limits(list *diag.List, what member)
	// write appends the canonical JSON of the member.
	write(out []byte) []byte
}

// read fills a T from a mapping, and reports whether it was one.
func (s *structure[T]) read(list *diag.List, v *value, into *T) bool {
	*s.at(into) = v.at
	if !expectKind(list, member{structure: s.name}, v, mappingKind) {
		if last := &(*list)[len(*list)-1]; s.hint != "" {
			last.Help = s.hint
		}
		return false
	}
	for _, e := range distinct(list, v.entries) {
		s.readEntry(list, e, into)
	}
	if s.label != nil && s.label(into).At.IsKnown() {
		*s.at(into) = s.label(into).At
	}
	return true
}

func (s *structure[T]) readEntry(list *diag.List, e entry, into *T) {
	for i := range s.fields {
		if f := &s.fields[i]; f.name == e.key.Value {
			if e.value.kind != nullKind || e.value.tag != "" {
				f.slot(into).read(list, member{s.name, f.name, ""}, e.value)
			}
			return
		}
	}
	list.Add(unknownField(e.key, s.name, s.names()))
}

func (s *structure[T]) names() []string {
	names := make([]string, len(s.fields))
	for i := range s.fields {
		names[i] = s.fields[i].name
	}
	return names
}

// limits checks the constraints of a T: required members, and every member's own.
func (s *structure[T]) limits(list *diag.List, t *T) {
	var missing []string
	for i := range s.fields {
		f := &s.fields[i]
		slot := f.slot(t)
		if slot.present() {
			slot.limits(list, member{s.name, f.name, ""})
		} else if f.required {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		list.Add(missingFields(*s.at(t), s.describe(t), missing))
	}
}

// describe names one T: action "Build".
func (s *structure[T]) describe(t *T) string {
	if s.label == nil || s.label(t).Value == "" {
		return "this " + s.name
	}
	return s.name + " " + quote(s.label(t).Value)
}

// write appends the canonical JSON of a T: present members in the order of the table.
func (s *structure[T]) write(out []byte, t *T) []byte {
	out = append(out, '{')
	first := true
	for i := range s.fields {
		f := &s.fields[i]
		slot := f.slot(t)
		if !slot.present() {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendJSON(out, f.name)
		out = slot.write(append(out, ':'))
	}
	return append(out, '}')
}

// expectKind reports a value of the wrong kind, and a tag that nothing here gives a meaning.
func expectKind(list *diag.List, what member, v *value, want kind) bool {
	if v.tag != "" {
		list.Add(unknownTag(v.at, v.tag))
		return false
	}
	if v.kind != want {
		list.Add(wrongKind(v.at, what, want.String(), v.kind))
		return false
	}
	return true
}
