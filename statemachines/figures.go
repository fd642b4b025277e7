package statemachines

import (
	"bytes"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Figures tell what a machine is made of and what its executions may take.
type Figures struct {
	Stages, Actions, States int
	// Machines is how many state machines take an execution from its start to its end, one after another.
	Machines int
	// Transitions is what Step Functions bills for an execution that succeeds without a retry; WorstTransitions for one
	// in which everything is retried as often as it may be.
	Transitions, WorstTransitions int
	// Events is the length of the history, or of the histories together, of an execution that succeeds without a retry.
	Events int
	Uses   []Use
	places map[string]string // of stages in the definition, by name; filled where they are needed
}

// Use is what the worst execution takes of one limit of Step Functions.
type Use struct {
	Name        string // what is counted, or what has so many bytes
	InBytes     bool
	Most, Limit int
	// Stage and Action are where most of it comes from, a rule as CONDITION/RULE; empty where no single one stands out.
	Stage, Action string
	remedy        string              // what to do beyond the limit
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
	g := Figures{Stages: len(f.plan.stages), Machines: len(f.machines)}
	for i := range f.plan.stages {
		g.Actions += len(f.plan.stages[i].stage.Actions)
	}
	history := Use{Name: "history events", Limit: limitEvents, remedy: divideStage, takes: worstEvents.state}
	definition := Use{Name: "definition", InBytes: true, Limit: limitDefinition, remedy: divideStage, takes: f.lengths.state}
	for _, m := range f.machines {
		g.States += statesIn(m.States)
		g.Transitions += tally{of: transitionsOf}.machine(m.StartAt, m.States)
		g.WorstTransitions += tally{of: transitionsOf, worst: true}.machine(m.StartAt, m.States)
		g.Events += eventsAround + tally{of: eventsOf}.machine(m.StartAt, m.States)
		history.Most = max(history.Most, eventsAround+worstEvents.machine(m.StartAt, m.States))
		definition.Most = max(definition.Most, f.lengths.machine(m))
	}
	g.Uses = []Use{history, definition, f.inputUse(), f.payloads(), f.artifactsUse(), f.results(), f.assignUse(), f.variablesUse()}
	return g
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
type lengths struct {
	known map[asl.State]int
	empty int // the length of a machine without states
}

func newLengths() lengths {
	return lengths{known: map[asl.State]int{}, empty: encodedBytes(asl.StateMachine{})}
}

// state is the length of a state as part of a definition that is deployed: without white space, the functions' ARNs
// filled in.
func (l lengths) state(s asl.State) int {
	n, ok := l.known[s]
	if !ok {
		n = encodedBytes(asl.StateMachine{States: asl.States{{State: s}}}) - l.empty - len(`"":`)
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
		n += l.member(s)
	}
	return n
}

// member is the length of a state under its name.
func (l lengths) member(s asl.NamedState) int { return jsonBytes(s.Name) + len(":") + l.state(s.State) }

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
	f.figures.places = map[string]string{}
	for i := range f.plan.stages {
		if name := f.plan.stages[i].stage.Name; name.At.IsKnown() {
			f.figures.places[name.Value] = name.At.Start.String()
		}
	}
	for i := range f.figures.Uses {
		if f.figures.Uses[i].takes != nil {
			f.due(&f.figures.Uses[i])
		}
	}
}

func (f *forms) due(u *Use) {
	most := -1
	for i := range f.plan.stages {
		total := 0
		for _, s := range f.stages[i] {
			total += u.takes(s.State)
		}
		if total > most {
			most, u.Stage = total, f.plan.stages[i].stage.Name.Value
			u.Action = f.costliest(i, u.takes)
		}
	}
}

// costliest is the unit of a stage that takes most.
func (f *forms) costliest(stage int, takes func(asl.State) int) string {
	index := map[string]asl.State{}
	indexStates(index, f.stages[stage])
	most, name := -1, ""
	for u := range f.plan.stages[stage].units() {
		n := takes(index[u.name])
		if u.when != "" {
			n += takes(index[u.when])
		}
		if n > most {
			most, name = n, u.path()
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
