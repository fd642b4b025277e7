package execution_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
	"github.com/penstock-ci/penstock/pipeline"
)

// keeping keeps every write.
type keeping struct {
	execution.Table
	writes *[][]execution.Write
}

func (k keeping) Write(ctx context.Context, writes []execution.Write) error {
	err := k.Table.Write(ctx, writes)
	if err == nil {
		*k.writes = append(*k.writes, slices.Clone(writes))
	}
	return err
}

// quiet is a world that nobody disturbs, and what is written in it.
func quiet(t *testing.T) (w *world, records *execution.Records, writes *[][]execution.Write) {
	w = newWorld(t, pipeline.ModeSuperseded, 1)
	writes = &[][]execution.Write{}
	table := keeping{porttest.NewMemory(), writes}
	return w, execution.New(execution.Ports{Table: table, Machine: w, Bus: w, Clock: w, IDs: w}), writes
}

// A registration is a new version where it changes anything, also back to what was before: a rollback. One that changes
// nothing is none.
func TestRegisterPipeline(t *testing.T) {
	_, records, writes := quiet(t)
	machine := func(arn string) []execution.StateMachine {
		return []execution.StateMachine{{Stages: []string{"S"}, ARN: arn}}
	}
	hook := []execution.Webhook{{Name: "w", Filters: []execution.WebhookFilter{{JSONPath: "$.ref"}}}}
	a := execution.Definition{PipelineName: "p", Digest: "a", RoleARN: "role", Machines: machine("m:1")}
	b, role, published, hooked := a, a, a, a
	b.Digest, b.Machines = "b", machine("m:2")
	role.RoleARN = "other"
	published.Machines = machine("m:3")
	hooked.Webhooks = hook
	last := 0
	for i, step := range []struct {
		definition execution.Definition
		version    int
	}{{a, 1}, {a, 1}, {b, 2}, {a, 3}, {a, 3}, {role, 4}, {a, 5}, {published, 6}, {a, 7}, {hooked, 8}, {hooked, 8}} {
		before := len(*writes)
		d, err := records.RegisterPipeline(t.Context(), step.definition)
		if err != nil || d.Version != step.version {
			t.Errorf("registration %d has version %d, %v, want %d", i, d.Version, err, step.version)
		}
		newest, err := records.GetPipeline(t.Context(), "p", 0)
		found, errByDigest := records.Definition(t.Context(), "p", step.definition.Digest)
		if err != nil || errByDigest != nil || newest.Version != step.version || found.Version != step.version {
			t.Errorf("registration %d: the newest is %d, by digest %d, %v, %v", i, newest.Version, found.Version, err, errByDigest)
		}
		if newest.Machines[0].ARN != step.definition.Machines[0].ARN || newest.RoleARN != step.definition.RoleARN {
			t.Errorf("registration %d: the newest is %+v", i, newest)
		}
		if repeated := step.version == last; repeated != (before == len(*writes)) {
			t.Errorf("registration %d: %d writes", i, len(*writes)-before)
		}
		last = step.version
	}
	if d, err := records.GetPipeline(t.Context(), "p", 2); err != nil || d.Digest != "b" {
		t.Errorf("version 2 is %+v, %v", d, err)
	}
	if _, err := records.GetPipeline(t.Context(), "p", 9); execution.CodeOf(err) != execution.NotFound || !strings.Contains(err.Error(), "its newest is 8") {
		t.Errorf("version 9: %v", err)
	}
}

