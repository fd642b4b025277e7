package template

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// noValue is the name of what removes the property or the list item that it stands for.
const noValue = "AWS::NoValue"

func (t *Template) ref(c call) *tree.Value {
	if !c.argument.IsScalar() {
		t.list.Add(malformedFunction(c, "the name of a parameter or a resource"))
		return placeholder(c.at, describe(c))
	}
	if c.argument.Text == noValue {
		return nil
	}
	return t.named(c.argument.Scalar())
}

// named returns the value of a name: of a parameter, or a placeholder for a resource.
func (t *Template) named(name tree.Text) *tree.Value {
	if value, known := t.pseudo(name.Value); known {
		return scalarAt(name.At, value)
	}
	p, isParameter := t.parameters[name.Value]
	switch {
	case !isParameter:
		t.expectName(name)
	case p.value != nil && p.list:
		return t.listOf(name, splitList(*p.value))
	case p.value != nil && t.spend(name.At, len(*p.value)):
		return scalarAt(name.At, *p.value)
	}
	return placeholder(name.At, name.Value)
}

func (t *Template) listOf(name tree.Text, texts []string) *tree.Value {
	v := &tree.Value{Kind: tree.Sequence, At: name.At, Size: 1 + len(texts)}
	for _, text := range texts {
		if !t.spend(name.At, len(text)+1) {
			return placeholder(name.At, name.Value)
		}
		v.Items = append(v.Items, scalarAt(name.At, text))
	}
	return v
}

// expectName reports a name that the template does not have. A transform may make resources that are not written.
func (t *Template) expectName(name tree.Text) {
	if t.resources[name.Value] || t.transformed() {
		return
	}
	if slices.Contains(pseudoParameters, name.Value) || !t.once("name "+name.Value) {
		return
	}
	t.list.Add(unknownName(name, t.suggestible(func() []string {
		return slices.Concat(pseudoParameters, sortedKeys(t.parameters), sortedKeys(t.resources))
	})))
}

// suggestible returns the names among which a suggestion is looked for, and none when there were many suggestions:
// looking takes time, and who has that many mistakes has made one of another kind.
func (t *Template) suggestible(names func() []string) []string {
	const most = 100
	if t.suggested++; t.suggested > most {
		return nil
	}
	return names()
}

func (t *Template) getAtt(c call) *tree.Value {
	var parts []string
	switch c.argument.Kind {
	case tree.String:
		parts = strings.SplitN(c.argument.Text, ".", 2)
	case tree.Sequence:
		for _, item := range t.items(c.argument) {
			parts = append(parts, item.Text)
		}
	}
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		t.list.Add(malformedFunction(c, "a resource and its attribute"))
		return placeholder(c.at, describe(c))
	}
	at := c.argument.At
	t.expectName(tree.Text{Value: parts[0], At: at})
	return placeholder(at, strings.Join(parts, "."))
}

func (t *Template) importValue(c call) *tree.Value {
	name := t.evaluate(c.argument)
	if name == nil || !name.IsScalar() {
		t.list.Add(malformedFunction(c, "the name of an export"))
		return placeholder(c.at, describe(c))
	}
	return placeholder(name.At, strings.NewReplacer("${", "", "}", "").Replace("ImportValue("+clip(name.Text, 255)+")"))
}

func (t *Template) join(c call) *tree.Value {
	arguments := t.arguments(c)
	if len(arguments) != 2 || !arguments[0].IsScalar() {
		t.list.Add(malformedFunction(c, "a delimiter and a list"))
		return placeholder(c.at, describe(c))
	}
	if isUnknown(arguments[1]) {
		return placeholder(c.at, describe(c))
	}
	b := builder{at: c.at}
	if len(c.argument.Items) > 0 && c.argument.At.IsKnown() {
		b.at = c.argument.At
	}
	for i, item := range arguments[1].Items {
		if i > 0 {
			b.add(arguments[0])
		}
		if !item.IsScalar() {
			t.list.Add(malformedFunction(c, "a list of texts"))
			return placeholder(c.at, describe(c))
		}
		if !t.spend(c.at, len(item.Text)+len(arguments[0].Text)) {
			return placeholder(c.at, describe(c))
		}
		b.add(item)
	}
	if arguments[1].Kind != tree.Sequence {
		t.list.Add(malformedFunction(c, "a delimiter and a list"))
	}
	return b.value()
}

// arguments evaluates the list that a function takes; nil is none.
func (t *Template) arguments(c call) []*tree.Value {
	if c.argument.Kind != tree.Sequence || c.argument.Tag != "" {
		return nil
	}
	return t.items(c.argument)
}

func (t *Template) split(c call) *tree.Value {
	arguments := t.arguments(c)
	if len(arguments) != 2 || !arguments[0].IsScalar() || !arguments[1].IsScalar() || arguments[0].Text == "" {
		t.list.Add(malformedFunction(c, "a delimiter and a text"))
		return placeholder(c.at, describe(c))
	}
	if len(arguments[0].Placeholders)+len(arguments[1].Placeholders) > 0 {
		return placeholder(c.at, describe(c))
	}
	return t.listOf(tree.Text{Value: describe(c), At: arguments[1].At}, strings.Split(arguments[1].Text, arguments[0].Text))
}

func (t *Template) selectItem(c call) *tree.Value {
	arguments := t.arguments(c)
	if len(arguments) != 2 {
		t.list.Add(malformedFunction(c, "an index and a list"))
		return placeholder(c.at, describe(c))
	}
	index, items := arguments[0], arguments[1]
	if isUnknown(items) || len(index.Placeholders) > 0 {
		return placeholder(c.at, describe(c))
	}
	n, err := strconv.Atoi(index.Text)
	if err != nil || n < 0 || items.Kind != tree.Sequence || n >= len(items.Items) {
		t.list.Add(nothingToSelect(c, index.Text, len(items.Items)))
		return placeholder(c.at, describe(c))
	}
	return items.Items[n]
}

func (t *Template) base64(c call) *tree.Value {
	v := t.evaluate(c.argument)
	if v == nil || !v.IsScalar() {
		t.list.Add(malformedFunction(c, "a text"))
		return placeholder(c.at, describe(c))
	}
	if len(v.Placeholders) > 0 || !t.spend(c.at, 2*len(v.Text)) {
		return placeholder(c.at, describe(c))
	}
	return scalarAt(v.At, base64.StdEncoding.EncodeToString([]byte(v.Text)))
}

func (t *Template) length(c call) *tree.Value {
	v := t.evaluate(c.argument)
	if v == nil || isUnknown(v) {
		return placeholder(c.at, describe(c))
	}
	if v.Kind != tree.Sequence {
		t.list.Add(malformedFunction(c, "a list"))
		return placeholder(c.at, describe(c))
	}
	length := scalarAt(c.at, strconv.Itoa(len(v.Items)))
	length.Kind = tree.Number
	return length
}

func (t *Template) toJSON(c call) *tree.Value {
	v := t.evaluate(c.argument)
	if v == nil || v.Kind != tree.Mapping && v.Kind != tree.Sequence {
		t.list.Add(malformedFunction(c, "a mapping or a list"))
		return placeholder(c.at, describe(c))
	}
	if !t.spend(c.at, v.Size) {
		return placeholder(c.at, describe(c))
	}
	text, whole := JSON(v)
	if !whole || !t.spend(c.at, len(text)) {
		return placeholder(c.at, describe(c))
	}
	return scalarAt(v.At, text)
}
