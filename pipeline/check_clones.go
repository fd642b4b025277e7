package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkClones finds actions that take a reference to a clone and cannot use one: only CodeBuild can, in its own actions
// and, since Commands run there, in theirs.
func checkClones(d *definition, list *diag.List) {
	clones := map[string]Text{}
	for i := range d.actions {
		format, _ := d.actions[i].Setting("OutputArtifactFormat")
		if d.actions[i].ActionTypeID.Category.Value != "Source" || format.Value != "CODEBUILD_CLONE_REF" {
			continue
		}
		for _, output := range d.actions[i].OutputArtifacts {
			clones[output.Name.Value] = format
		}
	}
	for a := range d.performers() {
		provider := a.ActionTypeID.Provider.Value
		if !a.known || a.ActionTypeID.Owner.Value != "AWS" || provider == "CodeBuild" || provider == "Commands" {
			continue
		}
		for _, input := range a.InputArtifacts {
			if format, isClone := clones[input.Value]; isClone {
				list.Add(takesClone(a, input, format))
			}
		}
	}
}
