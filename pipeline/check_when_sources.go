package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkWhenOfSources refuses the condition of a source action: an execution without its artifacts has nothing to do.
func checkWhenOfSources(d *definition, list *diag.List) {
	for i := range d.actions {
		if a := &d.actions[i]; len(a.When) > 0 && a.isSource() {
			list.Add(sourceHasWhen(a))
		}
	}
}
