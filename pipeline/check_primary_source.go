package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkPrimarySource wants a CodeBuild action with several inputs to say which of them holds the buildspec.
func checkPrimarySource(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		if a.ActionTypeID.Provider.Value != "CodeBuild" || !a.known {
			continue
		}
		inputs := make([]string, len(a.InputArtifacts))
		for i, input := range a.InputArtifacts {
			inputs[i] = input.Value
		}
		primary, there := a.Setting("PrimarySource")
		switch {
		case !there && len(inputs) > 1:
			list.Add(missingPrimarySource(a, inputs))
		case there && !slices.Contains(inputs, primary.Value) && len(References(primary.Value)) == 0:
			list.Add(unknownPrimarySource(primary, inputs))
		}
	}
}
