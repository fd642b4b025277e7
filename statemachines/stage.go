package statemachines

import (
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// stage adds the states of one stage: its entry, the rules before it, its actions by runOrder, the rules after them, the
// rules of its failure, and the states that skip it and fail it. What failed after its actions began is what onFailure is
// about: a failure to enter, or of the rules before entry, goes past it.
func (c *compiler) stage(s *stagePlan, next string) {
	failed := exits{next: s.fail, fail: s.fail, append: true}
	c.enter(s, s.first(next))
	c.group(s, &s.beforeEntry, exits{next: s.after(-1, next), fail: s.fail, skip: s.skip})
	for i := range s.groups {
		c.group(s, &s.groups[i], exits{next: s.after(i, next), fail: s.failing()})
	}
	succeeded := exits{next: next, fail: s.failing()}
	if rollsBack(s.stage) {
		succeeded.fail = s.fail
	}
	c.group(s, &s.onSuccess, succeeded)
	c.group(s, &s.onFailure, failed)
	if s.skip != "" {
		c.skip(s, next)
	}
	c.fail(s)
}

func (s *stagePlan) literal() string { return asl.Literal(s.stage.Name.Value) }

// enter asks for the stage and waits, however long others are before.
func (c *compiler) enter(s *stagePlan, first string) {
	task := call{function: events.GateStageFunction, token: true}.task(asl.Object{asl.Field("stage", s.literal())})
	task.Catch = []asl.Catcher{catchEnded(), exits{fail: s.fail}.catch(nil)}
	task.Next = first
	c.states.Add(s.enter, task)
}

// skip records that a condition led past the stage.
func (c *compiler) skip(s *stagePlan, next string) {
	task := call{function: events.SkipStageFunction}.task(asl.Object{asl.Field("stage", s.literal())})
	task.Catch = []asl.Catcher{catchEnded(), exits{fail: s.fail}.catch(nil)}
	task.Next = next
	c.states.Add(s.skip, task)
}

// fail records that the stage failed and why. What fails here after its retries fails the machine, which is noticed
// outside.
func (c *compiler) fail(s *stagePlan) {
	task := call{function: events.FailStageFunction}.task(asl.Object{
		asl.Field("stage", s.literal()),
		asl.Field("failures", asl.Expr("$"+varFailures)),
	})
	task.Catch = []asl.Catcher{catchEnded()}
	task.Output = asl.Object{asl.Field("stage", s.literal())}
	task.Next = nameFailed
	c.states.Add(s.fail, task)
}
