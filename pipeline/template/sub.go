package template

import (
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// sub evaluates Fn::Sub: a text, or a text and a mapping of names that only it knows.
func (t *Template) sub(c call) *tree.Value {
	text, names := c.argument, map[string]*tree.Value{}
	if c.argument.Kind == tree.Sequence && len(c.argument.Items) == 2 {
		text = c.argument.Items[0]
		for _, e := range c.argument.Items[1].Entries {
			names[e.Key.Value] = t.evaluate(e.Value)
		}
	} else if c.argument.Kind == tree.Sequence && len(c.argument.Items) == 1 {
		text = c.argument.Items[0]
	}
	if !text.IsScalar() || text.Tag != "" {
		t.list.Add(malformedFunction(c, "a text, or a text and a mapping"))
		return placeholder(c.at, describe(c))
	}
	b := builder{at: text.At}
	for _, part := range Parts(text.Text) {
		value := t.substitute(part, text, names)
		if !t.spend(text.At, len(value.Text)) {
			return placeholder(c.at, describe(c))
		}
		b.add(value)
	}
	return b.value()
}

// substitute returns what a part of a text stands for.
func (t *Template) substitute(part Part, text *tree.Value, names map[string]*tree.Value) *tree.Value {
	if part.Name == "" {
		return scalarAt(text.At, part.Literal)
	}
	at := text.Scalar().Part(part.Start, part.End)
	value, own := names[part.Name]
	if !own {
		value = t.variable(tree.Text{Value: part.Name, At: at})
	}
	if value == nil || !value.IsScalar() {
		t.list.Add(notText(at, part.Name))
		return placeholder(at, part.Name)
	}
	return value
}

// variable returns the value of ${Name} or ${Resource.Attribute}.
func (t *Template) variable(name tree.Text) *tree.Value {
	resource, _, isAttribute := strings.Cut(name.Value, ".")
	if !isAttribute {
		return t.named(name)
	}
	t.expectName(tree.Text{Value: resource, At: name.At})
	return placeholder(name.At, name.Value)
}

// Part is a stretch of a text for Fn::Sub: a literal, or the name of a variable with the bytes that it stands in.
type Part struct {
	Literal, Name string
	Start, End    int
}

// Parts takes a text for Fn::Sub apart: ${Name} is a variable, ${!Name} the letters ${Name}.
func Parts(text string) []Part {
	var parts []Part
	literal := func(s string) {
		if s != "" {
			parts = append(parts, Part{Literal: s})
		}
	}
	done := 0
	for from := 0; ; {
		start := strings.Index(text[from:], "${")
		if start < 0 {
			break
		}
		start += from
		from = start + len("${")
		if strings.HasPrefix(text[from:], "!") {
			literal(text[done:from])
			from++
			done = from
			continue
		}
		length := strings.IndexByte(text[from:], '}')
		if length < 0 {
			break
		}
		if name := strings.TrimSpace(text[from : from+length]); name != "" {
			literal(text[done:start])
			done = from + length + 1
			parts = append(parts, Part{Name: name, Start: start, End: done})
		}
		from += length + 1
	}
	literal(text[done:])
	return parts
}
