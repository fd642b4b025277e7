package statemachines

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// group adds the states of several actions with one runOrder. A Parallel state stops the other branches as soon as one
// fails, where CodePipeline lets them finish: so no branch fails, and the state after it looks at what they returned.
func (c *compiler) group(s *stagePlan, g *groupPlan, next string) {
	parallel := &asl.Parallel{
		Catch:      []asl.Catcher{catchFailure("", s.fail)},
		Data:       asl.Data{Assign: c.assignGroup(g)},
		Transition: asl.Transition{Next: g.joined},
	}
	for _, a := range g.actions {
		parallel.Branches = append(parallel.Branches, c.branch(s, a))
	}
	c.states.Add(g.parallel, parallel)
	c.join(s, g, next)
}

// branch runs one action. Its output is {action, outputArtifacts, outputVariables}, of the last two what is read
// later, or {failed}: a branch may not assign the machine's variables.
func (c *compiler) branch(s *stagePlan, a actionPlan) asl.Branch {
	called := callOf(a.action)
	task := called.task(c.actionPayload(s, a.action))
	output := asl.Object{asl.Field("action", asl.Literal(a.action.Name.Value))}
	if c.scope.readsArtifacts(a.action) {
		output = append(output, asl.Field(fieldOutputArtifacts, asl.Expr(called.result(fieldOutputArtifacts))))
	}
	if c.scope.readsVariables(a.action) {
		output = append(output, asl.Field(fieldOutputVariables, asl.Expr(called.result(fieldOutputVariables))))
	}
	task.Output = output
	task.End = true
	task.Catch = []asl.Catcher{{
		ErrorEquals: []string{allErrors},
		Data:        asl.Data{Output: asl.Object{asl.Field("failed", failureOf(a.action.Name.Value))}},
		Next:        a.failed,
	}}
	branch := asl.Branch{StartAt: a.name}
	branch.States.Add(a.name, task)
	branch.States.Add(a.failed, &asl.Pass{Transition: asl.Transition{End: true}})
	return branch
}

// assignGroup keeps what the branches returned. Each expression has a value whichever branches failed: an undefined
// one would be an error.
func (c *compiler) assignGroup(g *groupPlan) asl.Object {
	assign := asl.Object{asl.Field(varFailures, asl.Expr("[$states.result.failed]"))}
	var artifacts []string
	for i, a := range g.actions {
		branch := fmt.Sprintf("$states.result[%d].", i)
		if c.scope.readsArtifacts(a.action) {
			artifacts = append(artifacts, branch+fieldOutputArtifacts)
		}
		if c.scope.readsVariables(a.action) {
			source := branch + fieldOutputVariables
			assign = append(assign, asl.Field(c.scope.variables[a.action.Namespace.Value],
				asl.Expr("$exists("+source+") ? "+source+" : {}")))
		}
	}
	if len(artifacts) > 0 {
		assign = append(assign, mergeArtifacts(artifacts...))
	}
	return assign
}

// join goes on where the group led: to the quiet end if a handler said that the execution is over, to the stage's
// failure if an action failed.
func (c *compiler) join(s *stagePlan, g *groupPlan, next string) {
	ended := `$` + varFailures + `[error in ['` + strings.Join(endings(), `', '`) + `']]`
	c.states.Add(g.joined, &asl.Choice{
		Choices: []asl.ChoiceRule{
			{
				Condition: asl.Expr("$exists(" + ended + ")"),
				Data:      asl.Data{Assign: asl.Object{asl.Field(varEnded, asl.Expr("("+ended+")[0]"))}},
				Next:      nameEnded,
			},
			{Condition: asl.Expr("$count($" + varFailures + ") > 0"), Next: s.fail},
		},
		Default: next,
	})
}
