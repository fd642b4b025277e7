package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkUnused finds artifacts that nothing takes and pipeline variables that nothing reads.
func checkUnused(d *definition, list *diag.List) {
	taken, open := d.artifactsTaken()
	open = open || len(d.Stages) < 2 // there is not yet who could take them
	for i := range d.actions {
		for _, output := range d.actions[i].OutputArtifacts {
			if name := output.Name; !open && name.Value != "" && name.IsKnown() && !taken[name.Value] {
				list.Add(unusedArtifact(name))
			}
		}
	}
	read, open := d.variablesRead()
	for i := range d.Variables {
		if name := d.Variables[i].Name; !open && name.Value != "" && name.IsKnown() && !read[name.Value] {
			list.Add(unusedVariable(name))
		}
	}
}

// artifactsTaken returns the artifacts that something takes. open says that there is an input that names none of
// them: whatever it means may be any.
func (d *definition) artifactsTaken() (taken map[string]bool, open bool) {
	taken = map[string]bool{}
	for a := range d.performers() {
		for _, input := range a.InputArtifacts {
			_, known := d.artifacts[input.Value]
			taken[input.Value] = true
			open = open || !known
		}
	}
	return taken, open
}

// variablesRead returns the pipeline variables that something reads. open says that a reference names none of them.
func (d *definition) variablesRead() (read map[string]bool, open bool) {
	read = map[string]bool{}
	for a := range d.performers() {
		for t := range a.resolved() {
			for _, reference := range References(t.Value) {
				if reference.Namespace == variablesNamespace || reference.Key == "" {
					read[reference.Key] = true
					open = open || !d.variables[reference.Key]
				}
			}
		}
	}
	return read, open
}
