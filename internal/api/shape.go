package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// shape is what the model says of a value. Of min and max it says lengths of text in characters, numbers of members of a
// list, and values of an integer.
type shape struct {
	kind     kind
	min, max int
	pattern  string
	whole    func() *regexp.Regexp // pattern of a whole value, compiled when it is used first
	words    []string
	members  []member
	element  *shape
}

type kind int

const (
	structureKind kind = iota
	listKind
	textKind
	integerKind
	booleanKind
	numberKind
	mapKind
)

// unbounded is the upper bound of a value that has none.
const unbounded = math.MaxInt

type member struct {
	name     string
	required bool
	shape    shape
}

func required(name string, s shape) member { return member{name, true, s} }
func optional(name string, s shape) member { return member{name, false, s} }
func structure(members ...member) shape    { return shape{members: members} }
func integer(most int) shape               { return shape{kind: integerKind, min: 1, max: most} } // from 1, as all are
func boolean() shape                       { return shape{kind: booleanKind} }
func number() shape                        { return shape{kind: numberKind} } // a time in seconds, for one
func oneOf(words ...string) shape          { return shape{kind: textKind, max: unbounded, words: words} }

func list(element shape, least, most int) shape {
	return shape{kind: listKind, min: least, max: most, element: &element}
}

func text(least, most int, pattern string) shape {
	return shape{kind: textKind, min: least, max: most, pattern: pattern, whole: sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:` + pattern + `)$`)
	})}
}

// textMap is a map of texts, whose keys match a pattern.
func textMap(keys string) shape {
	key := text(0, unbounded, keys)
	return shape{kind: mapKind, element: &key}
}

// read holds a body against the shape of an input and returns, again as JSON, what of it the model knows: members that it
// does not have, and those that are null, are left out. An error names everything that breaks a constraint.
func (s shape) read(body []byte) ([]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, unreadable(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, unreadable(errTrailing)
	}
	var v validation
	known := v.value("", s, value)
	switch {
	case v.wrongType != nil:
		return nil, v.wrongType
	case len(v.broken) > 0:
		return nil, invalid(v.broken)
	}
	return json.Marshal(known)
}

// validation collects what is wrong with an input. A value of a wrong type makes the input unreadable: only the first of
// those is told, and no constraint.
type validation struct {
	wrongType error
	broken    []string
}

// value returns the part of a value that the shape knows.
func (v *validation) value(path string, s shape, value any) any {
	switch s.kind {
	case structureKind:
		return v.structure(path, s, value)
	case listKind:
		return v.list(path, s, value)
	case textKind:
		v.text(path, s, value)
	case integerKind:
		v.integer(path, s, value)
	case numberKind:
		if _, ok := value.(json.Number); !ok {
			v.mistyped(path, "a number")
		}
	case mapKind:
		v.texts(path, s, value)
	case booleanKind:
		if _, ok := value.(bool); !ok {
			v.mistyped(path, "a boolean")
		}
	}
	return value
}

func (v *validation) structure(path string, s shape, value any) any {
	given, ok := value.(map[string]any)
	if !ok {
		v.mistyped(path, "a structure")
		return nil
	}
	known := map[string]any{}
	for _, m := range s.members {
		at := strings.TrimPrefix(path+"."+m.name, ".")
		switch value := given[m.name]; {
		case value != nil:
			known[m.name] = v.value(at, m.shape, value)
		case m.required:
			v.breaks(at, nil, mustNotBeNull)
		}
	}
	return known
}

// texts holds the keys of a map against their shape, in order; its values are texts.
func (v *validation) texts(path string, s shape, value any) {
	given, ok := value.(map[string]any)
	if !ok {
		v.mistyped(path, "a map")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		v.text(path, *s.element, key)
		if _, ok := given[key].(string); !ok {
			v.mistyped(path+"."+key, "a string")
		}
	}
}

func (v *validation) list(path string, s shape, value any) any {
	given, ok := value.([]any)
	if !ok {
		v.mistyped(path, "a list")
		return nil
	}
	v.length(path, s, len(given), shownList(len(given)))
	if len(given) > s.max {
		return nil // one message is enough
	}
	known := make([]any, len(given))
	for i, element := range given {
		known[i] = v.value(path+"."+strconv.Itoa(i+1)+".member", *s.element, element)
	}
	return known
}

func (v *validation) text(path string, s shape, value any) {
	given, ok := value.(string)
	if !ok {
		v.mistyped(path, "a string")
		return
	}
	v.length(path, s, utf8.RuneCountInString(given), given)
	if s.pattern != "" && !s.whole().MatchString(given) {
		v.breaks(path, given, mustMatch, s.pattern)
	}
	if len(s.words) > 0 && !slices.Contains(s.words, given) {
		v.breaks(path, given, mustBeOneOf, strings.Join(s.words, ", "))
	}
}

func (v *validation) length(path string, s shape, n int, shown string) {
	if n < s.min {
		v.breaks(path, shown, mustBeLonger, s.min)
	}
	if n > s.max {
		v.breaks(path, shown, mustBeShorter, s.max)
	}
}

func (v *validation) integer(path string, s shape, value any) {
	given, ok := value.(json.Number)
	n, err := strconv.ParseInt(string(given), 10, 32)
	switch {
	case !ok || err != nil:
		v.mistyped(path, "an integer")
	case int(n) < s.min:
		v.breaks(path, string(given), mustBeMore, s.min)
	case int(n) > s.max:
		v.breaks(path, string(given), mustBeLess, s.max)
	}
}

func (v *validation) breaks(path string, value any, constraint string, args ...any) {
	v.broken = append(v.broken, brokenConstraint(path, value, fmt.Sprintf(constraint, args...)))
}

func (v *validation) mistyped(path, want string) {
	if v.wrongType == nil {
		v.wrongType = wrongType(path, want)
	}
}
