package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// ParseOptions say what the author of a definition leaves to whoever uses it.
type ParseOptions struct {
	// Parameters are values of a template's parameters, by name; AWS::Region and its like may be among them.
	Parameters map[string]string
	// Pipeline picks one of several pipelines of a template, by its name or its logical ID; "" is all.
	Pipeline string
}

// Parse reads a definition of one pipeline: JSON or YAML; the API's form, the output of get-pipeline, the authoring
// form or a CloudFormation template. file is used in positions, and its extension decides between JSON and YAML where
// the content does not.
//
// The pipeline is never nil. When the document could not be read at all, Check finds nothing more in it; otherwise
// one Parse and one Check report everything. The list is sorted.
func Parse(file string, source []byte) (*Pipeline, diag.List) {
	return ParseOne(file, source, ParseOptions{})
}

// ParseOne is Parse with options. Of several pipelines of a template it takes the one that is picked, or the only one
// that CloudFormation makes; else there is an error.
func ParseOne(file string, source []byte, options ParseOptions) (*Pipeline, diag.List) {
	pipelines, list := ParseAll(file, source, options)
	if len(pipelines) == 1 {
		return pipelines[0], list
	}
	made := slices.DeleteFunc(slices.Clone(pipelines), func(p *Pipeline) bool { return !p.IsMade() })
	if len(made) == 1 {
		return made[0], list
	}
	list.Add(severalPipelines(pipelines[1].Template.LogicalID, namesOf(pipelines)))
	return pipelines[0], list.Sorted()
}

// ParseAll reads every pipeline of a definition, at least one: a template may hold several. The list is about all of
// them.
func ParseAll(file string, source []byte, options ParseOptions) ([]*Pipeline, diag.List) {
	var list diag.List
	unreadable := []*Pipeline{{unreadable: true}}
	if len(source) > tree.MaxSourceBytes {
		list.Add(tooLarge(file, len(source), tree.MaxSourceBytes))
		return unreadable, list
	}
	root := tree.Read(file, source, &list)
	if list.HasErrors() && root.Kind == tree.Null {
		return unreadable, list.Sorted()
	}
	pipelines := readDocument(&list, root, options)
	if len(pipelines) == 0 {
		pipelines = unreadable
	}
	return pick(&list, pipelines, options.Pipeline), list.Sorted()
}

// pick leaves the pipeline with that name or logical ID.
func pick(list *diag.List, pipelines []*Pipeline, name string) []*Pipeline {
	if name == "" || pipelines[0].unreadable && len(pipelines) == 1 {
		return pipelines
	}
	for _, p := range pipelines {
		if p.Name.Value == name || p.Template != nil && p.Template.LogicalID.Value == name {
			return []*Pipeline{p}
		}
	}
	list.Add(unknownPipeline(pipelines[0].At, name, namesOf(pipelines)))
	return pipelines[:1]
}

func namesOf(pipelines []*Pipeline) []string {
	names := make([]string, len(pipelines))
	for i, p := range pipelines {
		names[i] = p.Name.Value
	}
	return names
}

// document is what surrounds a pipeline in the API's form.
type document struct {
	at       diag.Range
	pipeline *Pipeline
	tags     []Tag
	metadata bool
}

var documentStructure = structure[document]{
	name: "definition",
	at:   func(d *document) *diag.Range { return &d.at },
	fields: []field[document]{
		{"pipeline", required, func(d *document) slot { return part(&d.pipeline, &pipelineStructure) }},
		{"tags", optional, func(d *document) slot { return listOf(&d.tags, &tagStructure, maxTags) }},
		{"metadata", optional, func(d *document) slot { return ignoredSlot{&d.metadata} }},
	},
}

// readDocument tells the forms apart and reads the pipelines.
func readDocument(list *diag.List, root *tree.Value, options ParseOptions) []*Pipeline {
	p := &Pipeline{}
	switch {
	case root.IsAbsent():
		list.Add(emptyDefinition(root.At))
		p.unreadable = true
	case isTemplate(root):
		return readTemplate(list, root, options)
	case root.Has("pipeline"):
		readWrapped(list, root, p)
	default:
		p.unreadable = !bareStructure.read(list, lowerCamel, root, p)
	}
	return []*Pipeline{p}
}

// bareStructure is a pipeline with nothing around it: its tags, which stand beside it otherwise, are in it.
var bareStructure = func() structure[Pipeline] {
	bare := pipelineStructure
	bare.fields = append(slices.Clip(bare.fields), field[Pipeline]{
		"tags", optional, func(p *Pipeline) slot { return listOf(&p.Tags, &tagStructure, maxTags) },
	})
	return bare
}()

func readWrapped(list *diag.List, root *tree.Value, p *Pipeline) {
	d := document{pipeline: p}
	documentStructure.read(list, lowerCamel, root, &d)
	if d.pipeline == p {
		p.unreadable = true // its value was no mapping: reported
		return
	}
	*p = *d.pipeline
	p.Tags = d.tags
	p.Form = FormRequest
	if d.metadata {
		p.Form = FormOutput
	}
}

// ignoredSlot accepts a member that has no meaning here, and remembers that it was there.
type ignoredSlot struct{ seen *bool }

func (s ignoredSlot) present() bool                        { return *s.seen }
func (s ignoredSlot) read(*diag.List, member, *tree.Value) { *s.seen = true }
func (s ignoredSlot) limits(*diag.List, member)            {}
func (s ignoredSlot) write(out []byte) []byte              { return append(out, "null"...) }
