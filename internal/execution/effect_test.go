package execution_test

import (
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// What a process has done, and not yet removed, may be done and removed by the sweep in another one: then the next command
// of the first still holds, and so does its end.
func TestDoneEffectsAreRemovedElsewhere(t *testing.T) {
	w := newWorld(t, pipeline.ModeParallel, 1)
	process := func() *execution.Records {
		return execution.New(execution.Ports{Table: w.table, Machine: w, Bus: w, Clock: w, IDs: w})
	}
	first, second := process(), process()
	start := func() {
		t.Helper()
		if _, err := first.StartPipelineExecution(t.Context(), execution.StartInput{
			Definition: execution.Definition{PipelineName: "p", Version: 1}, Pipeline: w.pipeline,
		}); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(want int) {
		t.Helper()
		left, _, err := second.LeftEffects(t.Context(), w.now.Add(time.Hour), "", 100)
		if err == nil {
			err = second.Repair(t.Context(), left)
		}
		if err != nil || len(left) != want {
			t.Fatalf("%d effects were left, %v, want %d", len(left), err, want)
		}
	}
	start()
	sweep(1)
	start()
	sweep(1)
	if err := first.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
	start()
	start()
	if err := first.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
	sweep(0)
}
