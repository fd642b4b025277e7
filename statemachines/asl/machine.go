// Package asl is the Amazon States Language as Go types, in JSONata mode.
//
// It reads and writes state machine definitions and finds what is wrong with their structure. It does not run them
// (statemachines/engine does), does not parse the expressions inside {% %}, and refuses the JSONPath query language.
//
// In: JSON text, or values built by a compiler. Out: a StateMachine, canonical JSON text, a list of problems.
package asl

// JSONata is the only query language that this package accepts.
const JSONata = "JSONata"

// MaxNameLength is the number of characters that Step Functions allows in a state's name.
const MaxNameLength = 80

// MaxDefinitionBytes is the size that Step Functions allows for a definition.
const MaxDefinitionBytes = 1 << 20

// MaxSeconds is the largest number that Step Functions allows in TimeoutSeconds, HeartbeatSeconds, Seconds,
// IntervalSeconds and MaxAttempts.
const MaxSeconds = 99999999

// StateMachine is a definition: what Step Functions calls the top level of a state machine.
type StateMachine struct {
	Comment        string
	QueryLanguage  string // JSONata; anything else means JSONPath, and then every state must say JSONata itself
	Version        string
	StartAt        string
	TimeoutSeconds int // of the whole execution; 0 means none
	States         States
}

// Branch is a state machine inside a state: one of those of a Parallel state, or that of a Map state.
type Branch struct {
	Comment string
	StartAt string
	States  States
}

// States is the "States" object, in the order given.
type States []NamedState

// NamedState is one member of States.
type NamedState struct {
	Name  string
	State State
}

// Add appends a state under a name.
func (s *States) Add(name string, state State) { *s = append(*s, NamedState{Name: name, State: state}) }

// Lookup returns the state called name. It is linear: index the states once where speed matters.
func (s States) Lookup(name string) (State, bool) {
	for _, named := range s {
		if named.Name == name {
			return named.State, true
		}
	}
	return nil, false
}

func (m *StateMachine) fields(f *fields) {
	f.text("Comment", &m.Comment)
	f.text("QueryLanguage", &m.QueryLanguage)
	f.text("Version", &m.Version)
	f.required("StartAt")
	f.text("StartAt", &m.StartAt)
	f.whole("TimeoutSeconds", &m.TimeoutSeconds)
	f.required("States")
	f.states("States", &m.States)
}

func (b *Branch) fields(f *fields) {
	f.text("Comment", &b.Comment)
	f.required("StartAt")
	f.text("StartAt", &b.StartAt)
	f.required("States")
	f.states("States", &b.States)
}
