package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
)

// counted counts what is read of a table.
type counted struct {
	execution.Table
	reads *int
}

func (c counted) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	*c.reads++
	return c.Table.Get(ctx, key)
}

func (c counted) Query(ctx context.Context, q execution.Query) ([]execution.Item, error) {
	*c.reads++
	return c.Table.Query(ctx, q)
}

// A token that answers nothing is refused without reading all that a pipeline has ever run.
func TestUnknownApprovalTokenIsSoonRefused(t *testing.T) {
	w, reads := newWorld(t), 0
	w.records = execution.New(execution.Ports{Table: counted{porttest.NewMemory(), &reads}, Machine: w, Bus: w, Clock: w, IDs: w, Origin: origin})
	d := w.register(fmt.Sprintf(shop, "production"))
	for i := range 300 {
		id := w.start(d, fmt.Sprint("one-", i))
		w.must(w.StopPipelineExecution(t.Context(), id, execution.StopTrigger{Abandon: true}))
	}
	reads = 0
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"pipelineName": "shop", "stageName": "Approve", "actionName": "Gate",
		"result": {"summary": "", "status": "Approved"}, "token": "00000000-0000-4000-8000-000000000000"}`))
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709.PutApprovalResult")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	answer := httptest.NewRecorder()
	api.New(api.Options{Records: w.records, Runner: w, IDs: w, Origin: origin, Caller: func(*http.Request) string { return "ann" }}).ServeHTTP(answer, r)
	if !strings.Contains(answer.Body.String(), "InvalidApprovalTokenException") {
		t.Errorf("answered %s", answer.Body)
	}
	if reads > 250 {
		t.Errorf("%d reads", reads)
	}
}
