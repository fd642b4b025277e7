package local

import (
	"context"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
)

func TestBus(t *testing.T) {
	porttest.Bus(t, func(*testing.T) (execution.Bus, func() []events.Envelope) {
		b := &bus{}
		var arrived []events.Envelope
		b.listen(func(e events.Envelope) { arrived = append(arrived, e) })
		return b, func() []events.Envelope { return arrived }
	})
}

func TestValues(t *testing.T) {
	porttest.Objects(t, func(t *testing.T) execution.Objects { return values{t.TempDir()} })
	if err := (values{t.TempDir()}).PutObject(t.Context(), "../escape", nil); execution.CodeOf(err) != execution.Invalid {
		t.Errorf("a digest that is none: %v", err)
	}
}

func TestIDs(t *testing.T) { porttest.IDs(t, Random{}) }

// The machine of an execution that waits for its approval.
func TestMachine(t *testing.T) {
	porttest.Machine(t, func(t *testing.T) porttest.Waiting {
		files := small(greet)
		p := bind(t, files).open(t, Options{})
		t.Cleanup(func() { closed(t, p) })
		opened := make(chan struct{})
		onAction(p, "STARTED", func(_, stage, _ string) {
			if stage == "Approve" {
				close(opened)
			}
		})
		e := start(t, p, parse(t, files["pipeline.yaml"]))
		<-opened
		id := execution.ActionExecutionID(e.PipelineExecutionID, "Approve", "Release", 1)
		a, err := p.Records().Action(t.Context(), e.PipelineExecutionID, id)
		if err != nil {
			t.Fatal(err)
		}
		return porttest.Waiting{
			Machine: &machine{platform: p},
			Start: execution.MachineStart{
				Name: e.MachineExecution, PipelineName: e.PipelineName, DefinitionDigest: e.DefinitionDigest,
				Input: events.ExecutionInput{PipelineExecutionID: e.PipelineExecutionID, Variables: e.Variables},
			},
			Token: a.TaskToken,
			Ended: func() {
				if _, err := p.Wait(context.Background(), e.PipelineExecutionID); err != nil {
					t.Error(err)
				}
			},
		}
	})
}
