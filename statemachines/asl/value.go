package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// A value in Arguments, Assign, Output and the like is one of: Null, bool, string, a Go integer or float, json.Number,
// []any, Object, and map[string]any (written with sorted keys). Decode yields Null, bool, string, json.Number, []any
// and Object.

// Null is JSON null.
type Null struct{}

// Object is a JSON object that keeps the order of its members.
type Object []Member

// Member is one name and value of an Object.
type Member struct {
	Name  string
	Value any
}

// Field is a Member; `asl.Object{asl.Field("FunctionName", name), asl.Field("Payload", payload)}` reads well.
func Field(name string, value any) Member { return Member{Name: name, Value: value} }

// Get returns the member called name.
func (o Object) Get(name string) (any, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// MarshalJSON writes the object compactly, in its order.
func (o Object) MarshalJSON() ([]byte, error) { return MarshalValue(o) }

// MarshalJSON writes null.
func (Null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// MarshalValue writes a value as compact JSON. The same value always gives the same bytes.
func MarshalValue(v any) ([]byte, error) {
	var b bytes.Buffer
	w := writer{out: &b}
	if err := w.value(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writer prints values as JSON; indent is empty for the compact form.
type writer struct {
	out    *bytes.Buffer
	indent string
	depth  int
}

func (w *writer) value(v any) error {
	switch v := v.(type) {
	case nil, Null:
		w.out.WriteString("null")
	case Object:
		return w.object(v)
	case map[string]any:
		return w.object(SortedObject(v))
	case []any:
		return w.array(v)
	case string:
		return w.text(v)
	case bool, int, int64, float64, json.Number:
		return w.scalar(v)
	default:
		return fmt.Errorf("encode %T: not a value of the language", v)
	}
	return nil
}

// SortedObject makes an Object of a map, its members sorted by name.
func SortedObject(m map[string]any) Object {
	o := make(Object, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o = append(o, Member{Name: name, Value: m[name]})
	}
	return o
}

func (w *writer) scalar(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode number: %w", err)
	}
	w.out.Write(text)
	return nil
}

func (w *writer) text(s string) error {
	if isPlain(s) {
		w.out.WriteByte('"')
		w.out.WriteString(s)
		w.out.WriteByte('"')
		return nil
	}
	enc := json.NewEncoder(w.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("encode string: %w", err)
	}
	w.out.Truncate(w.out.Len() - 1) // Encode ends with a line feed
	return nil
}

// isPlain tells whether a string stands in JSON as it is, which most do.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (w *writer) object(o Object) error {
	return w.list('{', '}', len(o), func(i int) error {
		if err := w.text(o[i].Name); err != nil {
			return err
		}
		w.out.WriteByte(':')
		if w.indent != "" {
			w.out.WriteByte(' ')
		}
		return w.value(o[i].Value)
	})
}

func (w *writer) array(items []any) error {
	return w.list('[', ']', len(items), func(i int) error { return w.value(items[i]) })
}

func (w *writer) list(opening, closing byte, n int, item func(int) error) error {
	w.out.WriteByte(opening)
	w.depth++
	for i := range n {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.newline()
		if err := item(i); err != nil {
			return err
		}
	}
	w.depth--
	if n > 0 {
		w.newline()
	}
	w.out.WriteByte(closing)
	return nil
}

func (w *writer) newline() {
	if w.indent == "" {
		return
	}
	w.out.WriteByte('\n')
	for range w.depth {
		w.out.WriteString(w.indent)
	}
}
