package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkPrimarySource wants a CodeBuild action with several inputs to say which of them holds the buildspec.
func checkPrimarySource(d *definition, list *diag.List) {
	for a := range d.performers() {
		if a.ActionTypeID.Provider.Value != "CodeBuild" || !a.known {
			continue
		}
		inputs, open := a.inputNames()
		primary, there := a.Setting("PrimarySource")
		switch {
		case !there && len(inputs) > 1:
			list.Add(missingPrimarySource(a, inputs))
		case there && !open && isLiteral(primary) && !slices.Contains(inputs, primary.Value):
			list.Add(unknownPrimarySource(primary, inputs))
		}
	}
}

// inputNames returns the names of the input artifacts, and whether one of them is not known.
func (a *placedAction) inputNames() (names []string, open bool) {
	for _, input := range a.InputArtifacts {
		names = append(names, input.Value)
		open = open || !input.IsKnown()
	}
	return names, open
}
