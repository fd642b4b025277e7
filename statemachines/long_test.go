package statemachines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// netDelay is what a machine waits beyond the time of an action: the handler answers first, where it can.
const netDelay = 15 * time.Minute

// forever is how long a job takes that nobody ends.
const forever = time.Duration(0)

// long is a pipeline with one action that calls back, after a source and before another one.
const long = `
name: long
stages:
  - name: Source
    actions:
      - {name: Checkout, actionTypeId: Source/AWS/S3/1, configuration: {S3Bucket: b, S3ObjectKey: k}, outputArtifacts: [{name: Source}]}
  - name: Long
    actions:
      - %s
  - name: After
    actions:
      - {name: Deploy, actionTypeId: Deploy/AWS/S3/1, configuration: {BucketName: b, Extract: true}, inputArtifacts: [{name: Source}]}
`

// The longest approval that CodePipeline allows, and a job of a day.
const (
	longApproval = "{name: Action, actionTypeId: Approval/AWS/Manual/1, timeoutInMinutes: 86400}"
	longJob      = "{name: Action, actionTypeId: Build/AWS/CodeBuild/1, configuration: {ProjectName: p}, inputArtifacts: [{name: Source}]}"
)

// slow is handlers of which one, of the stage Long, is only begun by its call and answers its task token later.
type slow struct {
	*handlers
	clock *engine.VirtualClock
	takes time.Duration
}

// Invoke begins the long job, and lets the others answer.
func (s *slow) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	if err := json.NewDecoder(bytes.NewReader(i.Payload)).Decode(&in); err != nil {
		return nil, fmt.Errorf("decode the payload of %s: %w", i.State, err)
	}
	if in.Action == nil || in.Stage != "Long" {
		return s.handlers.Invoke(ctx, i)
	}
	if s.takes != forever {
		s.clock.AfterFunc(s.takes, func() {
			_ = s.engine.SendTaskSuccess(context.Background(), i.Token, []byte("{}")) // the run's end tells whether it was heard
		})
	}
	return []byte("{}"), nil
}

// runLong runs a machine in virtual time, from its start to its end.
func runLong(t testing.TB, p *pipeline.Pipeline, m *asl.StateMachine, takes time.Duration) run {
	t.Helper()
	clock := engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	h := &slow{handlers: &handlers{}, clock: clock, takes: takes}
	h.begin(p, engine.New(engine.Options{Clock: clock, Tasks: h}))
	defer h.engine.Close()
	input, err := json.Marshal(events.ExecutionInput{PipelineExecutionID: "pe-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.engine.Start(context.Background(), engine.Execution{Name: "run", Machine: m, Input: input}); err != nil {
		t.Fatal(err)
	}
	r := finish(t, clock, h.handlers, "run")
	if left := clock.Pending(); left != 0 {
		t.Errorf("%d timers are left", left)
	}
	return r
}

func longPipeline(t testing.TB, action string) (*pipeline.Pipeline, *asl.StateMachine) {
	t.Helper()
	p := parse(t, fmt.Sprintf(long, action))
	return p, substituted(t, compile(t, p))
}

func passed(r run) time.Duration { return r.result.StopDate.Sub(r.result.StartDate) }

// An approval that nobody answers fails its stage after 60 days, and what comes after it never begins.
func TestApprovalOfSixtyDaysTimesOut(t *testing.T) {
	p, m := longPipeline(t, longApproval)
	r := runLong(t, p, m, forever)
	if want := 60*24*time.Hour + netDelay; r.result.Status != engine.StatusFailed || passed(r) != want {
		t.Errorf("%s after %s, want FAILED after %s", r.result.Status, passed(r), want)
	}
	want := []string{"Start", "Route", "Enter: Source", "Source/Checkout", "Enter: Long", "Long/Action", "Fail: Long", "Failed"}
	if !slices.Equal(r.visited, want) {
		t.Errorf("states %q, want %q", r.visited, want)
	}
	last := r.received[len(r.received)-1]
	if text, err := json.Marshal(last); err != nil || !bytes.Contains(text, []byte(engine.ErrorTimeout)) {
		t.Errorf("the handler that fails the stage got %s, %v; want it to hear of %s", text, err, engine.ErrorTimeout)
	}
}

// A job of a day is waited for.
func TestJobOfADay(t *testing.T) {
	p, m := longPipeline(t, longJob)
	r := runLong(t, p, m, 24*time.Hour)
	if r.result.Status != engine.StatusSucceeded || passed(r) != 24*time.Hour {
		t.Errorf("%s after %s, want SUCCEEDED after a day", r.result.Status, passed(r))
	}
	want := []string{
		"Start", "Route", "Enter: Source", "Source/Checkout", "Enter: Long", "Long/Action", "Enter: After", "After/Deploy",
		"Finish", "Succeeded",
	}
	if !slices.Equal(r.visited, want) {
		t.Errorf("states %q, want %q", r.visited, want)
	}
}

func benchmarkLong(b *testing.B, action string, takes, want time.Duration) {
	p, m := longPipeline(b, action)
	for b.Loop() {
		if r := runLong(b, p, m, takes); passed(r) != want {
			b.Fatalf("%s passed, want %s", passed(r), want)
		}
	}
	b.ReportMetric(want.Hours(), "virtual-hours")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms")
}

// BenchmarkApproval60Days is an approval that times out after 60 days, from the machine's text to the end of its run.
func BenchmarkApproval60Days(b *testing.B) {
	benchmarkLong(b, longApproval, forever, 60*24*time.Hour+netDelay)
}

// BenchmarkJob24Hours is a pipeline whose job takes a day.
func BenchmarkJob24Hours(b *testing.B) { benchmarkLong(b, longJob, 24*time.Hour, 24*time.Hour) }
