package storetest

import (
	"fmt"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Machine makes a valid machine of all types of states; the same seed always gives the same one.
func Machine(seed uint64) *asl.StateMachine {
	g := &generator{seed: seed}
	m := &asl.StateMachine{QueryLanguage: asl.JSONata}
	branch := g.branch(2)
	m.StartAt, m.States = branch.StartAt, branch.States
	if g.below(4) == 0 {
		m.TimeoutSeconds = 1 + g.below(400)
	}
	return m
}

type generator struct {
	seed  uint64
	names int
}

// below draws a number from 0 to n-1, by a linear congruence: the machines of a seed never change, whatever Go does.
func (g *generator) below(n int) int {
	g.seed = g.seed*6364136223846793005 + 1442695040888963407
	return int(g.seed>>33) % n
}

func (g *generator) name(typ string) string {
	g.names++
	return fmt.Sprintf("%s %d", typ, g.names)
}

// branch is a row of states. Each leads to the next one, and a Choice or a Catch perhaps to the end at once.
func (g *generator) branch(depth int) asl.Branch {
	end := g.name("Succeed")
	var branch asl.Branch
	names := make([]string, 1+g.below(2))
	for i := range names {
		names[i] = g.name("State")
	}
	branch.StartAt = names[0]
	failed := g.name("Fail")
	choices := 0
	for i, name := range names {
		next := end
		if i+1 < len(names) {
			next = names[i+1]
		}
		state := g.state(depth, next, end)
		if choice, ok := state.(*asl.Choice); ok {
			choice.Choices = append(choice.Choices, asl.ChoiceRule{Condition: asl.Expr("$random() < 0.3"), Next: failed})
			choices++
		}
		branch.States.Add(name, state)
	}
	branch.States.Add(end, &asl.Succeed{Output: asl.Object{asl.Field("at", end), asl.Field("id", asl.Expr("$uuid()"))}})
	if choices > 0 {
		branch.States.Add(failed, &asl.Fail{Error: "Chosen", Cause: asl.Expr("'at ' & $states.context.State.EnteredTime")})
	}
	return branch
}

func (g *generator) state(depth int, next, end string) asl.State {
	to := asl.Transition{Next: next}
	n := g.below(9)
	if depth == 0 {
		n %= 6
	}
	switch n {
	case 0:
		return &asl.Pass{Data: asl.Data{Assign: asl.Object{asl.Field(g.variable(), asl.Expr("$random()"))}}, Transition: to}
	case 1:
		return &asl.Wait{Seconds: asl.Expr(fmt.Sprintf("$round(%d * $random())", 1+g.below(90))), Transition: to}
	case 2:
		rule := asl.ChoiceRule{Condition: asl.Expr("$random() < 0.5"), Next: end}
		return &asl.Choice{Choices: []asl.ChoiceRule{rule}, Default: next}
	case 3, 4, 5:
		return g.task(to, end)
	case 6, 7:
		return g.parallel(depth, to, end)
	default:
		return g.mapState(depth, to, end)
	}
}

func (g *generator) variable() string {
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

func (g *generator) task(to asl.Transition, end string) *asl.Task {
	payload := asl.Object{asl.Field("id", asl.Expr("$uuid()")), asl.Field("retry", asl.Expr("$states.context.State.RetryCount"))}
	task := &asl.Task{Resource: "arn:aws:states:::lambda:invoke", TimeoutSeconds: asl.Seconds{Value: 20 + g.below(60)}, Transition: to}
	if g.below(2) == 0 {
		task.Resource += ".waitForTaskToken"
		task.HeartbeatSeconds = asl.Seconds{Value: 1 + g.below(19)}
		payload = append(payload, asl.Field("token", asl.Expr("$states.context.Task.Token")))
	}
	task.Arguments = asl.Object{asl.Field("FunctionName", "f"), asl.Field("Payload", payload)}
	task.Retry, task.Catch = g.retry(), g.catch(end)
	task.Output = asl.Expr("$random()")
	return task
}

func (g *generator) parallel(depth int, to asl.Transition, end string) *asl.Parallel {
	p := &asl.Parallel{Transition: to, Retry: g.retry(), Catch: g.catch(end)}
	for range 2 {
		p.Branches = append(p.Branches, g.branch(depth-1))
	}
	return p
}

func (g *generator) mapState(depth int, to asl.Transition, end string) *asl.Map {
	items := make([]any, g.below(3))
	for i := range items {
		items[i] = i
	}
	return &asl.Map{
		Items: items, MaxConcurrency: g.below(3), ItemProcessor: asl.ItemProcessor{Branch: g.branch(depth - 1)},
		ItemSelector: asl.Object{asl.Field("item", asl.Expr("$states.context.Map.Item.Value"))},
		Transition:   to, Retry: g.retry(), Catch: g.catch(end),
	}
}

func (g *generator) retry() []asl.Retrier {
	if g.below(2) == 0 {
		return nil
	}
	attempts := 1 + g.below(2)
	return []asl.Retrier{{ErrorEquals: []string{"States.ALL"}, MaxAttempts: &attempts, IntervalSeconds: 3, JitterStrategy: "FULL"}}
}

func (g *generator) catch(end string) []asl.Catcher {
	if g.below(2) == 0 {
		return nil
	}
	return []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Next: end, Data: asl.Data{Output: asl.Expr("$states.errorOutput.Error")}}}
}
