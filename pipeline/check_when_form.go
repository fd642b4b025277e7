package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkWhenForm keeps conditions of actions in the authoring form. The other forms are AWS's: what it has no member for
// would be refused there, or left out.
func checkWhenForm(d *definition, list *diag.List) {
	if d.Form == FormAuthoring {
		return
	}
	for i := range d.actions {
		if a := &d.actions[i]; len(a.When) > 0 {
			list.Add(onlyInAuthoringForm(a, d.Form))
		}
	}
}