// A registration lets what runs run, with the definition that it recorded.
func TestRegistrationCancelsNothing(t *testing.T) {
	w, records, _ := quiet(t)
	d, err := records.RegisterPipeline(t.Context(), execution.Definition{PipelineName: "p", Digest: "a"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := records.StartPipelineExecution(t.Context(), execution.StartInput{Definition: d, Pipeline: w.pipeline})
	if err != nil {
		t.Fatal(err)
	}
	for _, digest := range []string{"a", "b"} {
		if _, err := records.RegisterPipeline(t.Context(), execution.Definition{PipelineName: "p", Digest: digest}); err != nil {
			t.Fatal(err)
		}
	}
	now, err := records.Execution(t.Context(), e.PipelineExecutionID)
	if err != nil || now.Status != execution.ExecutionInProgress || now.DefinitionDigest != "a" || now.PipelineVersion != 1 {
		t.Errorf("the execution is %+v, %v", now, err)
	}
}

// An event that is kept for an action which is not known yet expires a day later; the record of one that is does not.
func TestParkedEventsExpire(t *testing.T) {
	w, records, writes := quiet(t)
	if _, err := records.Waiting(t.Context(), "build:1"); execution.CodeOf(err) != execution.NotFound {
		t.Fatal(err)
	}
	parked := (*writes)[0][0]
	if left := parked.Expires.Sub(w.now); left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("it expires in %s", left)
	}
	a := begin(t, w, records, "A")
	if err := records.Wait(t.Context(), a, "build:1", ""); err != nil {
		t.Fatal(err)
	}
	for _, write := range (*writes)[len(*writes)-1] {
		if !write.Expires.IsZero() {
			t.Errorf("%s %s expires at %s", write.Partition, write.Sort, write.Expires)
		}
	}
	if got, err := records.Waiting(t.Context(), "build:1"); err != nil || got.ActionName != "A" || got.NextCheck.Sub(w.now) > time.Minute {
		t.Errorf("%+v, %v: what was told early is looked at soon", got, err)
	}
}

// begin begins an action in the first stage of an execution, which it starts where there is none.
func begin(t *testing.T, w *world, records *execution.Records, name string) *execution.Action {
	t.Helper()
	open, err := records.OpenExecutions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(open) == 0 {
		e, err := records.StartPipelineExecution(t.Context(), execution.StartInput{
			Definition: execution.Definition{PipelineName: "p", Version: 1, Digest: "d"}, Pipeline: w.pipeline,
		})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, e)
	}
	id := open[0].PipelineExecutionID
	in := events.TaskInput{PipelineExecutionID: id, MachineExecution: id, Stage: "Source", TaskToken: "token-" + name}
	if err := records.EnterStage(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	a, err := records.BeginAction(t.Context(), in, execution.Action{
		ActionExecutionID: execution.ActionExecutionID(id, "Source", name, 1), PipelineExecutionID: id, StageName: "Source", ActionName: name,
		Type: execution.ActionTypeID{Category: "Build", Owner: "AWS", Provider: "CodeBuild", Version: "1"}, TaskToken: in.TaskToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// CodePipeline allows 50 actions side by side: abandoning all of them is one write of the table.
func TestManyActionsAreAbandonedAtOnce(t *testing.T) {
	w, records, writes := quiet(t)
	var a *execution.Action
	for i := range 50 {
		a = begin(t, w, records, fmt.Sprint("A", i))
		if err := records.Wait(t.Context(), a, fmt.Sprint("build:", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	abandoned, err := records.StopPipelineExecution(t.Context(), a.PipelineExecutionID, execution.StopTrigger{Abandon: true})
	if err != nil || len(abandoned) != 50 {
		t.Fatalf("%d are abandoned, %v", len(abandoned), err)
	}
	if n := len((*writes)[len(*writes)-1]); n > execution.MaxWrites {
		t.Errorf("%d items", n)
	}
	due := 0
	for shard := range execution.DueShards {
		entries, err := records.Due(t.Context(), shard, 0)
		if err != nil {
			t.Fatal(err)
		}
		due += len(entries)
	}
	if due != 50 {
		t.Errorf("%d are due, want the 50 whose work is left", due)
	}
	for _, a := range abandoned {
		if err := records.WorkStopped(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for shard := range execution.DueShards {
		if entries, err := records.Due(t.Context(), shard, 0); err != nil || len(entries) > 0 {
			t.Errorf("due are %+v, %v", entries, err)
		}
	}
}

// Wherever a sweep begins to read what is left, it comes around to all of it.
func TestLeftEffects(t *testing.T) {
	w := newWorld(t, pipeline.ModeSuperseded, 1)
	records := execution.New(execution.Ports{Table: w.table, Machine: w, Bus: w, Clock: w, IDs: w})
	at := func(second int) time.Time { return time.Date(2026, 11, 1, 12, 0, second, 0, time.UTC) }
	value, err := json.Marshal([]execution.Effect{})
	if err != nil {
		t.Fatal(err)
	}
	var writes []execution.Write
	for i, id := range []string{"1", "5", "5", "b", "f"} {
		sort := fmt.Sprintf("%s/%s/%d", id, at(i).Format("2006-01-02T15:04:05.000000000Z"), i)
		writes = append(writes, execution.Write{Key: execution.Key{Partition: "effects", Sort: sort}, Value: value})
	}
	if err := w.table.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		before int
		from   string
		limit  int
		want   string
		more   bool
	}{
		{10, "", 10, "0 1 2 3 4", false},
		{3, "", 10, "0 1 2", false},
		{10, "5", 10, "1 2 3 4 0", false},
		{10, "c", 3, "4 0 1", true},
		{10, "c", 5, "4 0 1 2 3", false},
		{2, "c", 3, "0 1", true},
	} {
		left, more, err := records.LeftEffects(t.Context(), at(tc.before), tc.from, tc.limit)
		var got []string
		for _, item := range left {
			got = append(got, item.Sort[len(item.Sort)-1:])
		}
		if strings.Join(got, " ") != tc.want || more != tc.more || err != nil {
			t.Errorf("%+v: %q, more %v, %v", tc, got, more, err)
		}
	}
}
