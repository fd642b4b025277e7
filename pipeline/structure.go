package pipeline

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// A structure is one row set of the definition language: the members of a mapping, in AWS's order. Everything that
// must know all members reads these tables: the reader, the check of model constraints, and the canonical form.
type structure[T any] struct {
	name   string               // as messages say it: "action"
	at     func(*T) *diag.Range // where T keeps its place
	label  func(*T) Text        // what names one T, for messages; nil is nothing
	hint   string               // how to write one, where people often write something else
	absent []string             // members that CloudFormation does not have
	ours   []string             // members that only the authoring form has: read in every form, for Check to say so
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
type member struct {
	structure, name, part string
	spelling              spelling
}

func (m member) String() string {
	return strings.TrimRight(m.structure+" "+m.spelling.of(m.name)+" "+m.part, " ")
}

// of names a part of the member.
func (m member) of(part string) member {
	m.part = part
	return m
}

// spelling is how a form writes the names of members.
type spelling bool

const (
	lowerCamel spelling = false // runOrder: the API's forms
	upperCamel spelling = true  // RunOrder: CloudFormation's
)

// of spells a name, which is given in lower camel case.
func (s spelling) of(name string) string {
	if s == lowerCamel || name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// slot is where a member lives in the model: one kind of slot for each kind of member.
type slot interface {
	// present reports whether the definition has the member.
	present() bool
	// read fills the member from a value that is not null. what names it in messages.
	read(list *diag.List, what member, v *tree.Value)
	// limits reports what breaks the constraints of the API's model.
	limits(list *diag.List, what member)
	// write appends the canonical JSON of the member.
	write(out []byte) []byte
	// written returns the member as a form writes it, or nil where the definition does not have it.
	written(w *writing, what member) *tree.Value
}

// read fills a T from a mapping, and reports whether it was one.
func (s *structure[T]) read(list *diag.List, how spelling, v *tree.Value, into *T) bool {
	*s.at(into) = v.At
	if !expectKind(list, member{structure: s.name}, v, tree.Mapping) {
		if last := &(*list)[len(*list)-1]; s.hint != "" {
			last.Help = s.hint
		}
		return false
	}
	for _, e := range tree.Distinct(list, v.Entries) {
		s.readEntry(list, how, e, into)
	}
	if s.label != nil && s.label(into).At.IsKnown() {
		*s.at(into) = s.label(into).At
	}
	return true
}

func (s *structure[T]) readEntry(list *diag.List, how spelling, e tree.Entry, into *T) {
	for i := range s.fields {
		if f := &s.fields[i]; how.of(f.name) == e.Key.Value && (s.has(f.name, how) || s.isOurs(f.name)) {
			if !e.Value.IsAbsent() {
				f.slot(into).read(list, member{s.name, f.name, "", how}, e.Value)
			}
			return
		}
	}
	list.Add(unknownField(e.Key, s.name, s.names(how)))
}

// has reports whether the form that spells like that has the member.
func (s *structure[T]) has(name string, how spelling) bool {
	return how == lowerCamel || !slices.Contains(s.absent, name) && !s.isOurs(name)
}

// isOurs reports whether only the authoring form has the member.
func (s *structure[T]) isOurs(name string) bool { return slices.Contains(s.ours, name) }

func (s *structure[T]) names(how spelling) []string {
	names := make([]string, 0, len(s.fields))
	for i := range s.fields {
		if s.has(s.fields[i].name, how) {
			names = append(names, how.of(s.fields[i].name))
		}
	}
	return names
}

// limits checks the constraints of a T: required members, and every member's own.
func (s *structure[T]) limits(list *diag.List, how spelling, t *T) {
	var missing []string
	for i := range s.fields {
		f := &s.fields[i]
		slot := f.slot(t)
		if slot.present() {
			slot.limits(list, member{s.name, f.name, "", how})
		} else if f.required {
			missing = append(missing, how.of(f.name))
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
func expectKind(list *diag.List, what member, v *tree.Value, want tree.Kind) bool {
	if v.Tag != "" {
		list.Add(unknownTag(v.At, v.Tag))
		return false
	}
	if len(v.Placeholders) > 0 {
		list.Add(unknownHere(v.At, what, v.Placeholders[0].Name))
		return false
	}
	if v.Kind != want {
		list.Add(wrongKind(v.At, what, want.String(), v.Kind))
		return false
	}
	return true
}
