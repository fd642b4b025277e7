package main

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// eventNarrator prints an execution of a platform as one JSON object a line, as jsonLines does a run. The API has records and
// no events, so the events are made of the records: each has an identity of its own, and is not the one that the platform's
// bus has had. What changed and changed back between two looks has none.
type eventNarrator struct {
	process process
	origin  execution.Origin
	told    map[string]bool // by what an event is about, and the state in it
}

func newEventNarrator(ctx context.Context, p process, r *remote, pipeline string) (*eventNarrator, error) {
	origin, err := r.Origin(ctx, pipeline)
	if err != nil {
		return nil, err
	}
	return &eventNarrator{process: p, origin: origin, told: map[string]bool{}}, nil
}

// change is an event with what it is told by.
type change struct {
	about string
	event events.Envelope
}

func (t *eventNarrator) tell(s shown) (bool, error) {
	var news []change
	for _, c := range changes(s) {
		if !t.told[c.about] {
			t.told[c.about] = true
			news = append(news, c)
		}
	}
	// In the order in which they happened; at one time a stage begins before its actions, and ends after them.
	slices.SortStableFunc(news, func(a, b change) int { return a.event.Time.Compare(b.event.Time) })
	for _, c := range news {
		if err := t.print(c.event); err != nil {
			return true, err
		}
	}
	return len(news) > 0, nil
}

// changes are what has happened in an execution by its records: everything has begun, and what is not as it began has changed.
func changes(s shown) []change {
	var all []change
	add := func(about, status string, at time.Time, event events.Envelope) {
		event.Time = at.UTC()
		all = append(all, change{about + " " + status, event})
	}
	e := s.Execution
	began := *e
	began.Status, began.StopTrigger = execution.ExecutionInProgress, nil
	add("pipeline", string(began.Status), e.StartTime, execution.PipelineEvent(&began))
	for _, st := range s.Stages {
		began := *st
		began.Status = execution.StageInProgress
		add("stage "+st.Name, string(began.Status), st.StartTime, execution.StageEvent(e, &began))
		for _, a := range s.Actions {
			if a.StageName != st.Name {
				continue
			}
			began := *a
			began.Status, began.Error = execution.ActionInProgress, nil
			add("action "+a.ActionExecutionID, string(began.Status), a.StartTime, execution.ActionEvent(e, &began))
			add("action "+a.ActionExecutionID, string(a.Status), a.LastUpdateTime, execution.ActionEvent(e, a))
		}
		add("stage "+st.Name, string(st.Status), st.LastUpdateTime, execution.StageEvent(e, st))
	}
	add("pipeline", string(e.Status), e.LastUpdateTime, execution.PipelineEvent(e))
	return all
}

func (t *eventNarrator) end(s shown) error {
	e := s.Execution
	detail, err := json.Marshal(summaryDetail{
		Pipeline: e.PipelineName, ExecutionID: e.PipelineExecutionID, Status: string(e.Status), Summary: e.StatusSummary,
		DurationMS: e.LastUpdateTime.Sub(e.StartTime).Milliseconds(), Stages: len(s.Stages), Actions: len(s.Actions),
	})
	if err != nil {
		return err
	}
	return t.print(events.Envelope{DetailType: events.PenstockSummary, Time: local.Clock{}.Now().UTC(), Resources: []string{e.PipelineName}, Detail: detail})
}

func (t *eventNarrator) print(e events.Envelope) error {
	e.ID = local.Random{}.NewID()
	t.origin.Address(&e)
	return printJSONLine(t.process.stdout, e)
}
