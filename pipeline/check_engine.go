package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkEngine finds what is right in CodePipeline and not run here: an error for the engine that is asked for, a note
// otherwise.
func checkEngine(d *definition, list *diag.List) {
	severity := d.options.severity(diag.Note)
	for i := range d.actions {
		a := &d.actions[i]
		if d.options.Runs != nil && a.known && !d.options.Runs(a.actionType) {
			list.Add(actionTypeNotRun(a, d.options.For, severity))
		}
	}
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			list.Add(notSupportedYet(set.at, set.kind, severity))
		}
	}
	if len(d.Triggers) > 0 {
		// Triggers start executions; they change nothing in how one runs.
		list.Add(notSupportedYet(d.Triggers[0].At, "triggers", diag.Note))
	}
}
