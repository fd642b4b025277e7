package task_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// checks are the next checks, as the time from now and the kind of what is due.
func (w *world) checks() []string {
	w.t.Helper()
	var out []string
	for _, entry := range w.due() {
		parts := strings.Split(entry, "/")
		at, err := time.Parse("2006-01-02T15:04:05.000000000Z", parts[0])
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s in %s", parts[1], at.Sub(w.now).Round(time.Minute)))
	}
	return out
}

func (w *world) wantChecks(when string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.checks()); diff != "" {
		w.t.Errorf("%s, what is due (-want +got):\n%s", when, diff)
	}
}

// until moves an execution to where its machine waits in a stage, by ending what is before.
func (w *world) until(stage string) (*execution.Execution, *execution.Action) {
	w.t.Helper()
	e := w.start("")
	w.settled()
	for _, name := range []string{"Build", "Approve", "Deploy"} {
		a, err := w.records.Action(w.t.Context(), e.PipelineExecutionID, execution.ActionExecutionID(e.PipelineExecutionID, name, "A", 1))
		if err != nil {
			w.t.Fatal(err)
		}
		if name == stage {
			return e, a
		}
		if _, err := w.records.EndAction(w.t.Context(), a, execution.Result{}); err != nil {
			w.t.Fatal(err)
		}
		w.settled()
	}
	w.t.Fatalf("there is no stage %s", stage)
	return nil, nil
}

