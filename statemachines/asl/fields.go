package asl

import (
	"encoding/json"
	"strconv"
)

// fields walks the fields of one JSON object in their canonical order. Each type lists its fields once, and the same
// list decodes and encodes: a field that one direction knows and the other does not cannot exist.
type fields struct {
	decoding bool
	in       map[string]any
	out      Object
	path     string
	keep     string // the required field: written even when it is empty
	problems *Problems
}

// fielded is what has a list of fields.
type fielded interface{ fields(f *fields) }

func (f *fields) at(name string) string { return join(f.path, name) }

func (f *fields) report(name, message string) { f.problems.add(f.at(name), message) }

// take removes a field from what is still to be read; what remains at the end is unknown.
func (f *fields) take(name string) (any, bool) {
	v, ok := f.in[name]
	delete(f.in, name)
	return v, ok
}

func (f *fields) put(name string, v any) { f.out = append(f.out, Member{Name: name, Value: v}) }

// required reports a missing field; it goes before the field itself.
func (f *fields) required(name string) {
	f.keep = name
	if !f.decoding {
		return
	}
	if _, ok := f.in[name]; !ok {
		f.report(name, msgMissing())
	}
}

// scalar decodes or encodes one field of a plain type.
func scalar[T comparable](f *fields, name, want string, p *T) {
	var zero T
	if !f.decoding {
		if *p != zero || f.keep == name {
			f.put(name, *p)
		}
		return
	}
	v, ok := f.take(name)
	if !ok {
		return
	}
	t, ok := v.(T)
	if !ok {
		f.report(name, msgWant(want, v))
		return
	}
	*p = t
}

func (f *fields) text(name string, p *string) { scalar(f, name, "a string", p) }

func (f *fields) flag(name string, p *bool) { scalar(f, name, "true or false", p) }

func (f *fields) queryLanguage(p *string) {
	f.text("QueryLanguage", p)
	if f.decoding && *p != "" && *p != JSONata {
		f.report("QueryLanguage", msgQueryLanguage(*p))
	}
}

// whole is a positive whole number.
func (f *fields) whole(name string, p *int) {
	value := p
	if *p == 0 {
		value = nil
	}
	f.wholeOrAbsent(name, &value)
	if !f.decoding || value == nil {
		return
	}
	if *value == 0 {
		f.report(name, msgPositive(0)) // 0 in our types means that the field is absent
	}
	*p = *value
}

func (f *fields) wholeOrAbsent(name string, p **int) {
	if !f.decoding {
		if *p != nil {
			f.put(name, **p)
		}
		return
	}
	v, ok := f.take(name)
	if !ok {
		return
	}
	number, _ := v.(json.Number)
	n, err := strconv.Atoi(number.String())
	if err != nil {
		f.report(name, msgWant("a whole number", v))
		return
	}
	*p = &n
}

// number is a number of at least 1.
func (f *fields) number(name string, p *float64) {
	if !f.decoding {
		if *p != 0 {
			f.put(name, *p)
		}
		return
	}
	v, ok := f.take(name)
	if !ok {
		return
	}
	number, _ := v.(json.Number)
	n, err := number.Float64()
	if err != nil {
		f.report(name, msgWant("a number", v))
		return
	}
	if n == 0 {
		f.report(name, msgAtLeastOne(0)) // see whole
	}
	*p = n
}

func (f *fields) seconds(name string, p *Seconds) {
	if text, ok := f.in[name].(string); ok || p.Expression != "" {
		if f.decoding && !IsExpression(text) {
			f.report(name, msgWant("a whole number or an expression {% %}", text))
		}
		f.text(name, &p.Expression)
		return
	}
	f.whole(name, &p.Value)
}

// value is a field that may hold any JSON value; JSON null is kept apart from an absent field.
func (f *fields) value(name string, p *any) {
	if !f.decoding {
		if *p != nil {
			f.put(name, *p)
		}
		return
	}
	if v, ok := f.take(name); ok {
		*p = v
	}
}

func (f *fields) object(name string, p *Object) {
	if !f.decoding {
		if *p != nil {
			f.put(name, *p)
		}
		return
	}
	v, ok := f.take(name)
	if !ok {
		return
	}
	object, ok := v.(Object)
	if !ok {
		f.report(name, msgWant("an object", v))
		return
	}
	*p = object
}

func (f *fields) texts(name string, p *[]string) {
	if !f.decoding {
		items := make([]any, len(*p))
		for i, s := range *p {
			items[i] = s
		}
		f.put(name, items)
		return
	}
	for i, item := range f.items(name) {
		text, ok := item.(string)
		if !ok {
			f.report(index(name, i), msgWant("a string", item))
		}
		*p = append(*p, text)
	}
}

func (f *fields) items(name string) []any {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		f.report(name, msgWant("an array", v))
	}
	return items
}

// list is a field that holds an array of objects of one type.
func list[T any, P interface {
	*T
	fielded
}](f *fields, name string, p *[]T,
) {
	if !f.decoding {
		if len(*p) == 0 && f.keep != name {
			return
		}
		items := make([]any, len(*p))
		for i := range *p {
			items[i] = encodeFields(P(&(*p)[i]))
		}
		f.put(name, items)
		return
	}
	for i, item := range f.items(name) {
		var t T
		decodeFields(P(&t), item, f.at(index(name, i)), f.problems)
		*p = append(*p, t)
	}
}

// has tells whether a field is there and still to be read.
func (f *fields) has(name string) bool {
	_, ok := f.in[name]
	return ok
}

// member is a field that holds one object of a type of its own.
func (f *fields) member(name string, into fielded) {
	if !f.decoding {
		f.put(name, encodeFields(into))
		return
	}
	if v, ok := f.take(name); ok {
		decodeFields(into, v, f.at(name), f.problems)
	}
}

// states is the "States" field: an object whose members are states.
func (f *fields) states(name string, p *States) {
	if !f.decoding {
		object := Object{}
		for _, named := range *p {
			object = append(object, Member{Name: named.Name, Value: encodeState(named.State)})
		}
		f.put(name, object)
		return
	}
	var object Object
	f.object(name, &object)
	for _, m := range object {
		if state := decodeState(m.Value, join(f.at(name), m.Name), f.problems); state != nil {
			p.Add(m.Name, state)
		}
	}
}
