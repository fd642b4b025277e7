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

// conditionSet is one of these members, present in a stage.
type conditionSet struct {
	kind       string
	at         diag.Range
	conditions []Condition
	results    []Text // of the conditions, and of onFailure itself
}

// allowedResults says which results each member may have.
var allowedResults = map[string][]string{
	beforeEntry: {"FAIL", "SKIP"},
	onSuccess:   {"FAIL", "ROLLBACK"},
	onFailure:   {"FAIL", "ROLLBACK", "RETRY"},
}

func conditionsOf(s *Stage) []conditionSet {
	var sets []conditionSet
	if c := s.BeforeEntry; c != nil {
		sets = append(sets, conditionSet{beforeEntry, c.At, c.Conditions, resultsOf(c.Conditions)})
	}
	if c := s.OnSuccess; c != nil {
		sets = append(sets, conditionSet{onSuccess, c.At, c.Conditions, resultsOf(c.Conditions)})
	}
	if c := s.OnFailure; c != nil {
		sets = append(sets, conditionSet{onFailure, c.At, c.Conditions, append(resultsOf(c.Conditions), c.Result)})
	}
	return sets
}

func resultsOf(conditions []Condition) []Text {
	results := make([]Text, len(conditions))
	for i := range conditions {
		results[i] = conditions[i].Result
	}
	return results
}

// checkConditions holds the results of conditions against where they stand and the execution mode.
func checkConditions(d *definition, list *diag.List) {
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			checkResults(d, list, set)
		}
		if f := d.Stages[i].OnFailure; f != nil && f.Result.Value == "RETRY" && len(f.Conditions) > 0 {
			list.Add(retryWithConditions(f.Result))
		}
	}
}

func checkResults(d *definition, list *diag.List, set conditionSet) {
	for _, result := range set.results {
		switch {
		case !slices.Contains(conditionResult.values, result.Value): // reported with the constraints, or left out
		case !slices.Contains(allowedResults[set.kind], result.Value):
			list.Add(resultNotAllowed(result, set.kind, allowedResults[set.kind]))
		case result.Value == "ROLLBACK" && d.Mode() == ModeParallel:
			list.Add(rollbackInParallel(result, d.ExecutionMode.At))
		}
	}
}
