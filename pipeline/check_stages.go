package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

const (
	maxActions      = 1000 // in a pipeline
	manyStageAction = 50   // in a stage: one row of AWS's quotas allows so many, another 100
)

// checkStageCount wants two stages: one that fetches and one that uses what was fetched.
func checkStageCount(d *definition, list *diag.List) {
	if len(d.Stages) == 1 {
		list.Add(tooFewStages(d.Stages[0].At))
	}
}

// checkActionCount holds the number of actions against AWS's quotas.
func checkActionCount(d *definition, list *diag.List) {
	if n := len(d.actions); n > maxActions {
		list.Add(tooManyActions(d.actions[maxActions].At, n, maxActions))
	}
	for i := range d.Stages {
		if n := len(d.Stages[i].Actions); n > manyStageAction && n <= 2*manyStageAction {
			list.Add(manyActions(&d.Stages[i], n, manyStageAction))
		}
	}
}

// checkBlockers says that blockers do nothing: the API keeps them for the future.
func checkBlockers(d *definition, list *diag.List) {
	for i := range d.Stages {
		if blockers := d.Stages[i].Blockers; len(blockers) > 0 {
			list.Add(blockersIgnored(blockers[0].At))
		}
	}
}
