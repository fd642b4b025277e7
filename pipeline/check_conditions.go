package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Members of a stage that hold conditions.
const (
	beforeEntry = "beforeEntry"
	onSuccess   = "onSuccess"
	onFailure   = "onFailure"
)

// Results of conditions.
const (
	resultRollback = "ROLLBACK"
	resultFail     = "FAIL"
	resultRetry    = "RETRY"
	resultSkip     = "SKIP"
)

// conditionSet is one of these members, present in a stage.
type conditionSet struct {
	kind       string
	at         diag.Range
	conditions []Condition
}

// allowedResults says which results the conditions of each member may have.
var allowedResults = map[string][]string{
	beforeEntry: {resultFail, resultSkip},
	onSuccess:   {resultFail, resultRollback},
	onFailure:   {resultRollback, resultFail},
}

// failureResults are what onFailure itself may have. FAIL is what happens anyway.
var failureResults = []string{resultRollback, resultRetry, resultFail}

func conditionsOf(s *Stage) []conditionSet {
	var sets []conditionSet
	if c := s.BeforeEntry; c != nil {
		sets = append(sets, conditionSet{beforeEntry, c.At, c.Conditions})
	}
	if c := s.OnSuccess; c != nil {
		sets = append(sets, conditionSet{onSuccess, c.At, c.Conditions})
	}
	if c := s.OnFailure; c != nil {
		sets = append(sets, conditionSet{onFailure, c.At, c.Conditions})
	}
	return sets
}

// checkConditions holds conditions against where they stand: their results, and that they have rules.
func checkConditions(d *definition, list *diag.List) {
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			for j := range set.conditions {
				checkCondition(d, list, resultPlace{set.kind, i, allowedResults[set.kind]}, &set.conditions[j])
			}
		}
		if f := d.Stages[i].OnFailure; f != nil {
			checkResult(d, list, resultPlace{onFailure, i, failureResults}, f.Result)
		}
	}
}

func checkCondition(d *definition, list *diag.List, place resultPlace, c *Condition) {
	if !c.Result.IsSet() {
		list.Add(missingResult(c.At, place.kind, place.allowed[0]))
	}
	if len(c.Rules) == 0 {
		list.Add(missingRules(c.At, place.kind))
	}
	checkResult(d, list, place, c.Result)
}

// resultPlace is where a result stands: what it belongs to, in which stage, and what it may be.
type resultPlace struct {
	kind    string
	stage   int
	allowed []string
}

func checkResult(d *definition, list *diag.List, place resultPlace, result Text) {
	switch {
	case !result.IsKnown() || !slices.Contains(conditionResult.values, result.Value): // left out, or reported before
	case !slices.Contains(place.allowed, result.Value):
		list.Add(resultNotAllowed(result, place.kind, place.allowed))
	case result.Value != resultRollback:
	case place.stage == 0:
		list.Add(rollbackOfSources(result, d.Stages[0].Name.Value))
	case d.Mode() == ModeParallel:
		list.Add(rollbackInParallel(result, d.ExecutionMode.At))
	}
}
