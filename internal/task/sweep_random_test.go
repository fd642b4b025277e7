package task_test

import (
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

const executionsEach = 8

// act makes one thing happen; while people are about they stop executions.
func (w *world) act(people bool) {
	ctx := w.t.Context()
	var ready []*machine
	for _, m := range w.machines {
		if m.ready() {
			ready = append(ready, m)
		}
	}
	switch n := w.chance.IntN(24); {
	case n < 2 && len(w.machines) < executionsEach:
		_, err := w.records.StartPipelineExecution(ctx, execution.StartInput{Definition: w.definition, Pipeline: w.pipeline})
		w.expected(err)
	case n == 2 && people && len(w.machines) > 0 && w.chance.IntN(6) == 0:
		m := w.machines[w.chance.IntN(len(w.machines))]
		_, err := w.records.StopPipelineExecution(ctx, m.execution, execution.StopTrigger{Abandon: w.chance.IntN(2) == 0})
		w.expected(err)
	case n == 3 && people && len(w.machines) > 0 && w.chance.IntN(3) == 0:
		if m := w.machines[w.chance.IntN(len(w.machines))]; !m.status.Ended() {
			w.end(m, execution.MachineStatus{Status: "ABORTED", Cause: "somebody stopped it in the console"})
		}
	case n == 4 && people:
		w.answerApproval()
	case n < 10 && len(w.pending) > 0:
		w.deliver(w.chance.IntN(len(w.pending)))
	case n < 13:
		w.pass(time.Duration(w.chance.IntN(90)) * time.Second)
		w.sweep()
	case len(ready) > 0:
		w.transition(ready[w.chance.IntN(len(ready))])
	}
	if w.killed {
		w.open()
	}
}

func (w *world) answerApproval() {
	for _, m := range w.machines {
		if m.status.Ended() || m.stage != 2 || m.token == "" {
			continue
		}
		a, err := w.records.Action(w.t.Context(), m.execution, execution.ActionExecutionID(m.execution, "Approve", "A", 1))
		if err == nil && !a.Ended() {
			_, err = w.records.PutApprovalResult(w.t.Context(), execution.Approval{
				PipelineExecutionID: m.execution, StageName: "Approve", ActionName: "A", Token: a.ApprovalToken, Approved: true,
			})
		}
		if execution.CodeOf(err) != execution.NotFound {
			w.expected(err)
		}
	}
}

// over says whether nothing happens any more.
func (w *world) over() bool {
	for _, m := range w.machines {
		if !m.status.Ended() {
			return false
		}
	}
	return len(w.machines) >= executionsEach && len(w.due()) == 0 && len(w.pending) == 0
}

// Executions start, wait for one another, work outside, are stopped, and are aborted by people, in an order that chance
// decides. Events come late, before their action is known, twice, or never; ports refuse; handlers die after their writes.
// With nothing but the sweep to repair that, every execution ends, nothing is held, nothing goes on outside, and every
// token was answered once.
func TestEverythingEnds(t *testing.T) {
	statuses := map[execution.ExecutionStatus]int{}
	for seed := range uint64(42) {
		mode := []string{pipeline.ModeSuperseded, pipeline.ModeQueued, pipeline.ModeParallel}[seed%3]
		w := newWorld(t, mode, seed)
		w.trouble = 3
		for n := 0; n < 20_000 && !w.over(); n++ {
			w.act(n < 800)
		}
		w.trouble = 0
		w.open() // another process does once more what this one has done and not yet forgotten
		for range 3 {
			w.pass(2 * time.Minute)
			w.sweep()
		}
		w.checkEnd(statuses)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, status := range []execution.ExecutionStatus{
		execution.ExecutionSucceeded, execution.ExecutionFailed, execution.ExecutionStopped, execution.ExecutionSuperseded,
	} {
		if statuses[status] < 10 {
			t.Errorf("%d executions are %s: this shows little", statuses[status], status)
		}
	}
	t.Log(statuses)
}

func (w *world) checkEnd(statuses map[execution.ExecutionStatus]int) {
	ctx := w.t.Context()
	all, err := w.records.ListPipelineExecutions(ctx, "p", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		statuses[e.Status]++
		if m := w.machine(e.MachineExecution); !e.Ended() || m == nil || !m.status.Ended() {
			w.t.Errorf("execution %s is %s in %q, its machine %+v", e.PipelineExecutionID, e.Status, e.CurrentStage, m)
		}
		actions, err := w.records.ListActionExecutions(ctx, e.PipelineExecutionID)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range actions {
			if !a.Ended() || !a.NextCheck.IsZero() {
				w.t.Errorf("action %s/%s is %s, next check %v", a.StageName, a.ActionName, a.Status, a.NextCheck)
			}
		}
	}
	for _, stage := range w.pipeline.Stages {
		if l, err := w.records.StageLock(ctx, "p", stage.Name.Value); err != nil || l.Holder != nil || len(l.Inbound) > 0 {
			w.t.Errorf("the lock of %s is left: %+v, %v", stage.Name.Value, l, err)
		}
	}
	for _, x := range w.works {
		if x.stopped.IsZero() && w.now.Before(x.ends) {
			w.t.Errorf("work %s goes on", x.id)
		}
	}
	for token, n := range w.sent {
		if n != 1 {
			w.t.Errorf("token %s was answered %d times", token, n)
		}
	}
	for _, partition := range []string{"effects", "open"} {
		if left := w.left(partition); len(left) > 0 {
			w.t.Errorf("%s has %q", partition, left)
		}
	}
	if due := w.due(); len(due) > 0 {
		w.t.Errorf("due is %q", due)
	}
}
