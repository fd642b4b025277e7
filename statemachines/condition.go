package statemachines

import "github.com/penstock-ci/penstock/pipeline"

// Members of a stage that hold conditions.
const (
	beforeEntry = "beforeEntry"
	onSuccess   = "onSuccess"
	onFailure   = "onFailure"
)

// Results of conditions that change the way of an execution; the handler that fails a stage acts upon the others.
const (
	resultSkip     = "SKIP"
	resultRollback = "ROLLBACK"
)

// skips says whether the stage is skipped when a rule before its entry does not hold.
func skips(s *pipeline.Stage) bool { return has(s.BeforeEntry, resultSkip) }

// rollsBack says whether a rule after success that does not hold rolls the stage back: then the stage's own answer to
// failures is not asked.
func rollsBack(s *pipeline.Stage) bool { return has(s.OnSuccess, resultRollback) }

func has(c *pipeline.StageConditions, result string) bool {
	if c == nil {
		return false
	}
	for i := range c.Conditions {
		if c.Conditions[i].Result.Value == result {
			return true
		}
	}
	return false
}