func (w *world) action(a *execution.Action) *execution.Action {
	w.t.Helper()
	now, err := w.records.Action(w.t.Context(), a.PipelineExecutionID, a.ActionExecutionID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

func (w *world) status(e *execution.Execution) string {
	w.t.Helper()
	now, err := w.records.Execution(w.t.Context(), e.PipelineExecutionID)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(now.Status) + ": " + now.StatusSummary
}

// indexed fails the test on a write that moves more than one thing in the index.
type indexed struct {
	execution.Table
	t *testing.T
}

func (i indexed) Write(ctx context.Context, writes []execution.Write) error {
	n := 0
	for _, w := range writes {
		if strings.HasPrefix(w.Partition, "due/") {
			n++
		}
	}
	if n > 1 || n == len(writes) {
		i.t.Errorf("a write of %d items moves %d in the index", len(writes), n)
	}
	return i.Table.Write(ctx, writes)
}

// What is due follows the records: an action that ends in its call is never due, one that waits is until its end. No
// command writes more than one entry.
func TestWhatIsDue(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	w.records = execution.New(execution.Ports{Table: indexed{w.table, t}, Machine: w, Bus: w, Clock: w, IDs: w})
	e := w.start("")
	w.wantChecks("after the start", "execution in 15m0s")
	w.open()
	for w.machines[0].ready() && w.machines[0].stage == 0 {
		w.transition(w.machines[0])
	}
	w.wantChecks("after a source", "execution in 15m0s")
	w.settled()
	w.wantChecks("while a build runs", "action in 2m0s", "execution in 15m0s")
	w.pass(80 * time.Minute)
	if build := w.works[0]; build.fails {
		t.Fatal("the build fails: choose another seed")
	}
	w.settled()
	w.wantChecks("while an approval waits", "execution in -1h5m0s", "action in 2h0m0s")
	w.answerApproval()
	w.settled()
	w.wantChecks("while a deployment goes on", "execution in -1h5m0s", "action in 1m0s")
	if _, err := w.records.StopPipelineExecution(t.Context(), e.PipelineExecutionID, execution.StopTrigger{Abandon: true}); err != nil {
		t.Fatal(err)
	}
	w.wantChecks("while work is left behind", "action in 1m0s")
	w.pass(time.Minute + time.Second)
	w.sweep()
	w.wantChecks("at the end")
	if w.works[1].stopped.IsZero() {
		t.Errorf("the deployment goes on: %+v", w.works[1])
	}
}

// What goes on is looked at less often, the older it is.
func TestPaces(t *testing.T) {
	for stage, want := range map[string][]string{
		"Build":   {"2m0s", "2m0s", "2m0s", "2m0s", "2m0s", "10m0s", "10m0s", "10m0s", "10m0s", "10m0s"},
		"Approve": {"2h0m0s"},
		"Deploy":  {"1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "1m0s", "5m0s", "5m0s"},
	} {
		w := newWorld(t, pipeline.ModeSuperseded, 1)
		_, a := w.until(stage)
		for _, x := range w.works {
			x.ends = w.now.Add(1000 * time.Hour)
		}
		var got []string
		for range want {
			next := w.action(a).NextCheck
			got = append(got, next.Sub(w.now).Round(time.Minute).String())
			w.pass(next.Sub(w.now))
			w.sweep()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stage, diff)
		}
	}
}

// The end of work that no event tells of, or whose event was lost, is found.
func TestSweepFindsTheEnd(t *testing.T) {
	for _, stage := range []string{"Build", "Deploy"} {
		w := newWorld(t, pipeline.ModeSuperseded, 1)
		_, a := w.until(stage)
		for _, x := range w.works {
			x.fails, x.ends, x.told = false, w.now.Add(5*time.Minute), true
		}
		for range 11 {
			w.pass(time.Minute)
			w.sweep()
		}
		if got := w.action(a); got.Status != execution.ActionSucceeded || got.Summary != "done" {
			t.Errorf("%s: the action is %s, %q", stage, got.Status, got.Summary)
		}
	}
}

// A deadline ends an approval, and other work as what it has come to; work that goes on is stopped, and where that cannot
// be done the action is kept for a while.
func TestDeadlines(t *testing.T) {
	for _, tc := range []struct {
		name, stage string
		work        func(w *world, x *outsideWork)
		after       time.Duration
		want        string
		stopped     bool
	}{
		{"an approval", "Approve", nil, 121 * time.Minute, "Failed Timeout: nobody answered until 2026-11-01 14:00:00 UTC", false},
		{"an approval in time", "Approve", nil, 119 * time.Minute, "InProgress", false},
		{"work that goes on", "Build", func(w *world, x *outsideWork) { x.ends = w.now.Add(1000 * time.Hour) }, 61 * time.Minute, "Failed Timeout: it was not done until 2026-11-01 13:00:00 UTC, 1h0m0s after it began", true},
		{"work that has ended", "Build", func(w *world, x *outsideWork) { x.fails, x.told, x.ends = false, true, w.now.Add(55*time.Minute) }, 61 * time.Minute, "Succeeded", false},
		{"work that has failed", "Build", func(w *world, x *outsideWork) { x.fails, x.told, x.ends = true, true, w.now.Add(55*time.Minute) }, 61 * time.Minute, "Failed JobFailed: it failed", false},
		{"work that is lost", "Build", func(_ *world, x *outsideWork) { x.id = "Build:other" }, 61 * time.Minute, "Failed Timeout: it was not done until 2026-11-01 13:00:00 UTC, 1h0m0s after it began", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, pipeline.ModeSuperseded, 1)
			_, a := w.until(tc.stage)
			if tc.work != nil {
				tc.work(w, w.works[0])
			}
			w.pass(tc.after)
			w.sweep()
			got := w.action(a)
			text := string(got.Status)
			if got.Error != nil {
				text += " " + got.Error.Code + ": " + got.Error.Message
			}
			if text != tc.want {
				t.Errorf("the action is %s, want %s", text, tc.want)
			}
			if tc.stage == "Build" && !w.works[0].stopped.IsZero() != tc.stopped {
				t.Errorf("stopped at %v", w.works[0].stopped)
			}
		})
	}
}

// A machine that was ended from outside, while its execution holds a stage and another one waits: the event tells of it,
// or the sweep finds it, or the answer does that nobody takes. The lock passes on each time.
func TestTheHolderIsGone(t *testing.T) {
	for name, learn := range map[string]func(w *world, a *execution.Action){
		"by the event": func(w *world, _ *execution.Action) { w.settled() },
		"by the sweep": func(w *world, _ *execution.Action) {
			w.pending = nil
			w.pass(16 * time.Minute)
			w.sweep()
			w.settled()
		},
		"by the answer": func(w *world, a *execution.Action) {
			w.pending = nil
			if err := w.handlers.CompleteAction(w.t.Context(), a.ExternalExecutionID); err != nil {
				w.t.Fatal(err)
			}
			w.settled()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, pipeline.ModeSuperseded, 1)
			holder, a := w.until("Build")
			waiting := w.start("second")
			w.settled()
			if lock, err := w.records.StageLock(t.Context(), "p", "Build"); err != nil || len(lock.Inbound) != 1 {
				t.Fatalf("nobody waits: %+v, %v", lock, err)
			}
			if name == "by the answer" {
				w.works[0].fails, w.works[0].ends = true, w.now
			} else {
				w.works[0].ends = w.now.Add(1000 * time.Hour)
			}
			w.end(w.machine(holder.MachineExecution), execution.MachineStatus{Status: "ABORTED", Error: "Mine", Cause: "enough"})
			learn(w, a)
			if got := w.status(holder); got != "Failed: Mine: enough" {
				t.Errorf("the holder is %s", got)
			}
			if now, err := w.records.Execution(t.Context(), waiting.PipelineExecutionID); err != nil || now.CurrentStage != "Build" {
				t.Errorf("the other one is in %q, %v", now.CurrentStage, err)
			}
			if name != "by the answer" && w.works[0].stopped.IsZero() {
				t.Error("the build of the first one goes on")
			}
		})
	}
}

