package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkRequiredByForm asks for what only a template and the service's own output must have: everywhere else the platform supplies a
// role and an artifact store.
func checkRequiredByForm(d *definition, list *diag.List) {
	if d.Form != FormOutput && d.Form != FormTemplate {
		return
	}
	var missing []string
	if !d.RoleArn.IsSet() {
		missing = append(missing, d.spelling().of("roleArn"))
	}
	if d.ArtifactStore == nil && len(d.ArtifactStores) == 0 {
		missing = append(missing, d.spelling().of("artifactStore"))
	}
	if len(missing) > 0 {
		list.Add(missingFields(d.At, pipelineStructure.describe(d.Pipeline), missing))
	}
}
