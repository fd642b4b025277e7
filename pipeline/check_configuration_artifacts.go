package pipeline

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Configuration keys of AWS's deployments that name an artifact: whole, or as Artifact::path.
var (
	artifactKeys = []string{
		"TaskDefinitionTemplateArtifact", "AppSpecTemplateArtifact", "Image1ArtifactName", "Image2ArtifactName",
		"Image3ArtifactName", "Image4ArtifactName",
	}
	artifactPathKeys = []string{"TemplatePath", "TemplateConfiguration"}
	// keys that take a list, or a file of an artifact instead
	perhapsPathKeys = []string{"Parameters", "DeploymentTargets", "ParameterOverrides"}
)

// withoutTemplate are the modes of a CloudFormation action that ignore the template.
var withoutTemplate = []string{"CHANGE_SET_EXECUTE", "DELETE_ONLY"}

// checkConfigurationArtifacts wants the artifacts that a configuration names to be inputs of the action.
func checkConfigurationArtifacts(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		id, mode := a.ActionTypeID, settingOf(a, "ActionMode")
		if id.Category.Value != "Deploy" || id.Owner.Value != "AWS" || isOneOf(mode, withoutTemplate) {
			continue
		}
		for _, entry := range a.Configuration {
			if isLiteral(entry.Value) {
				checkNamedArtifacts(d, list, a, entry)
			}
		}
	}
}

func settingOf(a *placedAction, key string) Text {
	value, _ := a.Setting(key)
	return value
}

func checkNamedArtifacts(d *definition, list *diag.List, a *placedAction, entry Property) {
	value := entry.Value
	name, _, isPath := strings.Cut(value.Value, "::")
	switch key := entry.Key.Value; {
	case slices.Contains(artifactKeys, key):
		d.wantInput(list, a, value, entry.Key)
	case slices.Contains(artifactPathKeys, key) && !isPath:
		list.Add(as(d.options.severity(diag.Warning), notAnArtifactPath(entry)))
	case slices.Contains(artifactPathKeys, key),
		isPath && slices.Contains(perhapsPathKeys, key) && artifactName.allows(name):
		d.wantInput(list, a, Text{Value: name, At: within(value, 0, len(name))}, entry.Key)
	case key == "ParameterOverrides":
		for _, name := range artifactsIn(value.Value) {
			d.wantInput(list, a, Text{Value: name, At: value.At}, entry.Key)
		}
	}
}

// wantInput reports a name that is no input artifact of the action.
func (d *definition) wantInput(list *diag.List, a *placedAction, name, key Text) {
	inputs, open := a.inputNames()
	if !open && !slices.Contains(inputs, name.Value) {
		list.Add(as(d.options.severity(diag.Warning), artifactNotAnInput(name, key, a, inputs)))
	}
}

// artifactsIn returns the artifacts that a JSON object of parameters takes values from: those of Fn::GetArtifactAtt
// and Fn::GetParam, in the order of the parameters' names.
func artifactsIn(overrides string) []string {
	var parameters map[string]json.RawMessage
	if json.Unmarshal([]byte(overrides), &parameters) != nil {
		return nil // reported as no JSON
	}
	var names []string
	for _, parameter := range keysOf(parameters) {
		var from struct {
			Attribute []string `json:"Fn::GetArtifactAtt"`
			Param     []string `json:"Fn::GetParam"`
		}
		if json.Unmarshal(parameters[parameter], &from) != nil {
			continue
		}
		for _, arguments := range [][]string{from.Attribute, from.Param} {
			if len(arguments) > 0 && !slices.Contains(names, arguments[0]) {
				names = append(names, arguments[0])
			}
		}
	}
	return names
}
