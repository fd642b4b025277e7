package template

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// call is an intrinsic function with its argument, in its short or its long form.
type call struct {
	name     string // "Ref", "Condition", "Fn::Sub"
	at       diag.Range
	argument *tree.Value
}

// callOf recognises a function: a tag, or a mapping with one key that is a function's name.
func callOf(v *tree.Value) (call, bool) {
	if strings.HasPrefix(v.Tag, "!") && !strings.HasPrefix(v.Tag, "!!") {
		argument := *v
		argument.Tag = ""
		name := v.Tag[1:]
		if name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		return call{name: name, at: v.At, argument: &argument}, true
	}
	if v.Kind == tree.Mapping && len(v.Entries) == 1 {
		e := v.Entries[0]
		if e.Key.Value == "Ref" || strings.HasPrefix(e.Key.Value, "Fn::") {
			return call{name: e.Key.Value, at: e.Key.At, argument: e.Value}, true
		}
	}
	return call{}, false
}

// evaluate returns a value without functions, or nil where AWS::NoValue says that there is none.
func (t *Template) evaluate(v *tree.Value) *tree.Value {
	if c, ok := callOf(v); ok {
		return t.call(c)
	}
	switch v.Kind {
	case tree.Mapping:
		return t.mapping(v)
	case tree.Sequence:
		return t.sequence(v)
	}
	return v
}

func (t *Template) mapping(v *tree.Value) *tree.Value {
	evaluated := *v
	evaluated.Entries = make([]tree.Entry, 0, len(v.Entries))
	for _, e := range v.Entries {
		if strings.HasPrefix(e.Key.Value, loopPrefix) {
			t.list.Add(notEvaluated(e.Key.At, e.Key.Value))
			continue
		}
		if value := t.evaluate(e.Value); value != nil {
			evaluated.Entries = append(evaluated.Entries, tree.Entry{Key: e.Key, Value: value})
		}
	}
	return &evaluated
}

func (t *Template) sequence(v *tree.Value) *tree.Value {
	evaluated := *v
	evaluated.Items = t.items(v)
	return &evaluated
}

func (t *Template) items(v *tree.Value) []*tree.Value {
	items := make([]*tree.Value, 0, len(v.Items))
	for _, item := range v.Items {
		if value := t.evaluate(item); value != nil {
			items = append(items, value)
		}
	}
	return items
}

// loopPrefix begins the name of a loop, which stands where a key does.
const loopPrefix = "Fn::ForEach::"

// call evaluates a function. What is wrong in it is reported, and gives a placeholder.
func (t *Template) call(c call) *tree.Value {
	switch c.name {
	case "Ref":
		return t.ref(c)
	case "Fn::Sub":
		return t.sub(c)
	case "Fn::GetAtt":
		return t.getAtt(c)
	case "Fn::If":
		return t.choose(c)
	case "Fn::Join":
		return t.join(c)
	case "Fn::Split":
		return t.split(c)
	case "Fn::Select":
		return t.selectItem(c)
	case "Fn::FindInMap":
		return t.findInMap(c)
	case "Fn::ImportValue":
		return t.importValue(c)
	}
	return t.rareCall(c)
}

func (t *Template) rareCall(c call) *tree.Value {
	switch c.name {
	case "Fn::Base64":
		return t.base64(c)
	case "Fn::Length":
		return t.length(c)
	case "Fn::ToJsonString":
		return t.toJSON(c)
	case "Fn::Cidr", "Fn::GetAZs", "Fn::GetStackOutput", "Fn::Transform":
		return t.onlyAWS(c)
	case "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition":
		t.list.Add(conditionFunctionHere(c))
	default:
		t.list.Add(unknownFunction(c))
	}
	return placeholder(c.at, describe(c))
}

// onlyAWS is a function whose value this machine cannot find out.
func (t *Template) onlyAWS(c call) *tree.Value {
	if c.argument.Kind == tree.Mapping || c.argument.Kind == tree.Sequence {
		t.evaluate(c.argument)
	}
	return placeholder(c.at, describe(c))
}

// placeholder is a value that is not known but for its name.
func placeholder(at diag.Range, name string) *tree.Value {
	name = strings.TrimLeft(strings.TrimSpace(strings.ReplaceAll(name, "}", ")")), "! \t\r\n")
	text := "${" + name + "}"
	return &tree.Value{
		Kind: tree.String, At: at, Text: text, Size: 1,
		Placeholders: []tree.Placeholder{{Name: name, Start: 0, End: len(text)}},
	}
}

// isUnknown reports whether nothing at all is known about a value, not even whether it is a list.
func isUnknown(v *tree.Value) bool {
	return len(v.Placeholders) == 1 && v.Placeholders[0].Start == 0 && v.Placeholders[0].End == len(v.Text)
}

func scalarAt(at diag.Range, text string) *tree.Value {
	return &tree.Value{Kind: tree.String, At: at, Text: text, Size: 1}
}

// describe names the value of a function by how it is written, without what would end a placeholder: a name for
// people, and the same for the same call.
func describe(c call) string {
	const longest = 80
	text := strings.TrimPrefix(c.name, "Fn::") + "(" + outline(c.argument) + ")"
	text = strings.NewReplacer("}", ")", "{", "(", "\n", " ", "$", "").Replace(text)
	return clip(text, longest)
}

func clip(text string, longest int) string {
	if len(text) <= longest {
		return text
	}
	runes := []rune(text[:min(len(text), 4*longest)])
	return string(runes[:min(len(runes), longest)]) + "..."
}

// outline is the beginning of what describe says about an argument.
func outline(v *tree.Value) string {
	const few, longest = 8, 80
	if c, ok := callOf(v); ok {
		if c.name == "Ref" {
			return clip(c.argument.Text, longest)
		}
		return clip(strings.TrimPrefix(c.name, "Fn::")+"("+outline(c.argument)+")", longest)
	}
	var parts []string
	for _, item := range v.Items[:min(few, len(v.Items))] {
		parts = append(parts, outline(item))
	}
	for _, e := range v.Entries[:min(few, len(v.Entries))] {
		parts = append(parts, clip(e.Key.Value, longest)+": "+outline(e.Value))
	}
	if len(parts) > 0 {
		return clip(strings.Join(parts, ", "), longest)
	}
	return clip(v.Text, longest)
}

// spend takes bytes off the budget, and reports when it is used up.
func (t *Template) spend(at diag.Range, bytes int) bool {
	if t.budget -= bytes; t.budget >= 0 {
		return true
	}
	if t.once("budget") {
		t.list.Add(tooMuchText(at))
	}
	return false
}
