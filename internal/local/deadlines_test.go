package local

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
)

// past is a table in which every deadline has passed.
type past struct{ execution.Table }

var deadlinePattern = regexp.MustCompile(`"deadline":"[^"]*"`)

func (t past) Write(ctx context.Context, writes []execution.Write) error {
	for i := range writes {
		if bytes.Contains(writes[i].Value, []byte(`"category":"Approval"`)) {
			writes[i].Value = deadlinePattern.ReplaceAll(writes[i].Value, []byte(`"deadline":"2020-01-01T00:00:00Z"`))
		}
	}
	return t.Table.Write(ctx, writes)
}

// An approval that nobody answers until its deadline fails then, and not at the end of the net of its Task state.
func TestAnApprovalExpires(t *testing.T) {
	files := small(greet)
	p := bind(t, files).open(t, Options{table: func(table execution.Table) execution.Table { return past{table} }})
	e := start(t, p, parse(t, files["pipeline.yaml"]))
	ended, err := p.Wait(t.Context(), e.PipelineExecutionID)
	if err != nil || ended.Status != execution.ExecutionFailed {
		t.Fatalf("the execution is %+v, %v", ended, err)
	}
	a, err := p.records.Action(t.Context(), e.PipelineExecutionID, execution.ActionExecutionID(e.PipelineExecutionID, "Approve", "Release", 1))
	if err != nil || a.Error == nil || a.Error.Code != "Timeout" || !strings.Contains(a.Error.Message, "2020-01-01 00:00:00 UTC") {
		t.Errorf("the approval is %+v, %v", a, err)
	}
	closed(t, p)
}
