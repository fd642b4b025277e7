package statemachines

import "github.com/penstock-ci/penstock/pipeline"

// transitionsAround counts the states that every successful execution enters besides those of its stages: Start,
// Finish and Succeeded.
const transitionsAround = 3

// Budget returns the number of state transitions of an execution that succeeds without a retry: what Step Functions
// bills. A stage entry and a lone action cost one each, a group of k parallel actions k+2.
func Budget(p *pipeline.Pipeline) int {
	transitions := transitionsAround
	for i := range p.Stages {
		transitions++
		for _, group := range p.Stages[i].Groups() {
			transitions += len(group)
			if len(group) > 1 {
				transitions += 2
			}
		}
	}
	return transitions
}
