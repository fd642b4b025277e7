package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkConstraints holds the definition against the API's model: what is required, how long, of which letters.
func checkConstraints(d *definition, list *diag.List) {
	pipelineStructure.limits(list, d.Pipeline)
	for i := range d.Tags {
		tagStructure.limits(list, &d.Tags[i])
	}
}
