package statemachines

import (
	"cmp"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// tally counts something of what executions of a machine take: history events, say. A machine of this package has no
// loop. States that are given as successors and are not there, those outside of a stage, count nothing.
type tally struct {
	of     func(s asl.State, attempts int) int // what a state takes, its branches left out
	caught int                                 // more, where a catcher takes every error
	worst  bool                                // the costliest way with every retry, not the one on which all goes well
}

// machine counts from a state to the end of the machine or of the branch.
func (t tally) machine(start string, states asl.States) int {
	r := route{tally: t, states: make(map[string]asl.State, len(states)), known: make(map[string]int, len(states))}
	for _, s := range states {
		r.states[s.Name] = s.State
	}
	return r.from(start)
}

// state counts a state together with its branches.
func (t tally) state(s asl.State) int {
	attempts := t.attempts(s)
	n := t.of(s, attempts)
	if parallel, ok := s.(*asl.Parallel); ok {
		for i := range parallel.Branches {
			n += attempts * t.machine(parallel.Branches[i].StartAt, parallel.Branches[i].States)
		}
	}
	return n
}

func (t tally) attempts(s asl.State) int {
	attempts := 1
	if !t.worst {
		return attempts
	}
	for _, r := range retriersOf(s) {
		attempts += retriesOf(r)
	}
	return attempts
}

// route is a tally at work on one machine or branch.
type route struct {
	tally
	states map[string]asl.State
	known  map[string]int // from a state to the end
}

func (r *route) from(name string) int {
	if n, ok := r.known[name]; ok {
		return n
	}
	if r.states[name] == nil {
		return 0
	}
	most := 0
	for _, w := range r.ways(r.states[name]) {
		most = max(most, w.cost+r.from(w.next))
	}
	r.known[name] = r.state(r.states[name]) + most
	return r.known[name]
}

// way is where a state may go, and what that costs by itself.
type way struct {
	next string
	cost int
}

func (r *route) ways(s asl.State) []way {
	if choice, ok := s.(*asl.Choice); ok && !r.worst {
		return []way{{next: cmp.Or(choice.Default, choice.Choices[0].Next)}}
	}
	catchers := catchersOf(s)
	successors := s.Successors()
	first := len(successors) - len(catchers) // the catchers' come last
	var ways []way
	for _, next := range successors[:first] {
		ways = append(ways, way{next: next})
	}
	if !r.worst {
		return ways
	}
	for i, next := range successors[first:] {
		w := way{next: next}
		if slices.Contains(catchers[i].ErrorEquals, allErrors) {
			w.cost = r.caught
		}
		ways = append(ways, w)
	}
	return ways
}

func retriersOf(s asl.State) []asl.Retrier {
	switch s := s.(type) {
	case *asl.Task:
		return s.Retry
	case *asl.Parallel:
		return s.Retry
	default:
		return nil
	}
}

// retriesOf is how often a retrier repeats; Step Functions' default is three times.
func retriesOf(r asl.Retrier) int {
	if r.MaxAttempts == nil {
		return 3
	}
	return *r.MaxAttempts
}

func catchersOf(s asl.State) []asl.Catcher {
	switch s := s.(type) {
	case *asl.Task:
		return s.Catch
	case *asl.Parallel:
		return s.Catch
	default:
		return nil
	}
}

// eventsOf counts the history events of a state, as Step Functions writes them: it is entered and left, and its work
// is scheduled, started, submitted where a token is waited for, and ends.
func eventsOf(s asl.State, attempts int) int {
	switch s := s.(type) {
	case *asl.Task:
		perAttempt := 3
		if strings.HasSuffix(s.Resource, ".waitForTaskToken") {
			perAttempt++
		}
		return 2 + attempts*perAttempt
	case *asl.Parallel:
		return 2 + 2*attempts
	case *asl.Fail:
		return 1 // it is never left
	default:
		return 2
	}
}

// transitionsOf counts what Step Functions bills: a state that is entered, and each retry.
func transitionsOf(_ asl.State, attempts int) int { return attempts }
