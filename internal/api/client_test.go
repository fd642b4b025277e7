package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
)

// client asks the world at the paths of its requests.
func (w *world) client() *api.Client {
	handler := api.ByPath(w.handler())
	return &api.Client{Ask: func(_ context.Context, target string, body []byte) ([]byte, error) {
		path, err := api.PathOf(target, body)
		if err != nil {
			return nil, err
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", target)
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, r)
		if got.Code != http.StatusOK {
			return nil, errors.New(got.Body.String())
		}
		return got.Body.Bytes(), nil
	}}
}

// What a client reads are the records, as far as the API carries them.
func TestClientReadsTheRecords(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.client(), t.Context()
	names, err := c.ListPipelines(ctx)
	w.must(err)
	if diff := cmp.Diff([]string{"shop", "tiny"}, names); diff != "" {
		t.Error(diff)
	}
	recorded, err := w.records.ListPipelineExecutions(ctx, "shop", 0)
	w.must(err)
	listed, err := c.ListPipelineExecutions(ctx, "shop", 1000)
	w.must(err)
	if len(listed) != len(recorded) {
		t.Fatalf("%d executions are listed, want %d", len(listed), len(recorded))
	}
	notListed := cmpopts.IgnoreFields(execution.Execution{}, "NextCheck", "PipelineVersion", "DefinitionDigest", "Attempt", "Variables", "MachineExecution", "CurrentStage", "Inbound", "Stages")
	notSaid := cmpopts.IgnoreFields(execution.StopTrigger{}, "Abandon")
	for i, e := range recorded {
		if diff := cmp.Diff(e, listed[i].Execution, notListed, notSaid); diff != "" {
			t.Errorf("execution %d (-recorded +listed):\n%s", i, diff)
		}
		if s := listed[i].Sources; len(s) != 1 || s[0].Revision.ID == "" {
			t.Errorf("execution %d has the sources %v", i, s)
		}
		w.reads(c, e)
	}
	two, err := c.ListPipelineExecutions(ctx, "shop", 2)
	if err != nil || len(two) != 2 {
		t.Errorf("%d executions, want 2: %v", len(two), err)
	}
}

// reads holds one execution and its actions.
func (w *world) reads(c *api.Client, e *execution.Execution) {
	w.t.Helper()
	got, actions, err := c.GetPipelineExecution(w.t.Context(), "shop", e.PipelineExecutionID)
	w.must(err)
	notCarried := cmpopts.IgnoreFields(execution.Execution{}, "NextCheck", "DefinitionDigest", "Attempt", "StartTime", "LastUpdateTime", "MachineExecution", "CurrentStage", "Inbound", "Stages", "StopTrigger")
	if diff := cmp.Diff(e, got, notCarried); diff != "" {
		w.t.Errorf("execution (-recorded +read):\n%s", diff)
	}
	recorded, err := w.records.ListActionExecutions(w.t.Context(), e.PipelineExecutionID)
	w.must(err)
	for i, a := range recorded {
		recorded[i] = a.Masked()
	}
	if diff := cmp.Diff(recorded, actions, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(execution.Action{}, "Attempt", "Deadline", "NextCheck", "ResolvedConfiguration", "WantedVariables"),
		cmpopts.IgnoreFields(execution.Artifact{}, "SHA256", "Size", "VersionID")); diff != "" {
		w.t.Errorf("actions (-recorded +read):\n%s", diff)
	}
}

// A client starts, stops, finds the token of an approval and answers it.
func TestClientChanges(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.client(), t.Context()
	state, err := c.GetPipelineState(ctx, "shop")
	w.must(err)
	gate := state.Stages[2].Actions[0].Latest
	if state.Version != 2 || gate.ApprovalToken == "" || !gate.IsApproval() || gate.PipelineExecutionID != state.Stages[2].Latest.PipelineExecutionID {
		t.Fatalf("the state is %+v, its approval %+v", state, gate)
	}
	if len(state.Stages[2].Inbound) != 1 || state.Stages[0].Actions[0].Latest.Revision.ID != "5555555" {
		t.Errorf("the state is %+v", state)
	}
	_, err = c.PutApprovalResult(ctx, "shop", execution.Approval{StageName: "Approve", ActionName: "Gate", Token: gate.ApprovalToken, Summary: "no", Approved: false})
	w.must(err)
	id, err := c.StartPipelineExecution(ctx, "shop", execution.StartInput{
		ClientRequestToken: "again", Variables: map[string]string{"NOTE": "x", "CHANNEL": "beta"},
	})
	w.must(err)
	w.must(c.StopPipelineExecution(ctx, "shop", id, execution.StopTrigger{Reason: "x", Abandon: true}))
	e, _, err := c.GetPipelineExecution(ctx, "shop", id)
	w.must(err)
	if e.Status != execution.ExecutionStopped || e.Variables["CHANNEL"] != "beta" {
		t.Errorf("the execution is %+v", e)
	}
	if _, err := c.GetPipelineState(ctx, "nothing"); err == nil || !strings.Contains(err.Error(), "PipelineNotFoundException") {
		t.Errorf("a pipeline that is not there: %v", err)
	}
}
