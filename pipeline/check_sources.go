package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkSourcePlacement wants source actions in the first stage, and nothing else there.
func checkSourcePlacement(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		switch {
		case !a.ActionTypeID.Category.IsSet() || !a.ActionTypeID.Category.IsKnown():
		case a.moment.stage == 0 && !a.isSource():
			list.Add(notSourceInFirstStage(a))
		case a.moment.stage > 0 && a.isSource():
			list.Add(sourceOutsideFirstStage(a, d.Stages[0].Name.Value))
		}
	}
}
