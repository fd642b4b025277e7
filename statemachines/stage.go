package statemachines

import (
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// stage adds the states of one stage: its entry, its actions by runOrder, and the state that fails it.
func (c *compiler) stage(s *stagePlan, next string) {
	name := asl.Literal(s.stage.Name.Value)
	c.enter(s, name, next)
	for i := range s.groups {
		if g := &s.groups[i]; len(g.actions) == 1 {
			c.lone(s, g.actions[0], s.after(i, next))
		} else {
			c.group(s, g, s.after(i, next))
		}
	}
	c.fail(s, name)
}

// enter asks for the stage and waits, however long others are before.
func (c *compiler) enter(s *stagePlan, name, next string) {
	task := call{function: events.GateStageFunction, token: true}.task(asl.Object{asl.Field("stage", name)})
	task.Catch = []asl.Catcher{catchEnded(), catchFailure("", s.fail)}
	task.Next = s.after(-1, next)
	c.states.Add(s.enter, task)
}

// fail records that the stage failed and why. What fails here after its retries fails the machine, which is noticed
// outside.
func (c *compiler) fail(s *stagePlan, name string) {
	task := call{function: events.FailStageFunction}.task(asl.Object{
		asl.Field("stage", name),
		asl.Field("failures", asl.Expr("$"+varFailures)),
	})
	task.Catch = []asl.Catcher{catchEnded()}
	task.Output = asl.Object{asl.Field("stage", name)}
	task.Next = nameFailed
	c.states.Add(s.fail, task)
}
