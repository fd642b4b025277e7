package platform

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// A release from the event to the last stage.
func TestRelease(t *testing.T) {
	for name, endpoint := range map[string]func() string{
		"on moto": func() string { return cloudtest.Start(t) },
		"played":  func() string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, endpoint())
			d := w.deploy(site)
			if again := w.deploy(site); d.Version != 1 || again.Version != 1 {
				t.Errorf("registered as version %d, and again as %d", d.Version, again.Version)
			}
			e := w.run(w.start("site", "event-1"))
			if e.Status != execution.ExecutionSucceeded {
				t.Errorf("the execution is %s: %s\n%s", e.Status, e.StatusSummary, w.log.String())
			}
			if again := w.start("site", "event-1"); again != e.PipelineExecutionID {
				t.Errorf("the same event again has started %s", again)
			}
			if w.store != nil {
				if keys := w.store.keys("production"); len(keys) != 2 {
					t.Errorf("deployed: %q", keys)
				}
				sessions := 0
				for _, call := range w.faults.calls {
					if call == "Action=AssumeRole" {
						sessions++
					}
				}
				// A source, an approval and a deployment are done in one call, a build is started and looked at in one, and ends in another.
				if sessions != 7 {
					t.Errorf("%d sessions, want 7", sessions)
				}
			}
		})
	}
}

