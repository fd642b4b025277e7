package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkArtifactCounts holds the numbers of artifacts against what the action type takes and makes.
func checkArtifactCounts(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		if !a.known {
			continue
		}
		if n := len(a.InputArtifacts); !a.actionType.Inputs.allow(n) {
			list.Add(wrongArtifactCount(a, "input", n, a.actionType.Inputs))
		}
		if n := len(a.OutputArtifacts); !a.actionType.Outputs.allow(n) {
			list.Add(wrongArtifactCount(a, "output", n, a.actionType.Outputs))
		}
	}
}

func (c Counts) allow(n int) bool { return c.Min <= n && n <= c.Max }
