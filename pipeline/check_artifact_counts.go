package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkArtifactCounts holds the numbers of artifacts against what the action type takes and makes.
func checkArtifactCounts(d *definition, list *diag.List) {
	for a := range d.performers() {
		if !a.known {
			continue
		}
		if n := len(a.InputArtifacts); !a.actionType.Inputs.Allow(n) {
			list.Add(wrongArtifactCount(a, "input", n, a.actionType.Inputs))
		}
		if n := len(a.OutputArtifacts); !a.actionType.Outputs.Allow(n) {
			list.Add(wrongArtifactCount(a, "output", n, a.actionType.Outputs))
		}
	}
}
