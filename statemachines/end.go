package statemachines

import (
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// stageFailed is the error with which a machine fails.
const stageFailed = "StageFailed"

// after is the state that follows stage i.
func (c *compiler) after(i int) string {
	switch {
	case i < c.part.last:
		return c.plan.stages[i+1].enter
	case i+1 < len(c.plan.stages):
		return nameContinue
	default:
		return nameFinish
	}
}

// ends adds the states in which executions of a part end. The record says how one ended; an execution that was stopped,
// superseded or cancelled did not fail, so its machine succeeds. So does one that has started the execution of the next
// part.
func (c *compiler) ends() {
	function, name, status, payload := events.FinishExecutionFunction, nameFinish, nameSucceeded, asl.Object(nil)
	if next := c.part.last + 1; next < len(c.plan.stages) {
		function, name, status = events.ContinueExecutionFunction, nameContinue, nameContinued
		payload = asl.Object{asl.Field("stage", c.plan.stages[next].literal())}
	}
	last := call{function: function}.task(payload)
	last.Catch = []asl.Catcher{catchEnded()}
	last.Next = status
	c.states.Add(name, last)
	c.states.Add(status, &asl.Succeed{Output: asl.Object{asl.Field("status", status)}})
	c.states.Add(nameEnded, &asl.Succeed{Output: asl.Object{
		asl.Field("status", asl.Expr("$"+varEnded+".error")),
		asl.Field("cause", asl.Expr("$"+varEnded+".cause")),
	}})
	c.states.Add(nameFailed, &asl.Fail{
		Error: stageFailed,
		Cause: asl.Expr(`'stage ' & $states.input.stage & ' failed'`),
	})
}
