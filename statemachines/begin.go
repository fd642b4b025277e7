package statemachines

import (
	"fmt"
	"maps"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// begin adds the states with which an execution of a part begins. Start assigns every variable once, so that no state
// meets an unassigned one whatever the path to it; an execution that is resumed then reads what came before from the
// records. The first part may begin with its first stage, a later one is always resumed.
func (c *compiler) begin() {
	start := &asl.Pass{Data: asl.Data{Assign: c.initial()}, Transition: asl.Transition{Next: nameResume}}
	c.states.Add(nameStart, start)
	if c.part.first == 0 {
		start.Next = nameRoute
		c.states.Add(nameRoute, &asl.Choice{
			Choices: []asl.ChoiceRule{{Condition: asl.Expr("$exists(" + resumedStage + ")"), Next: nameResume}},
			Default: c.plan.stages[0].enter,
		})
	}
	c.resume()
}

// resumedStage is the source of the stage with which an execution begins that does not begin with the first one.
const resumedStage = "$states.context.Execution.Input.resume.stage"

// initial gives every variable a value.
func (c *compiler) initial() asl.Object {
	assign := asl.Object{
		asl.Field(varVariables, asl.Expr("$states.input.variables")),
		asl.Field(varArtifacts, asl.Object{}),
		asl.Field(varFailures, []any{}),
		asl.Field(varEnded, asl.Object{}),
	}
	for _, namespace := range c.scope.order {
		assign = append(assign, asl.Field(c.scope.variables[namespace], asl.Object{}))
	}
	if len(c.scope.open) > 0 {
		assign = append(assign, asl.Field(varPlaceholders, c.placeholders()))
	}
	return assign
}

// resume adds the states that read from the records what the stages of the part read, and go on with the stage that
// the input names. An execution that cannot be resumed fails its machine, which is noticed outside.
func (c *compiler) resume() {
	read := c.scope
	if c.part != c.plan.whole() {
		read = scopeOf(c.plan, c.part)
	}
	task := call{function: events.ResumeExecutionFunction}.task(asl.Object{
		asl.Field("stage", asl.Expr(resumedStage)), asl.Field("reads", read.reads()),
	})
	result := call{}.result
	task.Assign = asl.Object{asl.Field(varArtifacts, asl.Expr(result(fieldOutputArtifacts)))}
	for _, namespace := range read.order {
		task.Assign = append(task.Assign,
			asl.Field(c.scope.variables[namespace], asl.Expr(orEmpty(member(result(fieldNamespaces), namespace)))))
	}
	task.Output = asl.Object{}
	task.Catch = []asl.Catcher{catchEnded()}
	task.Next = nameResumed
	c.states.Add(nameResume, task)

	choice := &asl.Choice{}
	for i := c.part.first; i <= c.part.last; i++ {
		s := &c.plan.stages[i]
		choice.Choices = append(choice.Choices, asl.ChoiceRule{
			Condition: asl.Expr(fmt.Sprintf("%s = %s", resumedStage, asl.QuoteJSONata(s.stage.Name.Value))), Next: s.enter,
		})
	}
	c.states.Add(nameResumed, choice)
}

// reads is the events.TaskReads of a scope.
func (s *scope) reads() asl.Object {
	namespaces := make([]any, 0, len(s.order))
	for _, namespace := range s.order {
		namespaces = append(namespaces, asl.Object{
			asl.Field("namespace", asl.Literal(namespace)), asl.Field("variables", literals(s.keys[namespace])),
		})
	}
	return asl.Object{
		asl.Field("artifacts", literals(slices.Sorted(maps.Keys(s.artifacts)))), asl.Field("namespaces", namespaces),
	}
}

// placeholders is the one place where the machine holds what a template leaves open: whole strings that whoever deploys
// the machine fills by substitution. Expressions only ever read them.
func (c *compiler) placeholders() asl.Object {
	object := make(asl.Object, 0, len(c.scope.open))
	for _, name := range c.scope.open {
		object = append(object, asl.Field(c.scope.placeholders[name], "${"+name+"}"))
	}
	return object
}
