package view_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// What goes on has taken the time until now; what was interrupted, until the last that was recorded.
func TestTook(t *testing.T) {
	start := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	e := &execution.Execution{PipelineExecutionID: "4f3c9a1e-0000", Status: execution.ExecutionInProgress, StartTime: start, LastUpdateTime: start.Add(time.Second)}
	for running, want := range map[bool]string{true: "1m30s", false: "1.0s"} {
		style := view.Style{Width: 200, Running: running, Now: start.Add(90 * time.Second)}
		listed := strings.Join(style.Executions([]view.ExecutionRow{{Execution: e, Running: running}}), "\n")
		ending := strings.Join(view.Lines{Style: style}.Ending(view.Ending{Execution: e}), "\n")
		if !strings.Contains(listed, want) || !strings.Contains(ending, "after "+want) {
			t.Errorf("running %v, want %q:\n%s\n%s", running, want, listed, ending)
		}
	}
}
