package pipeline

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Parse reads a definition: JSON or YAML; the API's form, the output of get-pipeline or the authoring form. file is
// used in positions, and its extension decides between JSON and YAML where the content does not.
//
// The pipeline is never nil. When the document could not be read at all, Check finds nothing more in it; otherwise
// one Parse and one Check report everything. The list is sorted.
func Parse(file string, source []byte) (*Pipeline, diag.List) {
	var list diag.List
	p := &Pipeline{}
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	if len(source) > maxSourceBytes {
		list.Add(tooLarge(file, len(source), maxSourceBytes))
		p.unreadable = true
		return p, list
	}
	root := read(file, source, &list)
	if p.unreadable = list.HasErrors() && root.kind == nullKind; !p.unreadable {
		readDocument(&list, root, p)
	}
	return p, list.Sorted()
}

func read(file string, source []byte, list *diag.List) *value {
	if isJSON(file, source) {
		return readJSON(file, source, list)
	}
	return readYAML(file, source, list)
}

// isJSON decides how to read a source. YAML holds JSON, but the JSON reader is faster and its messages fit.
func isJSON(file string, source []byte) bool {
	extension := strings.ToLower(filepath.Ext(file))
	if extension == ".json" || json.Valid(source) {
		return true
	}
	return extension != ".yaml" && extension != ".yml" && bytes.HasPrefix(bytes.TrimSpace(source), []byte("{"))
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

// readDocument tells the forms apart and reads the pipeline.
func readDocument(list *diag.List, root *value, p *Pipeline) {
	switch {
	case root.kind == nullKind && root.tag == "":
		list.Add(emptyDefinition(root.at))
		p.unreadable = true
	case isTemplate(root):
		list.Add(templateNotYet(root.at))
		p.unreadable = true
	case root.has("pipeline"):
		readWrapped(list, root, p)
	default:
		p.unreadable = !bareStructure.read(list, root, p)
	}
}

// bareStructure is a pipeline with nothing around it: its tags, which stand beside it otherwise, are in it.
var bareStructure = func() structure[Pipeline] {
	bare := pipelineStructure
	bare.fields = append(slices.Clip(bare.fields), field[Pipeline]{
		"tags", optional, func(p *Pipeline) slot { return listOf(&p.Tags, &tagStructure, maxTags) },
	})
	return bare
}()

func readWrapped(list *diag.List, root *value, p *Pipeline) {
	d := document{pipeline: p}
	documentStructure.read(list, root, &d)
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

// isTemplate recognises a CloudFormation template.
func isTemplate(root *value) bool {
	if root.has("AWSTemplateFormatVersion") {
		return true
	}
	for _, resource := range root.lookup("Resources").entries {
		if resource.value.lookup("Type").text == "AWS::CodePipeline::Pipeline" {
			return true
		}
	}
	return false
}

// ignoredSlot accepts a member that has no meaning here, and remembers that it was there.
type ignoredSlot struct{ seen *bool }

func (s ignoredSlot) present() bool                   { return *s.seen }
func (s ignoredSlot) read(*diag.List, member, *value) { *s.seen = true }
func (s ignoredSlot) limits(*diag.List, member)       {}
func (s ignoredSlot) write(out []byte) []byte         { return append(out, "null"...) }
