package template

import (
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Truth is what is known about a condition.
type Truth int

// Truths.
const (
	Unknown Truth = iota // it depends on what only AWS knows
	True
	False
)

func truthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

func (t Truth) not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

// condition is a named condition. Once evaluated it keeps its truth.
type condition struct {
	name       tree.Text
	expression *tree.Value
	evaluated  bool
	evaluating bool
	truth      Truth
}

// choose evaluates Fn::If.
func (t *Template) choose(c call) *tree.Value {
	items := c.argument.Items
	if c.argument.Kind != tree.Sequence || len(items) != 3 || !items[0].IsScalar() {
		t.list.Add(malformedFunction(c, "a condition and two values"))
		return placeholder(c.at, describe(c))
	}
	if t.takes(items[0].Scalar()) {
		return t.evaluate(items[1])
	}
	return t.evaluate(items[2])
}

// takes decides a condition; one that is not known counts as true, which is said once.
func (t *Template) takes(name tree.Text) bool {
	truth := t.holds(name)
	if truth == Unknown && t.once("condition "+name.Value) {
		t.list.Add(undecidedCondition(name))
	}
	return truth != False
}

// holds evaluates a named condition. A condition that refers to one that is not known takes it for true, as Fn::If
// does, so that "A" and "not A" never both hold.
func (t *Template) holds(name tree.Text) Truth {
	c, known := t.conditions[name.Value]
	if !known {
		if t.once("no condition " + name.Value) {
			t.list.Add(unknownCondition(name, t.suggestible(func() []string { return sortedKeys(t.conditions) }), len(t.conditions)))
		}
		return Unknown
	}
	if c.evaluating {
		if t.once("circle " + name.Value) {
			t.list.Add(circularCondition(c.name))
		}
		return Unknown
	}
	if !c.evaluated {
		c.evaluating = true
		c.truth = t.truth(c.expression)
		c.evaluating, c.evaluated = false, true
	}
	return c.truth
}

// truth evaluates the expression of a condition.
func (t *Template) truth(v *tree.Value) Truth {
	c, ok := callOf(v)
	if !ok && v.Kind == tree.Mapping && len(v.Entries) == 1 && v.Entries[0].Key.Value == "Condition" {
		c, ok = call{name: "Condition", at: v.At, argument: v.Entries[0].Value}, true
	}
	switch {
	case !ok && v.IsScalar() && (v.Text == "true" || v.Text == "false"):
		return truthOf(v.Text == "true")
	case !ok:
		t.list.Add(notACondition(v.At))
		return Unknown
	}
	return t.logical(c)
}

func (t *Template) logical(c call) Truth {
	switch c.name {
	case "Condition":
		if truth := t.holds(c.argument.Scalar()); truth != Unknown {
			return truth
		}
		return True
	case "Fn::Equals":
		return t.equals(c)
	case "Fn::Not":
		if len(c.argument.Items) == 1 {
			return t.truth(c.argument.Items[0]).not()
		}
	case "Fn::And":
		return t.all(c, True)
	case "Fn::Or":
		return t.all(c, False)
	}
	t.list.Add(notACondition(c.at))
	return Unknown
}

// all joins conditions: with And one that is false decides, with Or one that is true.
func (t *Template) all(c call, joined Truth) Truth {
	if len(c.argument.Items) == 0 {
		t.list.Add(malformedFunction(c, "a list of conditions"))
	}
	result := joined
	for _, item := range c.argument.Items {
		switch t.truth(item) {
		case joined.not():
			return joined.not()
		case Unknown:
			result = Unknown
		}
	}
	return result
}

func (t *Template) equals(c call) Truth {
	arguments := t.arguments(c)
	if len(arguments) != 2 {
		t.list.Add(malformedFunction(c, "two values"))
		return Unknown
	}
	a, b := arguments[0], arguments[1]
	if unknownIn(a)+unknownIn(b) == 0 {
		return truthOf(same(a, b))
	}
	if a.Text == b.Text && same(a, b) && a.IsScalar() && len(a.Placeholders) == len(b.Placeholders) {
		return True
	}
	return Unknown
}

// unknownIn counts what is not known in a value that is compared.
func unknownIn(v *tree.Value) int {
	n := len(v.Placeholders)
	for _, item := range v.Items {
		n += unknownIn(item)
	}
	for _, e := range v.Entries {
		n += unknownIn(e.Value)
	}
	return n
}

func same(a, b *tree.Value) bool {
	if a.IsScalar() && b.IsScalar() {
		return a.Text == b.Text
	}
	if a.Kind != b.Kind || len(a.Items) != len(b.Items) || len(a.Entries) != len(b.Entries) {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Entries {
		if a.Entries[i].Key.Value != b.Entries[i].Key.Value || !same(a.Entries[i].Value, b.Entries[i].Value) {
			return false
		}
	}
	return true
}
