package mototest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// outcome is what run.py answers to a request to run.
type outcome struct {
	Status string
	Output json.RawMessage
	Error  string
	Cause  string
	Events []struct {
		Type            string
		ID              int64
		PreviousEventID int64
		Name            string
	}
}

func (o outcome) result() engine.Result {
	r := engine.Result{Status: engine.Status(o.Status), Error: o.Error, Cause: o.Cause}
	if r.Status == engine.StatusSucceeded {
		r.Output = o.Output
	}
	return r
}

func (o outcome) history() []engine.Event {
	var history []engine.Event
	for _, e := range o.Events {
		event := engine.Event{Type: e.Type, ID: e.ID, PreviousEventID: e.PreviousEventID}
		if strings.HasSuffix(e.Type, "StateEntered") {
			event.Details = &engine.StateEnteredEventDetails{Name: e.Name}
		}
		history = append(history, event)
	}
	return history
}

// Visited returns the names of the states of a history in the order entered. Those inside a Parallel or a Map are
// sorted: branches interleave.
func Visited(history []engine.Event) []string {
	var names []string
	var begins []int // where the inside of each open Parallel or Map begins
	for _, event := range history {
		if entered, ok := event.Details.(*engine.StateEnteredEventDetails); ok {
			names = append(names, entered.Name)
		}
		switch event.Type {
		case "ParallelStateEntered", "MapStateEntered":
			begins = append(begins, len(names))
		case "ParallelStateExited", "MapStateExited":
			last := len(begins) - 1
			slices.Sort(names[begins[last]:])
			begins = begins[:last]
		}
	}
	if len(begins) > 0 { // ended inside
		slices.Sort(names[begins[0]:])
	}
	return names
}
