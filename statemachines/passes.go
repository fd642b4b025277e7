package statemachines

import (
	"errors"
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// forms is what the passes made of a pipeline so far. Each field is written by the pass of its name and read by later
// ones.
type forms struct {
	pipeline *pipeline.Pipeline
	plan     plan
	scope    scope
	stages   []asl.States // of each stage, as part of one machine
	parts    []part
	machines []*asl.StateMachine // of each part
	figures  Figures

	capacity load // of one machine
	lengths  lengths
}

// pass makes one form of those before it.
type pass struct {
	name  string
	needs []string // the passes that must have run
	run   func(*forms) error
	print func(*forms) ([]byte, error) // shows the form, for people; the same form always gives the same bytes
}

// Names of the passes.
const (
	passSupported = "supported"
	passPlan      = "plan"
	passScope     = "scope"
	passStates    = "states"
	passParts     = "parts"
	passMachines  = "machines"
	passFigures   = "figures"
	passLimits    = "limits"
)

// passes are all passes in the order in which they run.
var passes = []pass{
	{passSupported, nil, runSupported, printSupported},
	{passPlan, []string{passSupported}, runPlan, printPlan},
	{passScope, []string{passPlan}, runScope, printScope},
	{passStates, []string{passPlan, passScope}, runStates, printStates},
	{passParts, []string{passStates}, runParts, printParts},
	{passMachines, []string{passStates, passParts}, runMachines, printMachines},
	{passFigures, []string{passPlan, passScope, passMachines}, runFigures, printFigures},
	{passLimits, []string{passFigures}, runLimits, printFigures},
}

func runSupported(f *forms) error { return errors.Join(refusals(f.pipeline)...) }

func runPlan(f *forms) error {
	f.plan = planOf(f.pipeline)
	return nil
}

func runScope(f *forms) error {
	f.scope = scopeOf(f.plan, f.plan.whole())
	return nil
}

func runStates(f *forms) error {
	c := compiler{plan: f.plan, part: f.plan.whole(), scope: f.scope}
	for i := range f.plan.stages {
		f.stages = append(f.stages, c.statesOf(i))
	}
	return nil
}

func runParts(f *forms) error {
	f.parts = f.pack()
	return nil
}

func runMachines(f *forms) error {
	for _, of := range f.parts {
		f.machines = append(f.machines, f.machineOf(of))
	}
	return nil
}

// machineOf makes the machine of a part: of the states that its stages have anyway, but for the last stage of a part that
// is not the last, which leads to the next machine.
func (f *forms) machineOf(of part) *asl.StateMachine {
	c := compiler{plan: f.plan, part: of, scope: f.scope}
	stages := slices.Clone(f.stages[of.first : of.last+1])
	if of.last < len(f.plan.stages)-1 {
		stages[len(stages)-1] = c.statesOf(of.last)
	}
	return c.machine(f.pipeline.Name.Value, stages)
}

func runFigures(f *forms) error {
	f.figures = figuresOf(f)
	return nil
}

func runLimits(f *forms) error {
	if slices.ContainsFunc(f.figures.Uses, Use.exceeded) {
		f.attribute()
	}
	return f.figures.Exceeded()
}

// compileUntil runs the passes up to and including the one that is named.
func compileUntil(p *pipeline.Pipeline, last string) (*forms, error) {
	return compileWithin(p, capacity, last)
}

func compileWithin(p *pipeline.Pipeline, most load, last string) (*forms, error) {
	f := &forms{pipeline: p, capacity: most, lengths: newLengths()}
	for i := range passes {
		if err := passes[i].run(f); err != nil {
			return nil, err
		}
		if passes[i].name == last {
			break
		}
	}
	return f, nil
}

// Passes names the passes of Compile in the order in which they run.
func Passes() []string {
	names := make([]string, 0, len(passes))
	for i := range passes {
		names = append(names, passes[i].name)
	}
	return names
}

// PrintAfter compiles a pipeline up to and including one of Passes and shows the form that this one made, as text for
// people. The same pipeline always gives the same bytes. The error is that of a pass, or of a name that none has.
func PrintAfter(p *pipeline.Pipeline, name string) ([]byte, error) {
	i := slices.IndexFunc(passes, func(p pass) bool { return p.name == name })
	if i < 0 {
		return nil, errPass(name)
	}
	f, err := compileUntil(p, name)
	if err != nil {
		return nil, err
	}
	return passes[i].print(f)
}
