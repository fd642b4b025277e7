package task

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// path is a JSONPath of a webhook's filter: members and elements one after another, each perhaps a wildcard. Filters,
// slices and "..", which Java's JsonPath has as well, are not among them.
type path []segment

// segment is a member, an element, or all of them.
type segment struct {
	member  string
	element int
	kind    segmentKind
}

type segmentKind int

const (
	oneMember segmentKind = iota
	oneElement
	everything
)

// parsePath reads "$.a.b", "$['a']", "$.a[0]" and "$.a[*].b".
func parsePath(text string) (path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("a path begins with %q", "$")
	}
	var p path
	for rest != "" {
		var s segment
		var err error
		switch {
		case strings.HasPrefix(rest, ".."):
			return nil, fmt.Errorf("%q: paths with %q are not supported", rest, "..")
		case rest[0] == '.':
			s, rest, err = parseMember(rest[1:])
		case rest[0] == '[':
			s, rest, err = parseBracket(rest[1:])
		default:
			err = fmt.Errorf("%q: neither a member nor an element", rest)
		}
		if err != nil {
			return nil, err
		}
		p = append(p, s)
	}
	return p, nil
}

func parseMember(text string) (segment, string, error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	switch name := text[:end]; {
	case name == "":
		return segment{}, "", fmt.Errorf("%q: a member has a name", "."+text)
	case name == "*":
		return segment{kind: everything}, text[end:], nil
	case strings.ContainsAny(name, "()?@ "):
		return segment{}, "", fmt.Errorf("%q: functions and filters are not supported", name)
	default:
		return segment{member: name}, text[end:], nil
	}
}

func parseBracket(text string) (segment, string, error) {
	for _, quote := range []string{"'", `"`} {
		if quoted, ok := strings.CutPrefix(text, quote); ok {
			name, rest, closed := strings.Cut(quoted, quote+"]")
			if !closed {
				return segment{}, "", fmt.Errorf("%q is not closed", "["+text)
			}
			return segment{member: name}, rest, nil
		}
	}
	inside, rest, closed := strings.Cut(text, "]")
	if !closed {
		return segment{}, "", fmt.Errorf("%q is not closed", "["+text)
	}
	if inside == "*" {
		return segment{kind: everything}, rest, nil
	}
	n, err := strconv.Atoi(inside)
	if err != nil || n < 0 {
		return segment{}, "", fmt.Errorf("%q: an element has a number from 0 on; filters and slices are not supported", "["+inside+"]")
	}
	return segment{kind: oneElement, element: n}, rest, nil
}

// texts are the values that the path selects, as texts: a string as it is, anything else as JSON.
func (p path) texts(value any) []string {
	values := []any{value}
	for _, s := range p {
		var next []any
		for _, v := range values {
			next = append(next, s.of(v)...)
		}
		values = next
	}
	out := make([]string, 0, len(values))
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
			continue
		}
		encoded, _ := json.Marshal(v) // it was decoded from JSON
		out = append(out, string(encoded))
	}
	return out
}

func (s segment) of(value any) []any {
	switch v := value.(type) {
	case map[string]any:
		if s.kind == everything {
			var all []any
			for _, member := range v {
				all = append(all, member)
			}
			return all
		}
		if member, there := v[s.member]; there && s.kind == oneMember {
			return []any{member}
		}
	case []any:
		if s.kind == everything {
			return v
		}
		if s.kind == oneElement && s.element < len(v) {
			return v[s.element : s.element+1]
		}
	}
	return nil
}
