package local

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// recorder is a Bus and a Machine that keep what they are asked for, or refuse it.
type recorder struct {
	broken    bool
	published []events.Envelope
	started   []string
}

var errBroken = errors.New("the bus is broken")

func (r *recorder) Publish(_ context.Context, e events.Envelope) error {
	if r.broken {
		return errBroken
	}
	r.published = append(r.published, e)
	return nil
}

func (r *recorder) StartMachine(_ context.Context, s execution.MachineStart) error {
	r.started = append(r.started, s.Name)
	return nil
}

func (*recorder) StopMachine(context.Context, execution.MachineStop) error { return nil }

func (*recorder) CompleteTask(context.Context, execution.TaskAnswer) error {
	return &execution.Error{Code: execution.NotFound, Message: "no such token"}
}

func (*recorder) DescribeMachine(context.Context, string) (execution.MachineStatus, error) {
	return execution.MachineStatus{Status: "RUNNING"}, nil
}

// An effect that could not be done stays stored until Repair does it, with the same event, and is then forgotten.
func TestRepairDoesWhatWasStored(t *testing.T) {
	table, err := OpenTable(filepath.Join(t.TempDir(), "state.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	outside := &recorder{broken: true}
	records := func() *execution.Records {
		return execution.New(execution.Ports{Table: table, Machine: outside, Bus: outside, Clock: Clock{}, IDs: Random{}})
	}
	source := parse(t, `{"name": "p", "stages": []}`)
	_, err = records().StartPipelineExecution(t.Context(), execution.StartInput{
		Definition: execution.Definition{PipelineName: "p", Version: 1}, Pipeline: source, ClientRequestToken: "once",
	})
	if !errors.Is(err, errBroken) {
		t.Fatalf("start = %v, want the error of the bus", err)
	}
	outside.broken = false
	open, err := records().OpenExecutions(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("%d open executions, %v", len(open), err)
	}
	for range 2 {
		if err := records().RepairEnded(t.Context()); err != nil { // does nothing about one that is open
			t.Fatal(err)
		}
		stored, err := records().StoredEffects(t.Context(), open[0].PipelineExecutionID)
		if err != nil {
			t.Fatal(err)
		}
		if err := records().Repair(t.Context(), stored); err != nil {
			t.Fatal(err)
		}
	}
	if len(outside.published) != 1 || len(outside.started) != 2 {
		t.Fatalf("published %d events, started %d machines", len(outside.published), len(outside.started))
	}
	if e := outside.published[0]; e.DetailType != events.PipelineExecutionStateChange || e.ID == "" {
		t.Errorf("published %+v", e)
	}
	again, err := records().StartPipelineExecution(t.Context(), execution.StartInput{
		Definition: execution.Definition{PipelineName: "p", Version: 1}, Pipeline: source, ClientRequestToken: "once",
	})
	if err != nil || again.PipelineExecutionID != outside.started[0] || len(outside.published) != 1 {
		t.Errorf("the same start again = %v, %v, and %d events", again, err, len(outside.published))
	}
}

// Effects that are done are forgotten by the next write, and the last of them by Close.
func TestDoneEffectsAreForgotten(t *testing.T) {
	table, err := OpenTable(filepath.Join(t.TempDir(), "state.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	outside := &recorder{}
	records := execution.New(execution.Ports{Table: table, Machine: outside, Bus: outside, Clock: Clock{}, IDs: Random{}})
	stored := func() int {
		items, err := table.Query(t.Context(), execution.Query{Partition: "effects"})
		if err != nil {
			t.Fatal(err)
		}
		return len(items)
	}
	source := parse(t, `{"name": "p", "stages": []}`)
	for range 3 {
		_, err := records.StartPipelineExecution(t.Context(), execution.StartInput{
			Definition: execution.Definition{PipelineName: "p", Version: 1}, Pipeline: source,
		})
		if err != nil {
			t.Fatal(err)
		}
		if stored() != 1 {
			t.Errorf("%d stored effects, want 1", stored())
		}
	}
	if err := records.Close(t.Context()); err != nil || stored() != 0 {
		t.Errorf("Close = %v, %d stored effects, want 0", err, stored())
	}
}
