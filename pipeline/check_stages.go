package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkStageCount wants two stages: one that fetches and one that uses what was fetched.
func checkStageCount(d *definition, list *diag.List) {
	if len(d.Stages) == 1 {
		list.Add(tooFewStages(d.Stages[0].At))
	}
}