// A machine that is unknown is over, unless its start is still to be done.
func TestAnUnknownMachine(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	w.refuseStarts = execution.Unavailable
	id := execution.ExecutionID("p", "once")
	if _, err := w.records.StartPipelineExecution(t.Context(), execution.StartInput{
		Definition: w.definition, Pipeline: w.pipeline, ClientRequestToken: "once",
	}); execution.CodeOf(err) != execution.Unavailable {
		t.Fatal(err)
	}
	w.pass(16 * time.Minute)
	w.open()
	w.sweep()
	e, err := w.records.Execution(t.Context(), id)
	if err != nil || e.Status != execution.ExecutionInProgress || len(w.machines) != 0 {
		t.Fatalf("the execution is %+v, %v, %d machines", e, err, len(w.machines))
	}
	w.refuseStarts = ""
	w.sweep()
	if got := w.status(e); got != "InProgress: " || len(w.machines) != 1 {
		t.Fatalf("the execution is %s, %d machines", got, len(w.machines))
	}
	w.machines = nil
	w.pass(16 * time.Minute)
	w.sweep()
	if got := w.status(e); got != "Failed: its state machine execution is not known any more" {
		t.Errorf("the execution is %s", got)
	}
}

// An execution whose state machine is gone before it could be started is ended by the sweep, and is not tried for ever.
func TestAMachineThatCannotBeStarted(t *testing.T) {
	w := newWorld(t, pipeline.ModeParallel, 1)
	w.refuseStarts = execution.NotFound
	if _, err := w.records.StartPipelineExecution(t.Context(), execution.StartInput{
		Definition: w.definition, Pipeline: w.pipeline, ClientRequestToken: "once",
	}); execution.CodeOf(err) != execution.NotFound {
		t.Fatal(err)
	}
	e, err := w.records.Execution(t.Context(), execution.ExecutionID("p", "once"))
	if err != nil || w.status(e) != "InProgress: " {
		t.Fatalf("the execution is %s, %v", w.status(e), err)
	}
	w.pass(2 * time.Minute)
	w.open()
	w.sweep()
	if got := w.status(e); got != "Failed: its state machine cannot be started: no machine starts" {
		t.Errorf("the execution is %s", got)
	}
	w.pass(2 * time.Minute)
	w.open()
	w.sweep()
	if left := append(w.left("effects"), w.due()...); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}

// Work that cannot be stopped is let go when the action would have been over anyway: what is left of a pipeline whose role is
// gone does not fail every sweep from then on.
func TestWorkThatNobodyCanStop(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	e, _ := w.until("Build")
	w.works[0].ends = w.now.Add(1000 * time.Hour)
	w.refuseStops = true
	if err := w.handlers.DeletePipeline(t.Context(), "p"); execution.CodeOf(err) != execution.NotAllowed {
		t.Fatal(err)
	}
	w.settled()
	if got := w.status(e); got != "Stopped: the pipeline was deleted" {
		t.Fatalf("the execution is %s", got)
	}
	w.pass(59 * time.Minute)
	if _, err := w.handlers.Sweep(t.Context()); execution.CodeOf(err) != execution.NotAllowed || len(w.due()) != 1 {
		t.Errorf("sweep = %v, due %q", err, w.due())
	}
	w.pass(15 * time.Minute)
	if _, err := w.handlers.Sweep(t.Context()); execution.CodeOf(err) != execution.NotAllowed || len(w.due()) != 0 {
		t.Errorf("the last sweep = %v, due %q", err, w.due())
	}
}

