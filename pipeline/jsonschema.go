package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/jsonschema"
)

// JSONSchema returns the JSON Schema of a form for editors: FormAuthoring, FormRequest (which the output of
// get-pipeline is valid by, too) or FormTemplate. It is written from the tables that Parse and Check read and from the
// catalogue: what it refuses, Parse or Check refuses. Only Check knows what lies between several places of a definition.
func JSONSchema(form Form) ([]byte, error) {
	w := &schemaWriter{form: form, names: map[string]bool{}}
	root, err := w.root()
	if err != nil {
		return nil, err
	}
	root.Schema = jsonschema.Draft
	slices.SortFunc(w.definitions, func(a, b jsonschema.Member) int { return strings.Compare(a.Name, b.Name) })
	root.Definitions = w.definitions
	return root.Encode()
}

// schemaWriter collects the definitions of one form.
type schemaWriter struct {
	form        Form
	names       map[string]bool
	definitions jsonschema.Members
	tell        func(structure, member string) // is told of every member; nil is nobody
}

func (w *schemaWriter) root() (*jsonschema.Schema, error) {
	switch w.form {
	case FormAuthoring:
		return &jsonschema.Schema{
			Title: "Penstock pipeline", Type: jsonschema.Types{"object"},
			If:   &jsonschema.Schema{Required: []string{"pipeline"}},
			Then: documentStructure.schema(w),
			Else: jsonschema.To(w.define("definition of a pipeline", func() *jsonschema.Schema { return bareStructure.object(w) })),
		}, nil
	case FormRequest, FormOutput:
		root := documentStructure.object(w)
		root.Title = "CodePipeline pipeline"
		root.If, root.Then = &jsonschema.Schema{Required: []string{"metadata"}}, w.complete("pipeline")
		return root, nil
	case FormTemplate:
		return w.template(), nil
	}
	return nil, fmt.Errorf("write JSON schema: there is no form %v", w.form)
}

// complete wants a pipeline to have what only the service's own output and a template must have.
func (w *schemaWriter) complete(member string) *jsonschema.Schema {
	spell := w.spelling()
	whole := &jsonschema.Schema{
		Required: []string{spell.of("roleArn")},
		AnyOf: []*jsonschema.Schema{
			{Required: []string{spell.of("artifactStore")}}, {Required: []string{spell.of("artifactStores")}},
		},
	}
	return &jsonschema.Schema{Properties: jsonschema.Members{{Name: member, Schema: whole}}}
}

// template is the schema of a whole template: only CodePipeline's own resources are described.
func (w *schemaWriter) template() *jsonschema.Schema {
	resource := &jsonschema.Schema{}
	for _, kind := range []struct {
		name string
		of   *jsonschema.Schema
	}{
		{pipelineResource, templateStructure.schema(w)},
		{webhookResource, webhookStructure.schema(w)},
		{customResource, customActionTypeStructure.schema(w)},
	} {
		resource.AllOf = append(resource.AllOf, &jsonschema.Schema{
			If: &jsonschema.Schema{
				Required:   []string{"Type"},
				Properties: jsonschema.Members{{Name: "Type", Schema: &jsonschema.Schema{Const: kind.name}}},
			},
			Then: &jsonschema.Schema{
				Required:   []string{"Properties"},
				Properties: jsonschema.Members{{Name: "Properties", Schema: kind.of}},
			},
		})
	}
	pipelineThen := resource.AllOf[0].Then
	pipelineThen.AllOf = []*jsonschema.Schema{w.complete("Properties")}
	return &jsonschema.Schema{
		Title: "CloudFormation template with pipelines", Type: jsonschema.Types{"object"},
		Required: []string{"Resources"},
		Properties: jsonschema.Members{{Name: "Resources", Schema: &jsonschema.Schema{
			Type: jsonschema.Types{"object"}, AdditionalProperties: resource,
		}}},
	}
}

func (w *schemaWriter) spelling() spelling { return w.form == FormTemplate }

// lenient forms take numbers and booleans where strings are meant.
func (w *schemaWriter) lenient() bool { return w.form == FormAuthoring || w.form == FormTemplate }

