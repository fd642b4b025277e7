package statemachines

import (
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// stageFailed is the error with which a machine fails.
const stageFailed = "StageFailed"

// ends adds the states in which executions end. The record says how one ended; an execution that was stopped,
// superseded or cancelled did not fail, so its machine succeeds.
func (c *compiler) ends() {
	finish := call{function: events.FinishExecutionFunction}.task(nil)
	finish.Catch = []asl.Catcher{catchEnded()}
	finish.Next = nameSucceeded
	c.states.Add(nameFinish, finish)
	c.states.Add(nameSucceeded, &asl.Succeed{Output: asl.Object{asl.Field("status", nameSucceeded)}})
	c.states.Add(nameEnded, &asl.Succeed{Output: asl.Object{
		asl.Field("status", asl.Expr("$"+varEnded+".error")),
		asl.Field("cause", asl.Expr("$"+varEnded+".cause")),
	}})
	c.states.Add(nameFailed, &asl.Fail{
		Error: stageFailed,
		Cause: asl.Expr(`'stage ' & $states.input.stage & ' failed'`),
	})
}
