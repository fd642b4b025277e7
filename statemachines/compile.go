// Package statemachines compiles a checked pipeline into a state machine of Amazon States Language, in JSONata mode.
//
// In comes a [pipeline.Pipeline] that Check found right; out goes an [asl.StateMachine] whose Task states call the
// handlers of package events with an [events.TaskInput]. The machine carries names and references, never the content
// of an artifact; what a user wrote is in it as literals only, never as part of an expression or as a variable's name.
//
// The package does not check definitions, does not run machines (statemachines/engine does) and knows no engine: the
// same machine runs on Step Functions and here. Function names stay placeholders such as ${GateStageFunction}.
//
// Compilation is a chain of forms, each made by one pass: [pipeline.Pipeline], then plan (order and names of the states)
// and scope (which variables exist and what is read), then the states, one file per kind of state, then the machine.
// [Passes] names the passes in their order and [PrintAfter] shows what each made.
package statemachines

import (
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Compile returns the state machine of a checked pipeline, its states stage by stage, each stage's failure last. The
// same pipeline always gives the same machine. The error names everything in the pipeline that has no states yet, or
// holds a [LimitError] for each limit of Step Functions that the machine would break.
func Compile(p *pipeline.Pipeline) (*asl.StateMachine, error) {
	f, err := compileUntil(p, passLimits)
	if err != nil {
		return nil, err
	}
	return f.machine, nil
}

// compiler makes states of a plan and a scope. It only appends to states.
type compiler struct {
	plan   plan
	scope  scope
	states asl.States
}

// statesOf makes the states in the order in which an execution meets them.
func statesOf(p plan, s scope) asl.States {
	c := compiler{plan: p, scope: s}
	c.start()
	for i := range c.plan.stages {
		c.stage(&c.plan.stages[i], c.plan.after(i))
	}
	c.ends()
	return c.states
}

func machineOf(name string, states asl.States) *asl.StateMachine {
	return &asl.StateMachine{
		Comment:       "Pipeline " + plainText(name),
		QueryLanguage: asl.JSONata,
		StartAt:       nameStart,
		States:        states,
	}
}

// start assigns every variable once, so that no state meets an unassigned one whatever the path to it. A resumed
// execution will branch off between this state and the first stage.
func (c *compiler) start() {
	assign := asl.Object{
		asl.Field(varVariables, asl.Expr("$states.input.variables")),
		asl.Field(varArtifacts, asl.Object{}),
		asl.Field(varFailures, []any{}),
		asl.Field(varEnded, asl.Object{}),
	}
	for _, variable := range c.scope.namespaceVariables() {
		assign = append(assign, asl.Field(variable, asl.Object{}))
	}
	if len(c.scope.open) > 0 {
		assign = append(assign, asl.Field(varPlaceholders, c.placeholders()))
	}
	c.states.Add(nameStart, &asl.Pass{
		Data:       asl.Data{Assign: assign},
		Transition: asl.Transition{Next: c.plan.first()},
	})
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