// The record of a build says what its tests came to. Where the role may not read that, the build has ended all the same, and the
// action's log says what is missing.
func TestTestsOfABuild(t *testing.T) {
	const call = "CodeBuild_20161006.BatchGetReports"
	released := func(kind fault, name string) (w *world, summary string) {
		w = newWorld(t, "")
		w.deploy(site)
		w.faults.kind, w.faults.name = kind, name
		e := w.run(w.start("site", "event-1"))
		if e.Status != execution.ExecutionSucceeded {
			t.Errorf("the execution is %s: %s", e.Status, w.told(e))
		}
		actions, err := w.outside.Records().ListActionExecutions(t.Context(), e.PipelineExecutionID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range actions {
			if a.ActionName == "Check" {
				summary = a.Summary
			}
		}
		return w, summary
	}
	_, summary := released("", "")
	if want := "CodeBuild check  3 passed"; summary != want {
		t.Errorf("summary %q, want %q", summary, want)
	}
	w, summary := released(denied, call)
	if want := "CodeBuild check"; summary != want || !slices.Contains(w.faults.calls, call) {
		t.Errorf("denied: summary %q, want %q", summary, want)
	}
	if log := w.log.String(); !strings.Contains(log, `"stageName":"Build","actionName":"Check","message":"note: the test cases of build check:`) ||
		!strings.Contains(log, "codebuild:BatchGetReports") {
		t.Errorf("the log tells of no permission:\n%s", log)
	}
}

// A stack that is rolled back registers what was before, with the revisions that it had then: that is what starts run again.
func TestRollback(t *testing.T) {
	w := newWorld(t, "")
	before := w.registration(site)
	first, err := w.outside.RegisterPipeline(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	second := w.deploy(strings.Replace(site, "pages?", "files?", 1))
	again, err := w.outside.RegisterPipeline(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	if first.Version == second.Version || again.Digest != first.Digest || again.Machines[0].ARN != first.Machines[0].ARN {
		t.Errorf("rolled back to version %d, %s; it was %d, %s", again.Version, again.Machines[0].ARN, first.Version, first.Machines[0].ARN)
	}
	e := w.run(w.start("site", "event-1"))
	if e.Status != execution.ExecutionSucceeded || e.DefinitionDigest != first.Digest {
		t.Errorf("the next execution is %s, of the definition %s, want %s", e.Status, e.DefinitionDigest, first.Digest)
	}
}

// Every call of every handler is throttled once, or denied, or gets no answer, or is the last or the first that its
// process does not make. The execution succeeds, or fails and says why; nothing stays locked, and the next one succeeds.
func TestEveryCallFailsOnce(t *testing.T) {
	for _, s := range []scenario{
		{"release", "site", func(w *world) { w.deploy(site) }},
		{"other actions", "others", func(w *world) { w.prepare(); w.deploy(others) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			whole := newWorld(t, "")
			s.deploy(whole)
			if e := whole.run(whole.start(s.pipeline, "event-1")); e.Status != execution.ExecutionSucceeded {
				t.Fatalf("undisturbed it is %s: %s", e.Status, whole.told(e))
			}
			calls := whole.faults.calls
			t.Logf("%d calls, each %d-th of them", len(calls), *every)
			for i, kind := range kinds {
				ends := map[execution.ExecutionStatus]int{}
				for at := 1 + i%*every; at <= len(calls); at += *every {
					t.Run(fmt.Sprintf("%s/%d %s", kind, at, strings.ReplaceAll(calls[at-1], "/", "_")), func(t *testing.T) {
						ends[s.survives(t, kind, at)]++
					})
				}
				t.Logf("%s: %v", kind, ends)
			}
		})
	}
}

// scenario is a release that is disturbed.
type scenario struct {
	name, pipeline string
	deploy         func(*world)
}

func (s scenario) survives(t *testing.T, kind fault, at int) execution.ExecutionStatus {
	t.Helper()
	w := newWorld(t, "")
	s.deploy(w)
	w.faults.kind, w.faults.at = kind, at
	e := w.run(w.start(s.pipeline, "event-1"))
	told := w.told(e)
	switch {
	case e.Status == execution.ExecutionSucceeded:
		if keys := w.store.keys("production"); s.pipeline == "site" && len(keys) != 2 {
			t.Errorf("it succeeded and deployed %q", keys)
		}
	case e.Status != execution.ExecutionFailed:
		t.Errorf("the execution is %s: %s", e.Status, told)
	case kind != denied:
		t.Errorf("the execution has failed: %s", told)
	case !strings.Contains(told, "needs ") && !strings.Contains(told, "is not allowed to"):
		t.Errorf("the failure names no permission: %s", told)
	}
	w.free(e)
	if at%4 != 0 && !t.Failed() {
		return e.Status // that it holds nothing is known, and the next one takes as long as all this
	}
	w.clock.Advance(time.Second)
	if after := w.run(w.start(s.pipeline, "event-2")); after.Status != execution.ExecutionSucceeded {
		t.Errorf("the next execution is %s: %s", after.Status, w.told(after))
	}
	if t.Failed() {
		t.Log(w.log.String())
	}
	return e.Status
}

// A registration and a webhook that meet the same: they are done when they are asked for again, once.
func TestEveryCallOfAStartFailsOnce(t *testing.T) {
	start := func(w *world) (string, error) {
		r := w.registration(site)
		var version int
		if err := w.event(func(p *Platform) error {
			d, err := p.RegisterPipeline(w.Context(), r)
			version = d.Version
			return err
		}); err != nil || version != 1 {
			return "", fmt.Errorf("registered as version %d: %w", version, err)
		}
		return w.deliver(1)
	}
	whole := newWorld(t, "")
	id, err := start(whole)
	if err != nil {
		t.Fatal(err)
	}
	until := whole.faults.count()
	whole.run(id) // its calls are counted too, and those of a release are tried elsewhere
	calls := whole.faults.calls[:until]
	for i, kind := range kinds {
		for at := i % *every; at < len(calls); at += *every {
			t.Run(fmt.Sprintf("%s/%d %s", kind, at+1, strings.ReplaceAll(calls[at], "/", "_")), func(t *testing.T) {
				w := newWorld(t, "")
				w.faults.kind, w.faults.at = kind, at+1
				id, err := start(w)
				if err != nil {
					t.Fatal(err)
				}
				again, err := w.deliver(1)
				if err != nil || again != id {
					t.Errorf("delivered again it started %s, not %s: %v", again, id, err)
				}
				if e := w.run(id); e.Status != execution.ExecutionSucceeded && kind != denied { // it may be a call of the release
					t.Errorf("the execution is %s: %s", e.Status, w.told(e))
				}
			})
		}
	}
}

// told is everything that an execution says of its failure.
func (w *world) told(e *execution.Execution) string {
	w.Helper()
	told := e.StatusSummary
	actions, err := w.outside.Records().ListActionExecutions(w.Context(), e.PipelineExecutionID)
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range actions {
		if a.Error != nil {
			told += "; " + a.ActionName + ": " + a.Error.Message
		}
	}
	return told
}

// free checks that an execution that has ended holds nothing.
func (w *world) free(e *execution.Execution) {
	w.Helper()
	items, err := w.table.Query(w.Context(), execution.Query{Partition: "pipeline/" + e.PipelineName, Prefix: "lock/"})
	if err != nil {
		w.Fatal(err)
	}
	for _, item := range items {
		var lock struct{ Holder, Inbound json.RawMessage }
		if err := json.Unmarshal(item.Value, &lock); err != nil || len(lock.Holder) > 0 || len(lock.Inbound) > 0 {
			w.Errorf("%s stays locked: %s %v", item.Sort, item.Value, err)
		}
	}
	actions, err := w.outside.Records().ListActionExecutions(w.Context(), e.PipelineExecutionID)
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range actions {
		if !a.Ended() {
			w.Errorf("action %s goes on", a.ActionName)
		}
	}
}

// run does what is done outside until the execution has ended.
func (w *world) run(id string) *execution.Execution {
	w.Helper()
	for range 300 {
		if err := w.states.Engine.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		e, err := w.outside.Records().Execution(w.Context(), id)
		if err != nil {
			w.Fatal(err)
		}
		if e.Ended() {
			if err := w.states.Engine.Settle(w.Context()); err != nil { // the handler that has ended it may not have answered yet
				w.Fatal(err)
			}
			return e
		}
		if w.endBuilds() || w.endWork() || w.approve(id) || w.tellOfEnd(e) {
			continue
		}
		w.clock.Advance(time.Minute)
		if err := w.states.Engine.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		_ = w.event(func(p *Platform) error { return p.Sweep(w.Context()) }) // the next one does what this one could not
	}
	w.Fatalf("execution %s does not end\n%s", id, w.log.String())
	return nil
}

// endBuilds ends the builds that go on, and tells of it.
func (w *world) endBuilds() bool {
	told := w.builds.end("SUCCEEDED")
	for _, event := range told {
		_ = w.event(func(p *Platform) error { return p.Handlers().ServiceEvent(w.Context(), event) }) // it may be lost
	}
	return len(told) > 0
}

// approve answers the approvals that wait.
func (w *world) approve(id string) bool {
	w.Helper()
	actions, err := w.outside.Records().ListActionExecutions(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range actions {
		if a.ApprovalToken == "" || a.Ended() {
			continue
		}
		_ = w.event(func(p *Platform) error {
			_, err := p.PutApprovalResult(w.Context(), execution.Approval{
				PipelineExecutionID: id, StageName: a.StageName, ActionName: a.ActionName, Token: a.ApprovalToken, Approved: true, By: "ann",
			})
			return err
		})
		return true
	}
	return false
}

// tellOfEnd tells that the machine of an execution has ended, once.
func (w *world) tellOfEnd(e *execution.Execution) bool {
	w.Helper()
	r, err := w.states.Engine.Describe(e.MachineExecution)
	if err != nil || r.StopDate.IsZero() || w.toldOf[e.MachineExecution] {
		return false
	}
	w.toldOf[e.MachineExecution] = true
	detail, err := json.Marshal(map[string]any{
		"executionArn": "arn:aws:states:eu-central-1:123456789012:execution:penstock-site:" + e.MachineExecution, "name": e.MachineExecution,
		"stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:penstock-site", "status": r.Status,
		"error": r.Error, "cause": r.Cause,
	})
	if err != nil {
		w.Fatal(err)
	}
	_ = w.event(func(p *Platform) error {
		return p.Handlers().MachineEnded(w.Context(), events.Envelope{
			ID: "ended", Source: "aws.states", DetailType: "Step Functions Execution Status Change", Detail: detail,
		})
	})
	return true
}