// Stored effects are done by the sweep when they are older than a minute, each by itself.
func TestSweepRepairs(t *testing.T) {
	w := newWorld(t, pipeline.ModeParallel, 1)
	refusing := &refusingBus{world: w, refuse: map[string]bool{}}
	refusing.all = true
	refusing.open()
	for i := range 3 {
		_, err := refusing.records.StartPipelineExecution(t.Context(), execution.StartInput{
			Definition: w.definition, Pipeline: w.pipeline, ClientRequestToken: fmt.Sprint(i),
		})
		if execution.CodeOf(err) != execution.Unavailable {
			t.Fatalf("start = %v", err)
		}
	}
	refusing.all = false
	refusing.refuse[execution.ExecutionID("p", "1")] = true
	w.pass(50 * time.Second)
	if report, err := refusing.handlers.Sweep(t.Context()); err != nil || report.Repaired != 0 || len(w.published) != 0 {
		t.Errorf("too early: %+v, %v, %d events", report, err, len(w.published))
	}
	w.pass(11 * time.Second)
	report, err := refusing.handlers.Sweep(t.Context())
	if report.Repaired != 2 || len(w.published) != 2 || err == nil || !strings.Contains(err.Error(), "effects "+execution.ExecutionID("p", "1")) {
		t.Errorf("%+v, %v, %d events", report, err, len(w.published))
	}
	if left := w.left("effects"); len(left) != 1 {
		t.Errorf("left are %q", left)
	}
	clear(refusing.refuse)
	if report, err := refusing.handlers.Sweep(t.Context()); err != nil || report.Repaired != 1 || len(w.left("effects")) != 0 {
		t.Errorf("%+v, %v, left are %q", report, err, w.left("effects"))
	}
}

// A sweep looks at so many records of a shard, the longest due first, and says that others are left. What cannot be looked
// at does not stand in the way of the others, and is tried again later.
func TestSweepIsBounded(t *testing.T) {
	w := newWorld(t, pipeline.ModeParallel, 1)
	for i := 0; len(w.machines) < 30; i++ {
		if token := fmt.Sprint(i); fullShard(execution.ExecutionID("p", token)) {
			w.start(token)
		}
	}
	for _, m := range w.machines {
		m.status = execution.MachineStatus{Status: "ABORTED"}
	}
	w.pass(20 * time.Minute)
	w.refuseDescribing = w.machines[0].name
	report, err := w.handlers.Sweep(t.Context())
	if report.Looked != 25 || report.Left != 5 || report.LeftMore || err == nil || strings.Count(err.Error(), "look at") != 2 {
		t.Errorf("the first sweep: %+v, %v", report, err)
	}
	if n := len(w.left("open")); n != 6 {
		t.Errorf("%d executions are open, want 6", n)
	}
	report, err = w.handlers.Sweep(t.Context())
	if report.Looked != 5 || report.Left != 0 || err != nil || len(w.left("open")) != 1 {
		t.Errorf("the second sweep: %+v, %v, open %q", report, err, w.left("open"))
	}
	w.refuseDescribing = ""
	w.pass(16 * time.Minute)
	if report, err = w.handlers.Sweep(t.Context()); report.Looked != 1 || err != nil || len(w.left("open")) != 0 {
		t.Errorf("the third sweep: %+v, %v", report, err)
	}
}

// The age of the oldest action is that of work: people may take their time.
func TestOldestAction(t *testing.T) {
	w := newWorld(t, pipeline.ModeParallel, 1)
	_, a := w.until("Deploy")
	w.work(a.ExternalExecutionID).ends = w.now.Add(1000 * time.Hour)
	w.pass(10 * time.Minute)
	w.until("Approve")
	w.pass(20 * time.Minute)
	if got := w.sweep().OldestAction.Round(time.Minute); got != 30*time.Minute {
		t.Errorf("the oldest action has run %s, want 30m", got)
	}
}

