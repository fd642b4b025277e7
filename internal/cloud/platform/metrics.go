package platform

import (
	"context"
	"encoding/json"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// metered measures what the events say that are published: how executions and actions end, and how long they took.
type metered struct {
	execution.Bus
	logs *Logs
}

// ends are the states in which an execution, a stage or an action has ended.
var ends = map[string]string{
	"SUCCEEDED": "Succeeded", "FAILED": "Failed", "STOPPED": "Stopped", "SUPERSEDED": "Superseded", "CANCELED": "Cancelled",
	"ABANDONED": "Abandoned",
}

// Publish publishes, and then measures.
func (m metered) Publish(ctx context.Context, e events.Envelope) error {
	if err := m.Bus.Publish(ctx, e); err != nil {
		return err
	}
	var d struct {
		Pipeline string    `json:"pipeline"`
		Stage    string    `json:"stage"`
		Action   string    `json:"action"`
		State    string    `json:"state"`
		Start    time.Time `json:"start-time"`
	}
	if err := json.Unmarshal(e.Detail, &d); err != nil || ends[d.State] == "" {
		return nil //nolint:nilerr // nothing is measured of it
	}
	took := metric{unit: "Milliseconds", value: float64(e.Time.Sub(d.Start).Milliseconds())}
	switch e.DetailType {
	case events.PipelineExecutionStateChange:
		took.name = "ExecutionDuration"
		m.logs.measure(map[string]string{"Pipeline": d.Pipeline}, [][]string{{"Pipeline"}},
			metric{"Executions" + ends[d.State], "Count", 1}, took)
	case events.ActionExecutionStateChange:
		took.name = "ActionDuration"
		m.logs.measure(map[string]string{"Pipeline": d.Pipeline, "Stage": d.Stage, "Action": d.Action},
			[][]string{{"Pipeline"}, {"Pipeline", "Stage", "Action"}}, metric{"Actions" + ends[d.State], "Count", 1}, took)
	}
	return nil
}