// define makes a definition once and returns its name, with hyphens for spaces.
func (w *schemaWriter) define(name string, of func() *jsonschema.Schema) string {
	name = strings.ReplaceAll(name, " ", "-")
	if !w.names[name] {
		w.names[name] = true
		w.definitions = append(w.definitions, jsonschema.Member{Name: name, Schema: of()})
	}
	return name
}

// schema refers to the definition of a structure.
func (s *structure[T]) schema(w *schemaWriter) *jsonschema.Schema {
	return jsonschema.To(w.define(s.name, func() *jsonschema.Schema { return s.object(w) }))
}

// object is the schema of a structure: its members, no others.
func (s *structure[T]) object(w *schemaWriter) *jsonschema.Schema {
	how := w.spelling()
	object := &jsonschema.Schema{
		Description: s.hint, Type: jsonschema.Types{"object"}, AdditionalProperties: false,
	}
	for i := range s.fields {
		f := &s.fields[i]
		if !s.has(f.name, how) || s.isOurs(f.name) && w.form != FormAuthoring {
			continue
		}
		if f.required && !w.supplied(s.name, f.name) {
			object.Required = append(object.Required, how.of(f.name))
		}
		if w.tell != nil {
			w.tell(s.name, f.name)
		}
		member := w.member(f.slot(blank[T]()))
		member.Description = memberWords[s.name+" "+f.name]
		object.Properties = append(object.Properties, jsonschema.Member{Name: how.of(f.name), Schema: member})
	}
	w.narrow(s.name, object)
	return object
}

// blank is a T whose members have a place: those of a template live in a part of the pipeline.
func blank[T any]() *T {
	t := new(T)
	if p, is := any(t).(*Pipeline); is {
		p.Template = &Template{}
	}
	return t
}

// supplied reports members that the form may leave out: a pipeline of a template without a name has its logical ID.
func (w *schemaWriter) supplied(structure, member string) bool {
	return w.form == FormTemplate && structure == "pipeline" && member == "name"
}

// narrow adds what the tables of members do not say.
func (w *schemaWriter) narrow(structure string, object *jsonschema.Schema) {
	spell := w.spelling()
	switch structure {
	case "pipeline":
		if w.form != FormTemplate { // there both may be written, and a condition picks one
			object.Not = &jsonschema.Schema{Required: []string{spell.of("artifactStore"), spell.of("artifactStores")}}
		}
		stages := object.Properties[slices.IndexFunc(object.Properties, isNamed(spell.of("stages")))].Schema
		stages.MinItems = 2
	case "action":
		object.AllOf = w.actionTypes()
	case "rule":
		object.AllOf = w.ruleTypes()
	}
}

func isNamed(name string) func(jsonschema.Member) bool {
	return func(m jsonschema.Member) bool { return m.Name == name }
}

// describing is a slot that knows its schema.
type describing interface {
	schema(w *schemaWriter) *jsonschema.Schema
}

// member is the schema of a slot; one that does not know its schema takes anything. In a template every value may be
// computed.
func (w *schemaWriter) member(s slot) *jsonschema.Schema {
	d, described := s.(describing)
	if !described {
		return &jsonschema.Schema{}
	}
	return w.orComputed(d.schema(w))
}

// orComputed allows an intrinsic function in place of a value.
func (w *schemaWriter) orComputed(s *jsonschema.Schema) *jsonschema.Schema {
	if w.form != FormTemplate {
		return s
	}
	computed := jsonschema.To(w.define("intrinsic function", intrinsicFunction))
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, computed}}
}

// intrinsicFunction is a mapping of one key, or what an editor sees of a short form like !If: its list, which begins
// with a text or a number, as no list of stages or actions does.
func intrinsicFunction() *jsonschema.Schema {
	return &jsonschema.Schema{
		Description: "An intrinsic function; of a short form like !If [...] an editor sees the list.",
		AnyOf: []*jsonschema.Schema{
			{
				Type: jsonschema.Types{"object"}, MinProperties: 1, MaxProperties: 1,
				PropertyNames: &jsonschema.Schema{Pattern: `^(Ref|Condition|Fn::[A-Za-z0-9:]+)$`},
			},
			{
				Type: jsonschema.Types{"array"}, MinItems: 2, MaxItems: jsonschema.Int(3),
				Items: []*jsonschema.Schema{{Type: jsonschema.Types{"string", "number"}}},
			},
		},
	}
}
