package statemachines

import "github.com/penstock-ci/penstock/pipeline"

// Transitions of every successful execution besides those of its stages: Start, Route, Finish and Succeeded; and where it
// goes over into the next machine: Continue, Continued, and there Start, Resume and Resumed.
const (
	transitionsAround = 4
	transitionsOver   = 5
)

// Budget returns the number of state transitions of an execution that succeeds without a retry, in this many machines:
// what Step Functions bills. A stage entry, a lone action, and a condition on an action cost one each, a group of k parallel
// actions k+2; the rules of a condition cost what actions do.
func Budget(p *pipeline.Pipeline, machines int) int {
	transitions := transitionsAround + (machines-1)*transitionsOver
	for i := range p.Stages {
		s := &p.Stages[i]
		transitions += 1 + costOfRules(s.BeforeEntry) + costOfRules(s.OnSuccess)
		for _, group := range s.Groups() {
			transitions += costOfGroup(len(group))
			for _, a := range group {
				transitions += min(len(a.When), 1)
			}
		}
	}
	return transitions
}

func costOfRules(c *pipeline.StageConditions) int {
	rules := 0
	if c != nil {
		for i := range c.Conditions {
			rules += len(c.Conditions[i].Rules)
		}
	}
	return costOfGroup(rules)
}

func costOfGroup(k int) int {
	if k < 2 {
		return k
	}
	return k + 2
}
