package asl

import (
	"bytes"
	"maps"
	"slices"
)

// Decode reads a state machine. Field names are matched exactly, case included; an unknown field, a state type that is
// not supported and JSONPath mode are errors. The error is a Problems with everything found, each with its place.
func Decode(text []byte) (*StateMachine, error) {
	v, err := ParseValue(text)
	if err != nil {
		return nil, err
	}
	var m StateMachine
	var problems Problems
	decodeFields(&m, v, "", &problems)
	problems = append(problems, m.missingQueryLanguage()...)
	if len(problems) > 0 {
		return nil, problems.sorted().Locate(text)
	}
	return &m, nil
}

// Encode writes the state machine as JSON: fields in a fixed order, states in theirs, two spaces of indentation and a
// final line feed. The same machine always gives the same bytes.
func (m *StateMachine) Encode() ([]byte, error) {
	var b bytes.Buffer
	w := writer{out: &b, indent: "  "}
	if err := w.value(encodeFields(m)); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// MarshalJSON writes the state machine compactly, in the order of Encode.
func (m *StateMachine) MarshalJSON() ([]byte, error) { return MarshalValue(encodeFields(m)) }

// UnmarshalJSON is Decode.
func (m *StateMachine) UnmarshalJSON(text []byte) error {
	decoded, err := Decode(text)
	if err != nil {
		return err
	}
	*m = *decoded
	return nil
}

// usualFields is room for the fields that most objects have.
const usualFields = 8

func encodeFields(v fielded) Object {
	f := fields{out: make(Object, 0, usualFields)}
	v.fields(&f)
	return f.out
}

func encodeState(s State) Object {
	f := fields{out: make(Object, 0, usualFields)}
	f.put("Type", s.Type())
	s.fields(&f)
	return f.out
}

func decodeFields(into fielded, v any, path string, problems *Problems) {
	object, ok := v.(Object)
	if !ok {
		problems.add(path, msgWant("an object", v))
		return
	}
	f := fields{decoding: true, in: map[string]any{}, path: path, problems: problems}
	for _, m := range object {
		f.in[m.Name] = m.Value
	}
	delete(f.in, "Type")
	if _, isState := into.(State); !isState && hasMember(object, "Type") {
		f.report("Type", msgUnknownField("Type"))
	}
	into.fields(&f)
	for _, name := range slices.Sorted(maps.Keys(f.in)) {
		f.report(name, unknown(name))
	}
}

func hasMember(o Object, name string) bool {
	_, ok := o.Get(name)
	return ok
}

func decodeState(v any, path string, problems *Problems) State {
	object, ok := v.(Object)
	if !ok {
		problems.add(path, msgWant("an object", v))
		return nil
	}
	typ, _ := object.Get("Type")
	name, _ := typ.(string)
	state := newState(name)
	if state == nil {
		problems.add(join(path, "Type"), msgStateType(typ))
		return nil
	}
	decodeFields(state, object, path, problems)
	return state
}
