package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkConstraints holds the definition against the API's model, and what a template has beyond it against
// CloudFormation's: what is required, how long, of which letters.
func checkConstraints(d *definition, list *diag.List) {
	whole := &bareStructure // the pipeline with its tags
	if t := d.Template; t != nil {
		whole = &templateStructure
		limitsOfAll(list, t.CustomActionTypes, &customActionTypeStructure)
		limitsOfAll(list, t.Webhooks, &webhookStructure)
	}
	whole.limits(list, d.spelling(), d.Pipeline)
}

// limitsOfAll checks resources of a template.
func limitsOfAll[T any](list *diag.List, items []T, s *structure[T]) {
	for i := range items {
		s.limits(list, upperCamel, &items[i])
	}
}
