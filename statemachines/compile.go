// Package statemachines compiles a checked pipeline into state machines of Amazon States Language, in JSONata mode: one,
// or several in a chain where one would break a limit of Step Functions.
//
// In comes a [pipeline.Pipeline] that Check found right; out goes an [asl.StateMachine] whose Task states call the
// handlers of package events with an [events.TaskInput]. The machine carries names and references, never the content
// of an artifact; what a user wrote is in it as literals only, never as part of an expression or as a variable's name.
//
// The package does not check definitions, does not run machines (statemachines/engine does) and knows no engine: the
// same machine runs on Step Functions and here. Function names stay placeholders such as ${GateStageFunction}.
//
// Compilation is a chain of forms, each made by one pass: [pipeline.Pipeline], then plan (order and names of the states)
// and scope (which variables exist and what is read), then the states of each stage, one file per kind of state, then the
// parts that fit into one machine each, then the machines. [Passes] names the passes in their order and [PrintAfter] shows
// what each made.
package statemachines

import (
	"fmt"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Part is one state machine of a pipeline: it takes an execution through these stages. A pipeline has one part, unless
// one machine would break a limit of Step Functions; then the handler that ends a part starts the execution of the next
// one, which reads what it needs from the records.
type Part struct {
	Stages  []string
	Machine *asl.StateMachine
}

// Compile returns the state machines of a checked pipeline in their order, the states of each stage by stage, each stage's
// failure last. The same pipeline always gives the same machines. The error names everything in the pipeline that has no
// states, or holds a [LimitError] for each limit of Step Functions that even a machine for one stage would break.
func Compile(p *pipeline.Pipeline) ([]Part, error) {
	f, err := compileUntil(p, passLimits)
	if err != nil {
		return nil, err
	}
	return f.result(), nil
}

func (f *forms) result() []Part {
	parts := make([]Part, 0, len(f.machines))
	for i, m := range f.machines {
		p := Part{Machine: m}
		for j := f.parts[i].first; j <= f.parts[i].last; j++ {
			p.Stages = append(p.Stages, f.plan.stages[j].stage.Name.Value)
		}
		parts = append(parts, p)
	}
	return parts
}

// compiler makes the states of one part. It only appends to states.
type compiler struct {
	plan   plan
	part   part
	scope  scope
	states asl.States
}

// statesOf makes the states of a stage.
func (c *compiler) statesOf(i int) asl.States {
	c.states = nil
	c.stage(&c.plan.stages[i], c.after(i))
	return c.states
}

// around makes the states of a part with those of its stages, in the order in which an execution meets them.
func (c *compiler) around(stages []asl.States) asl.States {
	c.states = nil
	c.begin()
	for _, states := range stages {
		c.states = append(c.states, states...)
	}
	c.ends()
	return c.states
}

// machine makes the machine of a part of a pipeline.
func (c *compiler) machine(name string, stages []asl.States) *asl.StateMachine {
	comment := "Pipeline " + plainText(name)
	if c.part.last-c.part.first+1 < len(c.plan.stages) {
		comment += fmt.Sprintf(", stages %d to %d of %d", c.part.first+1, c.part.last+1, len(c.plan.stages))
	}
	return &asl.StateMachine{
		Comment: comment, QueryLanguage: asl.JSONata, StartAt: nameStart, States: c.around(stages),
	}
}
