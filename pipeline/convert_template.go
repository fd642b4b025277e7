package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Names in the templates that Convert makes.
const (
	madeLogicalID       = "Pipeline"
	madeRoleParameter   = "PipelineRoleArn"
	madeBucketParameter = "ArtifactBucket"
)

// template returns a template with the pipeline as its one resource. What CloudFormation needs and the definition
// does not have becomes a parameter, and so does every value that only AWS knows: there is nothing else in the
// template that it could be taken from.
func (w *writing) template(p *Pipeline) *tree.Value {
	if !p.RoleArn.IsSet() {
		p.RoleArn = placeholderOf(p, madeRoleParameter)
		w.list.Add(parameterMade(p.At, "roleArn", madeRoleParameter))
	}
	if p.hasNoStore() {
		p.ArtifactStore = &ArtifactStore{
			At: p.At, Type: Text{Value: "S3", At: p.At}, Location: placeholderOf(p, madeBucketParameter),
		}
		w.list.Add(parameterMade(p.At, "artifactStore", madeBucketParameter))
	}
	p.Template = &Template{}
	properties := withShortForms(templateStructure.written(w, p))
	var parameters []tree.Entry
	for _, value := range w.taken {
		if !isPseudoParameter(value.name) {
			parameters = append(parameters, parameterOf(value))
		}
	}
	return frame(p, parameters, properties)
}

func frame(p *Pipeline, parameters []tree.Entry, properties *tree.Value) *tree.Value {
	description := "A pipeline" // no function may be in it
	if p.Name.IsKnown() {
		description = "The pipeline " + p.Name.Value
	}
	entries := []tree.Entry{
		entryOf("AWSTemplateFormatVersion", stringOf("2010-09-09")), entryOf("Description", stringOf(description)),
	}
	if len(parameters) > 0 {
		entries = append(entries, entryOf("Parameters", mappingOf(parameters...)))
	}
	resource := mappingOf(entryOf("Type", stringOf(pipelineResource)), entryOf("Properties", properties))
	entries = append(entries, entryOf("Resources", mappingOf(entryOf(madeLogicalID, resource))))
	return mappingOf(entries...)
}

// withShortForms writes {"Fn::Sub": "..."} as !Sub, and as !Ref where it is nothing but one name. In JSON, which has
// no short forms, they become Fn::Sub and Ref again.
func withShortForms(v *tree.Value) *tree.Value {
	if len(v.Entries) == 1 && v.Entries[0].Key.Value == "Fn::Sub" {
		return shortForm(v.Entries[0].Value.Text)
	}
	for i := range v.Entries {
		v.Entries[i].Value = withShortForms(v.Entries[i].Value)
	}
	for i := range v.Items {
		v.Items[i] = withShortForms(v.Items[i])
	}
	return v
}

func shortForm(sub string) *tree.Value {
	name := strings.TrimSuffix(strings.TrimPrefix(sub, "${"), "}")
	if sub == "${"+name+"}" && isParameterName(strings.TrimPrefix(name, "AWS::")) {
		return &tree.Value{Kind: tree.String, Tag: "!Ref", Text: name}
	}
	return &tree.Value{Kind: tree.String, Tag: "!Sub", Text: sub}
}

// isParameterName reports whether a template's parameter can have the name.
func isParameterName(name string) bool { return name != "" && name == lettersOf(name) }

func isPseudoParameter(name string) bool { return strings.HasPrefix(name, "AWS::") }

// parameterName makes the name of a parameter out of that of a placeholder, and no name twice.
func (w *writing) parameterName(placeholder string) string {
	base := cmp.Or(lettersOf(placeholder), "Value")
	name := base
	for n := 2; slices.ContainsFunc(w.taken, func(v takenValue) bool { return v.name == name }); n++ {
		name = base + strconv.Itoa(n)
	}
	return name
}

// lettersOf leaves the letters and digits of a text, which is all that the names of parameters have.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, text)
}

func parameterOf(value takenValue) tree.Entry {
	descriptions := map[string]string{
		madeRoleParameter:   "The role that runs the pipeline",
		madeBucketParameter: "The bucket that keeps the artifacts",
	}
	description := cmp.Or(descriptions[value.name], "The value of "+value.placeholder)
	return entryOf(value.name, mappingOf(
		entryOf("Type", stringOf("String")), entryOf("Description", stringOf(description))))
}

// placeholderOf returns a text that only the user of the template knows.
func placeholderOf(p *Pipeline, name string) Text {
	value := "${" + name + "}"
	return Text{Value: value, At: p.At, Placeholders: []tree.Placeholder{{Name: name, Start: 0, End: len(value)}}}
}

func stringOf(text string) *tree.Value { return &tree.Value{Kind: tree.String, Text: text} }

func mappingOf(entries ...tree.Entry) *tree.Value {
	return &tree.Value{Kind: tree.Mapping, Entries: entries}
}
