package view_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// listed is one execution of every kind that reads differently.
func listed() []view.ExecutionRow {
	row := func(id, pipeline string, status execution.ExecutionStatus, stage string) view.ExecutionRow {
		return view.ExecutionRow{Execution: &execution.Execution{
			PipelineExecutionID: id + "-0000-8000-8000-000000000001", PipelineName: pipeline, PipelineVersion: 12,
			Status: status, CurrentStage: stage, StartTime: start, LastUpdateTime: start.Add(62 * time.Minute),
			Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: "penstock run"},
		}}
	}
	built := row("4f3c9a1e", "go-service", execution.ExecutionSucceeded, "Production")
	built.Sources = []*execution.Action{checkout()}
	superseded := row("3c9a1e4f", "パイプライン\x1b[31m", execution.ExecutionSuperseded, "")
	superseded.Trigger = execution.Trigger{Type: "CloudWatchEvent", Detail: "arn:aws:events:eu-west-1:111122223333:rule/source-1"}
	onTag := row("7b2c4f3c", "go-service", execution.ExecutionSucceeded, "Production")
	onTag.Trigger = execution.Trigger{Type: "WebhookV2", Detail: `{"full-repository-name":"me/shop","connection-arn":"arn:c","commit-id":"8c5f","tag-name":"v1"}`}
	onPull := row("8c2b4f3c", "go-service", execution.ExecutionSucceeded, "Production")
	onPull.Trigger = execution.Trigger{Type: "WebhookV2", Detail: `{"full-repository-name":"me/shop","branch-name":"main","pull-request-event":"OPEN"}`}
	return []view.ExecutionRow{
		onTag, onPull, row("9a1e4f3c", "go-service", execution.ExecutionInProgress, "Build"),
		built,
		row("1e4f3c9a", "the-payments-service-of-every-region", execution.ExecutionFailed, "Ask-the-people-who-run-production"),
		superseded,
	}
}

// stateOfAll has an action of every kind that reads differently.
func stateOfAll() execution.PipelineState {
	skipped := compile()
	skipped.Skipped, skipped.Summary = true, `#{SourceVariables.BranchName} is "main", not "release"`
	pushed := action("Push", "Build", "ECRBuildAndPublish", time.Second)
	pushed.ExternalExecutionID = "push:0f9d7a30"
	earlier := action("Announce", "Invoke", "Lambda", time.Second)
	earlier.PipelineExecutionID, earlier.Summary = "1e4f3c9a-0000", "told\x1b[2J everybody\nand more"
	stage := func(status execution.StageStatus) *execution.Stage {
		return &execution.Stage{PipelineExecutionID: "9a1e4f3c-0000", Status: status, LastUpdateTime: start.Add(time.Minute)}
	}
	actions := func(all ...*execution.Action) []execution.ActionState {
		var out []execution.ActionState
		for _, a := range all {
			if a.PipelineExecutionID == "" {
				a.PipelineExecutionID = "9a1e4f3c-0000"
			}
			out = append(out, execution.ActionState{Name: a.ActionName, Latest: a})
		}
		return out
	}
	return execution.PipelineState{PipelineName: "go-service", Version: 3, Stages: []execution.StageState{
		{Name: "Source", Latest: stage(execution.StageSucceeded), Actions: actions(checkout())},
		{Name: "Build", Latest: stage(execution.StageFailed), Actions: actions(failed(), skipped, pushed)},
		{Name: "Approve", Latest: stage(execution.StageInProgress), Actions: actions(waiting(), earlier)},
		{Name: "Production", Actions: []execution.ActionState{{Name: "Deploy-to-every-region-of-the-world"}}},
	}}
}

func TestTables(t *testing.T) {
	time.Local = time.UTC
	for _, width := range []int{40, 60, 80, 120, 200} {
		style := view.Style{Width: width}
		lines := append(append(style.Executions(listed()), ""), style.State(stateOfAll())...)
		compareGolden(t, filepath.Join("testdata", "tables-"+itoa(width)+".txt"), strings.Join(lines, "\n")+"\n")
		for _, line := range lines {
			if view.Width(line) > width {
				t.Errorf("%d columns at width %d: %q", view.Width(line), width, line)
			}
		}
	}
}

// Without its colours a table says the same.
func TestColoursOfTablesOnlyRepeat(t *testing.T) {
	plain, coloured := view.Style{Width: 80}, view.Style{Width: 80, Colour: true}
	for name, drawn := range map[string][2][]string{
		"executions": {plain.Executions(listed()), coloured.Executions(listed())},
		"state":      {plain.State(stateOfAll()), coloured.State(stateOfAll())},
	} {
		if text := strings.Join(drawn[1], "\n"); !strings.Contains(text, "\x1b[") || view.Clean(text) != strings.Join(drawn[0], " ") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}
