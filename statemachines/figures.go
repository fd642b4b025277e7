package statemachines

import (
	"bytes"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Figures tell what a machine is made of and what its executions may take.
type Figures struct {
	Stages, Actions, States int
	// Transitions is what Step Functions bills for an execution that succeeds without a retry; WorstTransitions for one
	// in which everything is retried as often as it may be.
	Transitions, WorstTransitions int
	// Events is the length of the history of an execution that succeeds without a retry.
	Events int
	Uses   []Use
	places map[string]string // of stages in the definition, by name; filled where they are needed
}

// Use is what the worst execution takes of one limit of Step Functions.
type Use struct {
	Name        string // what is counted, or what has so many bytes
	InBytes     bool
	Most, Limit int
	// Breaks says what happens beyond the limit: Compile refuses the pipeline, because no execution could end as it
	// should; otherwise only an execution whose values are that large fails, in the action or the group that makes them.
	Breaks bool
	// Stage and Action are where most of it comes from; empty where no single one stands out.
	Stage, Action string
	remedy        string              // what to do where Breaks
	takes         func(asl.State) int // what a state takes of it: finds Stage and Action, which is dear
}

// Limits of Step Functions: of one Standard execution, one definition, one payload, result or variable, and all
// variables together.
const (
	limitEvents     = 25_000
	limitDefinition = 1 << 20
	limitPayload    = 256 << 10
	limitVariables  = 10 << 20
)

// Measure compiles a pipeline and returns the figures of its machine, also where Compile refuses it for breaking a
// limit. The error names what has no states yet.
func Measure(p *pipeline.Pipeline) (Figures, error) {
	f, err := compileUntil(p, passFigures)
	if err != nil {
		return Figures{}, err
	}
	f.attribute()
	return f.figures, nil
}

// worstEvents counts an expression that fails as an event of its own.
var worstEvents = tally{of: eventsOf, caught: 1, worst: true}

// eventsAround counts the history events of every execution besides those of its states: its start and its end.
const eventsAround = 2

func figuresOf(f *forms) Figures {
	size := lengths{known: map[asl.State]int{}}
	count := func(t tally) int { return t.machine(f.machine.StartAt, f.machine.States) }
	return Figures{
		Stages: len(f.plan.stages), Actions: f.plan.actions(), States: statesIn(f.machine.States),
		Transitions:      count(tally{of: transitionsOf}),
		WorstTransitions: count(tally{of: transitionsOf, worst: true}),
		Events:           eventsAround + count(tally{of: eventsOf}),
		Uses: []Use{
			{Name: "history events", Most: eventsAround + count(worstEvents), Limit: limitEvents, Breaks: true, remedy: divide, takes: worstEvents.state},
			{Name: "definition", InBytes: true, Most: size.machine(f.machine), Limit: limitDefinition, Breaks: true, remedy: divide, takes: size.state},
			f.payloads(),
			f.artifactsUse(),
			f.results(),
			f.variablesUse(),
		},
	}
}

// actions counts the actions of a plan.
func (p plan) actions() int {
	n := 0
	for i := range p.stages {
		n += len(p.stages[i].stage.Actions)
	}
	return n
}

func statesIn(states asl.States) int {
	n := len(states)
	for _, s := range states {
		if parallel, ok := s.State.(*asl.Parallel); ok {
			for i := range parallel.Branches {
				n += statesIn(parallel.Branches[i].States)
			}
		}
	}
	return n
}

// functionBytes is the most that takes the place of a function's placeholder: Lambda's ARNs have at most 140 characters.
const functionBytes = 140

// lengths measures states, each once.
type lengths struct{ known map[asl.State]int }

// state is the length of a state as part of a definition that is deployed: without white space, the functions' ARNs
// filled in.
func (l lengths) state(s asl.State) int {
	n, ok := l.known[s]
	if !ok {
		n = encodedBytes(asl.StateMachine{States: asl.States{{State: s}}}) - encodedBytes(asl.StateMachine{}) - len(`"":`)
		l.known[s] = n
	}
	return n
}

// machine is the length of a whole definition.
func (l lengths) machine(m *asl.StateMachine) int {
	around := *m
	around.States = nil
	n := encodedBytes(around) + max(0, len(m.States)-1) // the commas
	for _, s := range m.States {
		n += jsonBytes(s.Name) + len(":") + l.state(s.State)
	}
	return n
}

// encodedBytes cannot fail: a machine of the compiler holds only values of the language.
func encodedBytes(m asl.StateMachine) int {
	text, err := m.MarshalJSON()
	if err != nil {
		panic("statemachines: a compiled machine cannot be encoded: " + err.Error())
	}
	return deployedBytes(text)
}

// deployedBytes takes every "${" for the beginning of a placeholder: none of a user's survives into a machine.
func deployedBytes(text []byte) int {
	n := len(text)
	for {
		_, rest, found := bytes.Cut(text, []byte("${"))
		if !found {
			return n
		}
		name, after, _ := bytes.Cut(rest, []byte("}"))
		n += functionBytes - len(name) - len("${}")
		text = after
	}
}

// attribute finds, for every use that states take, the stage that takes most, and the action in it.
func (f *forms) attribute() {
	index := map[string]asl.State{}
	indexStates(index, f.machine.States)
	f.figures.places = map[string]string{}
	for i := range f.plan.stages {
		if name := f.plan.stages[i].stage.Name; name.At.IsKnown() {
			f.figures.places[name.Value] = name.At.Start.String()
		}
	}
	for i := range f.figures.Uses {
		if f.figures.Uses[i].takes != nil {
			f.due(&f.figures.Uses[i], index)
		}
	}
}

func (f *forms) due(u *Use, index map[string]asl.State) {
	most := -1
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		total := 0
		for _, name := range s.states() {
			total += u.takes(index[name])
		}
		if total > most {
			most, u.Stage = total, s.stage.Name.Value
			u.Action = s.costliest(func(a actionPlan) int { return u.takes(index[a.name]) })
		}
	}
}

func (s *stagePlan) costliest(takes func(actionPlan) int) string {
	most, name := -1, ""
	for a := range s.actions() {
		if n := takes(a); n > most {
			most, name = n, a.action.Name.Value
		}
	}
	return name
}

func indexStates(index map[string]asl.State, states asl.States) {
	for _, s := range states {
		index[s.Name] = s.State
		if parallel, ok := s.State.(*asl.Parallel); ok {
			for i := range parallel.Branches {
				indexStates(index, parallel.Branches[i].States)
			}
		}
	}
}