// Deleting a pipeline stops what is open, and its work; what has run can still be read.
func TestDeletePipeline(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	holder, _ := w.until("Build")
	w.works[0].ends = w.now.Add(1000 * time.Hour)
	waiting := w.start("second")
	w.settled()
	for range 2 {
		if err := w.handlers.DeletePipeline(t.Context(), "p"); err != nil {
			t.Fatal(err)
		}
		w.settled()
	}
	for _, e := range []*execution.Execution{holder, waiting} {
		if got := w.status(e); got != "Stopped: the pipeline was deleted" {
			t.Errorf("execution %s is %s", e.PipelineExecutionID, got)
		}
	}
	if w.works[0].stopped.IsZero() || len(w.works) != 1 || len(w.due()) != 0 {
		t.Errorf("work %+v, due %q", w.works[0], w.due())
	}
	if e, err := w.records.Execution(t.Context(), waiting.PipelineExecutionID); err != nil || e.CurrentStage != "Source" {
		t.Errorf("the one that waited was let into %q, %v", e.CurrentStage, err)
	}
	if _, err := w.records.GetPipeline(t.Context(), "p", 0); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("GetPipeline = %v", err)
	}
	if all, err := w.records.ListPipelines(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("listed are %q, %v", all, err)
	}
	w.register(fmt.Sprintf(definitionText, pipeline.ModeSuperseded))
	if w.definition.Version != 2 {
		t.Errorf("registered again it has version %d, want 2", w.definition.Version)
	}
}

// Events about the end of machines that are nobody's, or that go on, change nothing; what is no such event is an error.
func TestMachineEnded(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	e, _ := w.until("Approve")
	for _, tc := range []struct {
		event events.Envelope
		want  string
	}{
		{event(events.MachineStatusChange, map[string]any{"executionArn": "somebody's", "status": "ABORTED"}), ""},
		{event(events.MachineStatusChange, map[string]any{"executionArn": e.MachineExecution, "status": "RUNNING"}), ""},
		{event(events.MachineStatusChange, map[string]any{"executionArn": e.MachineExecution + ".2", "status": "FAILED"}), ""},
		{event(events.MachineStatusChange, map[string]any{"executionArn": e.MachineExecution}), "has no executionArn and status"},
		{event(events.BuildStateChange, map[string]any{}), `has detail type "CodeBuild Build State Change"`},
	} {
		err := w.handlers.MachineEnded(t.Context(), tc.event)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s = %v, want %q", tc.event.Detail, err, tc.want)
		}
	}
	if got := w.status(e); got != "InProgress: " {
		t.Errorf("the execution is %s", got)
	}
	over := event(events.MachineStatusChange, map[string]any{"executionArn": e.MachineExecution, "status": "TIMED_OUT", "error": nil, "cause": nil})
	for range 2 {
		if err := w.handlers.MachineEnded(t.Context(), over); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.status(e); got != "Failed: its state machine execution is TIMED_OUT" {
		t.Errorf("the execution is %s", got)
	}
}

// Every kind of event finds the action that waits for what it is about; before its action is known it is kept.
func TestServiceEvents(t *testing.T) {
	const stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1"
	const run = "arn:aws:states:us-east-1:123456789012:execution:m:1"
	for _, tc := range []struct {
		event    events.Envelope
		external string
		want     string
	}{
		{event(events.BuildStateChange, map[string]any{"build-id": "arn:aws:codebuild:us-east-1:123456789012:build/app:1"}), "app:1", ""},
		{event(events.BuildBatchStateChange, map[string]any{"build-id": "arn:aws:codebuild:us-east-1:123456789012:build-batch/app:1"}), "app:1", ""},
		{event(events.StackStatusChange, map[string]any{"stack-id": stack}), stack, ""},
		{event(events.MachineStatusChange, map[string]any{"executionArn": run}), run, ""},
		{event(events.PipelineExecutionStateChange, map[string]any{"execution-id": "e"}), "e", ""},
		{event("EC2 Instance State-change Notification", map[string]any{}), "", `detail type "EC2 Instance State-change Notification"`},
		{event(events.StackStatusChange, map[string]any{"stack": stack}), "", "detail.stack-id is missing"},
		{event(events.MachineStatusChange, map[string]any{"executionArn": 7}), "", "detail.executionArn is 7"},
		{event(events.StackStatusChange, []int{}), "", "decode detail"},
	} {
		w := newWorld(t, pipeline.ModeSuperseded, 1)
		err := w.handlers.ServiceEvent(t.Context(), tc.event)
		if (err == nil) != (tc.want == "") || err != nil && (!strings.Contains(err.Error(), tc.want) || execution.CodeOf(err) != execution.Invalid) {
			t.Errorf("%s = %v, want %q", tc.event.DetailType, err, tc.want)
		}
		var want []string
		if tc.external != "" {
			want = []string{"external"}
		}
		if got := w.left("external/" + tc.external); !slices.Equal(got, want) {
			t.Errorf("%s: kept is %q under %q", tc.event.DetailType, got, tc.external)
		}
	}
}
