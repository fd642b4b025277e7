package statemachines

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// exits are the ways out of a group.
type exits struct {
	next, fail string
	skip       string // where a rule that does not hold leads, if not to fail; else empty
	append     bool   // failures are added to those that led here
}

// catch leads every error of a unit to the failure of the stage, the unit nil for the stage's own.
func (to exits) catch(u *unit) asl.Catcher {
	failure := failureOf()
	if u != nil {
		failure = u.failure()
	}
	if to.append {
		return catchFailure(asl.Expr("$append($"+varFailures+", "+objectSource(failure)+")"), to.fail)
	}
	return catchFailure([]any{failure}, to.fail)
}

// group adds the states of what runs together.
func (c *compiler) group(s *stagePlan, g *groupPlan, to exits) {
	switch len(g.units) {
	case 0:
	case 1:
		c.lone(s, &g.units[0], to)
	default:
		c.parallel(s, g, to)
	}
}

// parallel adds the states of several units. A Parallel state stops the other branches as soon as one fails, where
// CodePipeline lets them finish: so no branch fails, and the state after it looks at what they returned.
func (c *compiler) parallel(s *stagePlan, g *groupPlan, to exits) {
	parallel := &asl.Parallel{
		Catch:      []asl.Catcher{to.catch(nil)},
		Data:       asl.Data{Assign: c.assignGroup(g, to)},
		Transition: asl.Transition{Next: g.joined},
	}
	for i := range g.units {
		parallel.Branches = append(parallel.Branches, c.branch(s, &g.units[i]))
	}
	c.states.Add(g.parallel, parallel)
	c.join(g, to)
}

// branch runs one unit. Its output is {action, outputArtifacts, outputVariables}, of the last two what is read
// later, or {failed}: a branch may not assign the machine's variables.
func (c *compiler) branch(s *stagePlan, u *unit) asl.Branch {
	failed := asl.Catcher{
		ErrorEquals: []string{allErrors},
		Data:        asl.Data{Output: asl.Object{asl.Field("failed", u.failure())}},
		Next:        u.failed,
	}
	ends := &asl.Pass{Transition: asl.Transition{End: true}}
	branch := asl.Branch{StartAt: u.entry()}
	if u.when != "" {
		task := c.whenTask(s, u)
		task.Catch = []asl.Catcher{{
			ErrorEquals: []string{events.ErrorRuleFailed},
			Data:        asl.Data{Output: asl.Object{asl.Field("action", asl.Literal(u.own))}},
			Next:        u.skipped,
		}, failed}
		task.Next = u.name
		branch.States.Add(u.when, task)
	}
	task := c.task(s, u)
	task.Output = c.branchOutput(u)
	task.End = true
	task.Catch = []asl.Catcher{failed}
	branch.States.Add(u.name, task)
	if u.when != "" {
		branch.States.Add(u.skipped, ends)
	}
	branch.States.Add(u.failed, ends)
	return branch
}

func (c *compiler) branchOutput(u *unit) asl.Object {
	called := u.call
	if u.condition != "" {
		return asl.Object{asl.Field("rule", asl.Literal(u.own))}
	}
	output := asl.Object{asl.Field("action", asl.Literal(u.own))}
	if c.scope.readsArtifacts(u) {
		output = append(output, asl.Field(fieldOutputArtifacts, asl.Expr(called.result(fieldOutputArtifacts))))
	}
	if c.scope.readsVariables(u) {
		output = append(output, asl.Field(fieldOutputVariables, asl.Expr(called.result(fieldOutputVariables))))
	}
	return output
}

// assignGroup keeps what the branches returned. Each expression has a value whichever branches failed: an undefined
// one would be an error.
func (c *compiler) assignGroup(g *groupPlan, to exits) asl.Object {
	failures := "[$states.result.failed]"
	if to.append {
		failures = "$append($" + varFailures + ", " + failures + ")"
	}
	assign := asl.Object{asl.Field(varFailures, asl.Expr(failures))}
	var artifacts []string
	for i := range g.units {
		u := &g.units[i]
		branch := fmt.Sprintf("$states.result[%d].", i)
		if c.scope.readsArtifacts(u) {
			artifacts = append(artifacts, branch+fieldOutputArtifacts)
		}
		if c.scope.readsVariables(u) {
			assign = append(assign, asl.Field(c.scope.variables[u.namespace], asl.Expr(orEmpty(branch+fieldOutputVariables))))
		}
	}
	if len(artifacts) > 0 {
		assign = append(assign, mergeArtifacts(artifacts...))
	}
	return assign
}

// join goes on where the group led: to the quiet end if a handler said that the execution is over, past the stage if
// rules say so, to the stage's failure if anything failed.
func (c *compiler) join(g *groupPlan, to exits) {
	ended := `$` + varFailures + `[error in ['` + strings.Join(endings(), `', '`) + `']]`
	rules := []asl.ChoiceRule{{
		Condition: asl.Expr("$exists(" + ended + ")"),
		Data:      asl.Data{Assign: asl.Object{asl.Field(varEnded, asl.Expr("("+ended+")[0]"))}},
		Next:      nameEnded,
	}}
	if to.skip != "" {
		rules = append(rules,
			asl.ChoiceRule{Condition: asl.Expr(`$exists($` + varFailures + `[error != '` + events.ErrorRuleFailed + `'])`), Next: to.fail},
			asl.ChoiceRule{Condition: asl.Expr("$count($" + varFailures + ") > 0"), Next: to.skip})
	} else if to.next != to.fail {
		rules = append(rules, asl.ChoiceRule{Condition: asl.Expr("$count($" + varFailures + ") > 0"), Next: to.fail})
	}
	c.states.Add(g.joined, &asl.Choice{Choices: rules, Default: to.next})
}
