package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkNamesInCase finds names that only differ in case: right for CodePipeline, and a trap for their reader.
func checkNamesInCase(d *definition, list *diag.List) {
	stages, artifacts := namesInCase{what: "stages"}, namesInCase{what: "output artifacts"}
	spaces, variables := namesInCase{what: "namespaces"}, namesInCase{what: "pipeline variables"}
	for i := range d.Stages {
		stages.add(list, d.Stages[i].Name)
		actions := namesInCase{what: "actions"}
		for j := range d.Stages[i].Actions {
			actions.add(list, d.Stages[i].Actions[j].Name)
		}
	}
	for i := range d.actions {
		spaces.add(list, d.actions[i].Namespace)
		for _, output := range d.actions[i].OutputArtifacts {
			artifacts.add(list, output.Name)
		}
	}
	for i := range d.Variables {
		variables.add(list, d.Variables[i].Name)
	}
}

// namesInCase holds the names of one kind by how they read without case.
type namesInCase struct {
	what string
	seen map[string]Text
}

func (n *namesInCase) add(list *diag.List, name Text) {
	if name.Value == "" || !name.IsKnown() {
		return
	}
	if n.seen == nil {
		n.seen = map[string]Text{}
	}
	folded := strings.ToLower(name.Value)
	first, there := n.seen[folded]
	switch {
	case !there:
		n.seen[folded] = name
	case first.Value != name.Value:
		list.Add(namesDifferInCase(name, first, n.what))
	}
}
