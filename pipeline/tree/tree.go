package tree

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Bounds on what is read. They are far above any definition that CodePipeline accepts and keep hostile input cheap.
const (
	MaxSourceBytes = 1 << 20
	maxDepth       = 64
	maxValues      = 200_000 // of a document, every alias counted as if written out
	maxKeys        = 50_000  // of a YAML file
	maxMappingKeys = 5_000   // of one mapping in it
	maxDocuments   = 100     // that a YAML file may begin before it is read at all
)

// Read reads one document: JSON or YAML, as the extension of file says, and as the content looks where it does not
// say. On a syntax error it reports one diagnostic and returns a Null value.
func Read(file string, source []byte, list *diag.List) *Value {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	if isJSON(file, source) {
		return readJSON(file, source, list)
	}
	return readYAML(file, source, list)
}

// isJSON decides how to read a source. YAML holds JSON, but the JSON reader is faster and its messages fit.
func isJSON(file string, source []byte) bool {
	extension := strings.ToLower(filepath.Ext(file))
	if extension == ".json" || json.Valid(source) {
		return true
	}
	return extension != ".yaml" && extension != ".yml" && bytes.HasPrefix(bytes.TrimSpace(source), []byte("{"))
}

// Text is a scalar that is read as a string, with its place. Numbers and booleans keep the letters they were
// written with.
//
// Where the value is known in part only, as in a template that takes it from another resource, Value holds "${Name}"
// for each part that is not, and Placeholders says where these stand: the same letters in a user's own text are no
// placeholder.
type Text struct {
	Value        string
	At           diag.Range
	Placeholders []Placeholder
}

// IsSet reports whether the definition has the scalar, even an empty one.
func (t Text) IsSet() bool { return t.Value != "" || t.At.IsKnown() }

// IsKnown reports whether the whole value is known: it has no placeholder.
func (t Text) IsKnown() bool { return len(t.Placeholders) == 0 }

// Placeholder is a part of a text that has a name and no value yet. Start and End are byte offsets of "${Name}" in
// the text.
type Placeholder struct {
	Name       string
	Start, End int
}

// Kind is the shape of a value in a document.
type Kind int

// Kinds of values. Null is also what stands for a value that is not there.
const (
	Null Kind = iota
	String
	Number
	Boolean
	Mapping
	Sequence
)

// String names a kind as messages do.
func (k Kind) String() string {
	return [...]string{"nothing", "a string", "a number", "a boolean", "a mapping", "a list"}[k]
}

// Value is one value of a document.
type Value struct {
	Kind    Kind
	At      diag.Range // of a mapping or list: of its first entry
	Text    string     // of a scalar, as it was written
	Tag     string     // a YAML tag that the core schema does not have, such as !Ref
	Entries []Entry    // of a mapping, in order, duplicates included
	Items   []*Value   // of a list
	Size    int        // values in it, itself included, aliases counted as if written out

	Placeholders []Placeholder // of a scalar that is known in part only
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   Text
	Value *Value
}

// IsScalar reports whether the value is a string, a number or a boolean.
func (v *Value) IsScalar() bool {
	return v.Kind == String || v.Kind == Number || v.Kind == Boolean
}

// Scalar returns the text of a scalar, with its place.
func (v *Value) Scalar() Text { return Text{Value: v.Text, At: v.At, Placeholders: v.Placeholders} }

// IsAbsent reports whether the value is null: as good as not there.
func (v *Value) IsAbsent() bool { return v.Kind == Null && v.Tag == "" }

// Lookup returns the value of the first entry with that key, or a Null value without a place.
func (v *Value) Lookup(key string) *Value {
	for i := range v.Entries {
		if v.Entries[i].Key.Value == key {
			return v.Entries[i].Value
		}
	}
	return &Value{}
}

// Has reports whether the mapping has a value under the key.
func (v *Value) Has(key string) bool { return v.Lookup(key).Kind != Null }

// Distinct returns the entries of a mapping without repeated keys, which it reports.
func Distinct(list *diag.List, entries []Entry) []Entry {
	const few = 32
	if len(entries) <= few && !hasRepetition(entries) {
		return entries
	}
	first := make(map[string]diag.Range, len(entries))
	once := make([]Entry, 0, len(entries))
	for _, e := range entries {
		if at, twice := first[e.Key.Value]; twice {
			list.Add(duplicateKey(e.Key, at))
			continue
		}
		first[e.Key.Value] = e.Key.At
		once = append(once, e)
	}
	return once
}

// hasRepetition compares all pairs, which is cheaper than a map where there are few.
func hasRepetition(entries []Entry) bool {
	for i := range entries {
		for j := range i {
			if entries[i].Key.Value == entries[j].Key.Value {
				return true
			}
		}
	}
	return false
}

// settle gives a finished mapping or list the place of its first entry, and its size.
func (v *Value) settle() *Value {
	v.Size = 1
	for i := range v.Entries {
		v.Size += v.Entries[i].Value.Size
	}
	for _, item := range v.Items {
		v.Size += item.Size
	}
	v.Size = min(v.Size, maxValues+1)
	if len(v.Entries) > 0 {
		v.At = v.Entries[0].Key.At
	} else if len(v.Items) > 0 {
		v.At = v.Items[0].At
	}
	return v
}
