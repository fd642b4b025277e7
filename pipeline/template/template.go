package template

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Options say what the author of a template leaves to whoever uses it.
type Options struct {
	// Parameters are values of the template's parameters. A key with "AWS::" sets a pseudo parameter: AWS::Region.
	Parameters map[string]string
}

// Template is a CloudFormation template.
type Template struct {
	Resources []Resource // in the order of the file

	root       *tree.Value
	list       *diag.List // where what is wrong in it goes
	given      map[string]string
	parameters map[string]*parameter
	conditions map[string]*condition
	resources  map[string]bool // by logical ID
	budget     int             // bytes of text that functions may still make
	reported   map[string]bool
	suggested  int // how often a suggestion was looked for
}

// Resource is one resource of a template, as it is written.
type Resource struct {
	LogicalID tree.Text
	Type      tree.Text
	Condition tree.Text // the name of the condition under which it is made; not set is always

	body *tree.Value
}

// maxText bounds what functions make of a template: what takes the bytes of a template several times is no text that
// somebody wrote.
const maxText = 8 << 20

// maxResources is how many resources CloudFormation takes in a template.
const maxResources = 500

// Looks reports whether a document is a template: it says so, or it has a resource of one of these types.
func Looks(root *tree.Value, types ...string) bool {
	if root.Has("AWSTemplateFormatVersion") {
		return true
	}
	for _, resource := range root.Lookup("Resources").Entries {
		for _, t := range types {
			if resource.Value.Lookup("Type").Text == t {
				return true
			}
		}
	}
	return false
}

// Read reads the frame of a template: everything but the properties of its resources. What is wrong in it, then and
// whenever properties are evaluated, goes to the list.
func Read(list *diag.List, root *tree.Value, options Options) *Template {
	t := &Template{
		root: root, list: list, given: options.Parameters, budget: maxText,
		parameters: map[string]*parameter{}, conditions: map[string]*condition{},
		resources: map[string]bool{}, reported: map[string]bool{},
	}
	t.readParameters()
	for _, e := range root.Lookup("Conditions").Entries {
		if _, twice := t.conditions[e.Key.Value]; !twice {
			t.conditions[e.Key.Value] = &condition{name: e.Key, expression: e.Value}
		}
	}
	t.readResources()
	t.noteTransforms()
	return t
}

func (t *Template) readResources() {
	for _, e := range t.root.Lookup("Resources").Entries {
		if strings.HasPrefix(e.Key.Value, loopPrefix) {
			t.list.Add(notEvaluated(e.Key.At, e.Key.Value))
			continue
		}
		if t.resources[e.Key.Value] = true; len(t.Resources) == maxResources {
			t.list.Add(tooManyResources(e.Key))
			return
		}
		t.Resources = append(t.Resources, Resource{
			LogicalID: e.Key, Type: last(e.Value, "Type").Scalar(), Condition: last(e.Value, "Condition").Scalar(),
			body: e.Value,
		})
	}
}

// last returns the value of a key; of a repeated one, which is reported, CloudFormation takes the last.
func last(v *tree.Value, key string) *tree.Value {
	for i := len(v.Entries) - 1; i >= 0; i-- {
		if v.Entries[i].Key.Value == key {
			return v.Entries[i].Value
		}
	}
	return &tree.Value{}
}

// noteTransforms says what is not done: a transform may add resources and change any.
func (t *Template) noteTransforms() {
	transform := t.root.Lookup("Transform")
	for _, item := range append([]*tree.Value{transform}, transform.Items...) {
		if item.IsScalar() && item.Text != languageExtensions {
			t.list.Add(transformNotRun(item.Scalar()))
		}
	}
}

const languageExtensions = "AWS::LanguageExtensions"

// transformed reports whether CloudFormation knows more names than the template shows.
func (t *Template) transformed() bool { return t.root.Has("Transform") }

// Properties returns the properties of a resource with every function evaluated.
func (t *Template) Properties(r Resource) *tree.Value {
	if v := t.evaluate(last(r.body, "Properties")); v != nil {
		return v
	}
	return &tree.Value{At: r.LogicalID.At}
}

// Made reports whether CloudFormation makes the resource: whether its condition holds.
func (t *Template) Made(r Resource) Truth {
	if !r.Condition.IsSet() {
		return True
	}
	return t.holds(r.Condition)
}

// Duplicates reports repeated keys: as errors in the resources that are strict, but for what their readers report in
// the properties; as warnings elsewhere, where CloudFormation takes the last.
func (t *Template) Duplicates(strict func(Resource) bool) {
	seen := map[*tree.Value]bool{}
	for _, r := range t.Resources {
		if strict(r) {
			tree.Distinct(t.list, r.body.Entries)
			seen[r.body] = true
		}
	}
	t.duplicates(t.root, seen)
}

func (t *Template) duplicates(v *tree.Value, seen map[*tree.Value]bool) {
	if seen[v] {
		return
	}
	seen[v] = true // an alias shares its value
	var repeated diag.List
	tree.Distinct(&repeated, v.Entries)
	for _, d := range repeated {
		t.list.Add(d.As(diag.Warning))
	}
	for _, e := range v.Entries {
		t.duplicates(e.Value, seen)
	}
	for _, item := range v.Items {
		t.duplicates(item, seen)
	}
}

// once reports whether it is asked for the first time.
func (t *Template) once(key string) bool {
	first := !t.reported[key]
	t.reported[key] = true
	return first
}
