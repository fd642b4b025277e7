package template

import "github.com/penstock-ci/penstock/pipeline/tree"

// findInMap evaluates Fn::FindInMap: a mapping's name, two keys, and perhaps a default.
func (t *Template) findInMap(c call) *tree.Value {
	arguments := t.arguments(c)
	if len(arguments) < 3 || len(arguments) > 4 {
		t.list.Add(malformedFunction(c, "the name of a mapping and two keys"))
		return placeholder(c.at, describe(c))
	}
	value, at := t.root.Lookup("Mappings"), c.at
	for _, key := range arguments[:3] {
		if len(key.Placeholders) > 0 {
			return placeholder(c.at, describe(c))
		}
		next := value.Lookup(key.Text)
		if !key.IsScalar() || next.Kind == tree.Null {
			return t.notInMap(c, value, key.Scalar(), arguments[3:])
		}
		value, at = next, key.At
	}
	return t.copyAt(value, tree.Text{Value: describe(c), At: at})
}

func (t *Template) notInMap(c call, value *tree.Value, key tree.Text, defaults []*tree.Value) *tree.Value {
	for _, entry := range defaults {
		if d := entry.Lookup("DefaultValue"); d.Kind != tree.Null {
			return d
		}
	}
	if !key.At.IsKnown() {
		key.At = c.at
	}
	t.list.Add(notInMapping(key, t.suggestible(func() []string {
		keys := make([]string, len(value.Entries))
		for i, e := range value.Entries {
			keys[i] = e.Key.Value
		}
		return keys
	})))
	return placeholder(c.at, describe(c))
}

// copyAt returns a value of a mapping as if it were written where it is used.
func (t *Template) copyAt(v *tree.Value, name tree.Text) *tree.Value {
	if v.Kind == tree.Sequence {
		texts := make([]string, len(v.Items))
		for i, item := range v.Items {
			texts[i] = item.Text
		}
		return t.listOf(name, texts)
	}
	if !v.IsScalar() || !t.spend(name.At, len(v.Text)) {
		return placeholder(name.At, name.Value)
	}
	used := *v
	used.At = name.At
	return &used
}
