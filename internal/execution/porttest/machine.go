package porttest

import (
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Waiting is a machine execution that was started and waits for the answer to a task token.
type Waiting struct {
	Machine execution.Machine
	Start   execution.MachineStart
	Token   string
	// Ended blocks until the execution has ended.
	Ended func()
}

// Machine runs the suite of execution.Machine. open starts an execution and returns when it waits; after an answer
// it may wait again, or end.
func Machine(t *testing.T, open func(t *testing.T) Waiting) {
	t.Run("started twice", func(t *testing.T) {
		w := open(t)
		if err := w.Machine.StartMachine(t.Context(), w.Start); err != nil {
			t.Errorf("the same start again = %v, want none: it counts as started", err)
		}
	})
	t.Run("a token answers once", func(t *testing.T) {
		w := open(t)
		failure := execution.TaskAnswer{Token: w.Token, Error: "JobFailed", Cause: "no"}
		if err := w.Machine.CompleteTask(t.Context(), failure); err != nil {
			t.Fatal(err)
		}
		for _, again := range []execution.TaskAnswer{failure, {Token: w.Token, Output: []byte(`{}`)}} {
			if err := w.Machine.CompleteTask(t.Context(), again); execution.CodeOf(err) != execution.NotFound {
				t.Errorf("a second answer = %v, want code %s", err, execution.NotFound)
			}
		}
	})
	t.Run("an unknown token", func(t *testing.T) {
		w := open(t)
		err := w.Machine.CompleteTask(t.Context(), execution.TaskAnswer{Token: "unknown", Output: []byte(`{}`)})
		if execution.CodeOf(err) != execution.NotFound {
			t.Errorf("CompleteTask = %v, want code %s", err, execution.NotFound)
		}
	})
	t.Run("describe", func(t *testing.T) {
		w := open(t)
		if _, err := w.Machine.DescribeMachine(t.Context(), "unknown"); execution.CodeOf(err) != execution.NotFound {
			t.Errorf("an unknown execution = %v, want code %s", err, execution.NotFound)
		}
		if got, err := w.Machine.DescribeMachine(t.Context(), w.Start.Name); err != nil || got.Status != "RUNNING" || got.Ended() {
			t.Errorf("an execution that waits is %+v, %v, want RUNNING", got, err)
		}
		if err := w.Machine.StopMachine(t.Context(), execution.MachineStop{Name: w.Start.Name, Cause: "enough"}); err != nil {
			t.Fatal(err)
		}
		w.Ended()
		want := execution.MachineStatus{Status: "ABORTED", Error: events.ErrorStopped, Cause: "enough"}
		if got, err := w.Machine.DescribeMachine(t.Context(), w.Start.Name); err != nil || got != want || !got.Ended() {
			t.Errorf("an execution that was stopped is %+v, %v, want %+v", got, err, want)
		}
	})
	t.Run("stop", func(t *testing.T) {
		w := open(t)
		if err := w.Machine.StopMachine(t.Context(), execution.MachineStop{Name: "unknown"}); err != nil {
			t.Errorf("stopping an unknown execution = %v, want none", err)
		}
		for range 2 {
			if err := w.Machine.StopMachine(t.Context(), execution.MachineStop{Name: w.Start.Name, Cause: "enough"}); err != nil {
				t.Errorf("StopMachine = %v", err)
			}
			w.Ended()
		}
		err := w.Machine.CompleteTask(t.Context(), execution.TaskAnswer{Token: w.Token, Output: []byte(`{}`)})
		if execution.CodeOf(err) != execution.NotFound {
			t.Errorf("answering an execution that was stopped = %v, want code %s", err, execution.NotFound)
		}
	})
}
