package resources

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/pipeline"
)

// A template may leave parts of a text open until it is deployed. While resources are computed such a part is its name
// between two bytes that no definition may hold, so that nothing takes it for a reference, a wildcard or a separator.
const mark = "\x00"

// open writes a text with its open parts marked.
func open(t pipeline.Text) string {
	var b strings.Builder
	at := 0
	for _, p := range t.Placeholders {
		b.WriteString(t.Value[at:p.Start] + mark + p.Name + mark)
		at = p.End
	}
	return b.String() + t.Value[at:]
}

// Values says what an open part of a template stands for: on AWS a token of the CDK, on paper its name.
type Values func(name string) string

// Named leaves open parts as they are written in templates.
func Named(name string) string { return "${" + name + "}" }

// fill replaces what open has marked.
func (v Values) fill(text string) string {
	parts := strings.Split(text, mark)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = v(parts[i])
	}
	return strings.Join(parts, "")
}

// fillAll fills every string of what JSON is decoded into.
func (v Values) fillAll(part any) any {
	switch part := part.(type) {
	case string:
		return v.fill(part)
	case map[string]any:
		filled := map[string]any{}
		for key, member := range part {
			filled[key] = v.fillAll(member)
		}
		return filled
	case []any:
		filled := make([]any, len(part))
		for i, item := range part {
			filled[i] = v.fillAll(item)
		}
		return filled
	}
	return part
}

// marked marks the open parts of JSON that a template has as a whole: there they stand as "${Name}".
func marked(part any) any {
	switch part := part.(type) {
	case string:
		return openPart().ReplaceAllString(part, mark+"$1"+mark)
	case map[string]any:
		for name, member := range part {
			part[name] = marked(member)
		}
	case []any:
		for i, item := range part {
			part[i] = marked(item)
		}
	}
	return part
}

var openPart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([^{}]+)\}`) })

func (v Values) fillStatements(statements []Statement) []Statement {
	filled := make([]Statement, len(statements))
	for i, s := range statements {
		filled[i] = Statement{Actions: s.Actions, Resources: v.fillEach(s.Resources), Equals: map[string]string{}}
		for key, value := range s.Equals {
			filled[i].Equals[v.fill(key)] = v.fill(value)
		}
	}
	return filled
}

func (v Values) fillEach(texts []string) []string {
	filled := make([]string, len(texts))
	for i, text := range texts {
		filled[i] = v.fill(text)
	}
	return filled
}

// openNames returns the names of all open parts of a definition and of what stands beside it, sorted. The canonical form
// writes a text that has some as {"Fn::Sub": "..."}.
func openNames(canonical ...[]byte) ([]string, error) {
	names := map[string]bool{}
	for _, text := range canonical {
		if len(text) == 0 {
			continue
		}
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("read the canonical definition: %w", err)
		}
		collectOpen(document, names)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

func collectOpen(part any, names map[string]bool) {
	switch part := part.(type) {
	case map[string]any:
		if text, is := part["Fn::Sub"].(string); is {
			collectSub(text, names)
			return
		}
		for _, member := range part {
			collectOpen(member, names)
		}
	case []any:
		for _, item := range part {
			collectOpen(item, names)
		}
	}
}

// collectSub reads the text of an Fn::Sub, in which "${!" is no placeholder.
func collectSub(text string, names map[string]bool) {
	for {
		_, after, found := strings.Cut(text, "${")
		if !found {
			return
		}
		name, rest, closed := strings.Cut(after, "}")
		if closed && !strings.HasPrefix(name, "!") {
			names[name] = true
		}
		text = rest
	}
}

// Fill gives the open parts of a canonical definition their values: {"Fn::Sub": "..."} becomes the text. The error names
// those without one.
func Fill(canonical []byte, values map[string]string) ([]byte, error) {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(canonical))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("read the canonical definition: %w", err)
	}
	missing := map[string]bool{}
	filled := fillOpen(document, func(name string) string {
		value, known := values[name]
		if !known {
			missing[name] = true
		}
		return value
	})
	if len(missing) > 0 {
		return nil, fmt.Errorf("the definition leaves open what nothing gives a value for: %q", slices.Sorted(maps.Keys(missing)))
	}
	return json.Marshal(filled)
}

func fillOpen(part any, value Values) any {
	switch part := part.(type) {
	case map[string]any:
		if text, is := part["Fn::Sub"].(string); is {
			return fillSub(text, value)
		}
		for name, member := range part {
			part[name] = fillOpen(member, value)
		}
	case []any:
		for i, item := range part {
			part[i] = fillOpen(item, value)
		}
	}
	return part
}

// fillSub evaluates the text of an Fn::Sub; "${!" writes "${".
func fillSub(text string, value Values) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		switch {
		case !closed:
			b.WriteString("${" + after)
			return b.String()
		case strings.HasPrefix(name, "!"):
			b.WriteString("${" + name[1:] + "}")
		default:
			b.WriteString(value(name))
		}
		text = rest
	}
}
