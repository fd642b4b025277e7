package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkUniqueArtifacts wants every output artifact to have one producer.
func checkUniqueArtifacts(d *definition, list *diag.List) {
	seen := map[string]Text{}
	for i := range d.actions {
		for _, output := range d.actions[i].OutputArtifacts {
			once(list, seen, output.Name, func(first Text) diag.Diagnostic { return duplicateArtifact(output.Name, first) })
		}
	}
}
