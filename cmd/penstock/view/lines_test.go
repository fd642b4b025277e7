package view_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

var update = flag.Bool("update", false, "write what is drawn into testdata")

var start = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

func action(name, category, provider string, took time.Duration) *execution.Action {
	return &execution.Action{
		StageName: "Stage", ActionName: name, Status: execution.ActionSucceeded,
		Type:      execution.ActionTypeID{Category: category, Owner: "AWS", Provider: provider, Version: "1"},
		StartTime: start, LastUpdateTime: start.Add(took), ResolvedConfiguration: map[string]string{},
	}
}

func checkout() *execution.Action {
	a := action("Checkout", "Source", "CodeStarSourceConnection", 100*time.Millisecond)
	a.Revision = &execution.Revision{ID: "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c", Summary: "Add health check\n\nIt answers 200."}
	a.OutputVariables = map[string]string{"BranchName": "main", "CommitId": a.Revision.ID}
	a.OutputArtifacts = []execution.Artifact{{Name: "SourceArtifact", Size: 14_021, SHA256: strings.Repeat("1f2e3d4c", 8)}}
	return a
}

func compile() *execution.Action {
	a := action("Compile", "Build", "CodeBuild", 2449*time.Millisecond)
	a.ResolvedConfiguration["ProjectName"] = "go-service"
	a.OutputVariables = map[string]string{"VERSION": "1.4.2"}
	a.OutputArtifacts = []execution.Artifact{{Name: "Binary", Size: 3_140_210, SHA256: strings.Repeat("2a", 32)}}
	return a
}

func failed() *execution.Action {
	a := compile()
	a.Status, a.OutputArtifacts, a.OutputVariables = execution.ActionFailed, nil, nil
	a.Error = &execution.ErrorDetails{
		Code:    "JobFailed",
		Message: "exit status 1 in BUILD, command 2 of 3: go build -ldflags \"-s -w -X main.version=$VERSION\" ./...",
	}
	return a
}

func waiting() *execution.Action {
	a := action("Release", "Approval", "Manual", 0)
	a.Status = execution.ActionInProgress
	a.Deadline = start.Add(7 * 24 * time.Hour)
	a.ResolvedConfiguration["CustomData"] = "Release 1.4.2 of 1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c to production? 12 tests passed."
	a.ResolvedConfiguration["ExternalEntityLink"] = "https://example.com/changes/1f2e3d4"
	return a
}

func answered(status execution.ActionStatus) *execution.Action {
	a := waiting()
	a.Status, a.UpdatedBy, a.Summary = status, "alice", "looks right"
	if status == execution.ActionFailed {
		a.Error = &execution.ErrorDetails{Code: "JobFailed", Message: "rejected by alice: not today"}
	}
	return a
}

func run(status execution.ExecutionStatus) *execution.Execution {
	return &execution.Execution{
		PipelineName: "go-service", PipelineVersion: 3, PipelineExecutionID: "4f3c9a1e-0000-4000-8000-000000000000",
		Mode: "SUPERSEDED", Status: status, StartTime: start, LastUpdateTime: start.Add(2700 * time.Millisecond),
	}
}

// page draws everything that there is at one width.
// object is a source that is no commit: its summary names it.
func object() *execution.Action {
	a := checkout()
	a.ActionName, a.Type.Provider, a.Summary = "Content", "S3", "s3://site-content/site.zip version a7390f59f9fd96a4"
	a.Revision = &execution.Revision{ID: "a7390f59f9fd96a4", Summary: "Amazon S3 version id: a7390f59f9fd96a4"}
	return a
}

func page(width int) []string {
	l := view.Lines{Style: view.Style{Width: width}, NameWidth: 8, Hints: view.Hints{
		Logs:  func(stage, action string) string { return "penstock logs 4f3c9a1e " + stage + "/" + action },
		Again: "penstock run examples/go-service/pipeline.yaml",
		Show:  "penstock show 4f3c9a1e",
	}}
	wide := checkout()
	wide.Revision.Summary = "検証を追加する: 健全性チェックを追加して、すべてのサービスの状態を確認できるようにする"
	abandoned := compile()
	abandoned.Status = execution.ActionAbandoned
	failure := run(execution.ExecutionFailed)
	failure.CurrentStage, failure.StatusSummary = "Build", "action Compile failed (JobFailed)"
	stopped := run(execution.ExecutionStopped)
	stopped.CurrentStage, stopped.StatusSummary = "Build", "stopped: interrupted"
	out := []string{l.Header(run(execution.ExecutionSucceeded)), "", l.Stage("Stage")}
	for _, a := range []*execution.Action{
		checkout(), wide, object(), compile(), answered(execution.ActionSucceeded), answered(execution.ActionFailed), abandoned,
	} {
		out = append(out, l.Action(a, nil)...)
	}
	out = append(out, l.Action(failed(), []string{"\x1b[31mserver.go:41:9: undefined: handler\x1b[0m", "10%\r100%\tdone", strings.Repeat("long ", 60)})...)
	out = append(out, l.Approval(view.Approval{Action: waiting(), Before: []*execution.Action{checkout(), compile()}, Now: start})...)
	out = append(append(out, ""), l.Deployed([]view.DeployedFile{
		{Stage: "Staging", Action: "Deploy", URL: "s3://staging/go-service/stable/1.4.2-1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c/config/staging.json", Size: "120 B"},
		{Stage: "Staging", Action: "Deploy", URL: "s3://staging/go-service/stable/1.4.2-1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c/go-service", Size: "3.1 MB"},
		{Stage: "Production", Action: "Deploy", URL: "s3://production/index.html", Size: "14 B"},
	}, "examples/go-service/.penstock/objects")...)
	for _, e := range []view.Ending{
		{
			Execution: run(execution.ExecutionSucceeded), Stages: 5, Actions: 6,
			Engine: &view.Engine{Transitions: 16, PerAction: 4 * time.Millisecond},
			Cost:   "On AWS: about $0.0004 of Step Functions; CodePipeline V2 would bill $0.010.",
		},
		{Execution: run(execution.ExecutionSucceeded), Stages: 1, Actions: 1},
		{Execution: failure},
		{Execution: stopped},
	} {
		out = append(append(out, ""), l.Ending(e)...)
	}
	return out
}

func TestLines(t *testing.T) {
	t.Setenv("TZ", "UTC")
	time.Local = time.UTC
	for _, width := range []int{44, 80, 120, 200} {
		name := filepath.Join("testdata", "lines-"+itoa(width)+".txt")
		lines := page(width)
		compareGolden(t, name, strings.Join(lines, "\n")+"\n")
		for _, line := range lines {
			if view.Width(line) > width && !strings.Contains(line, "penstock ") && !strings.Contains(line, "https://") {
				t.Errorf("%d columns at width %d: %q", view.Width(line), width, line)
			}
		}
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// Of several sources an approval names each.
func TestApprovalOfSeveralSources(t *testing.T) {
	other := checkout()
	other.ActionName = "Contract"
	l := view.Lines{Style: view.Style{Width: 60}}
	got := l.Approval(view.Approval{Action: waiting(), Before: []*execution.Action{checkout(), other}, Now: start})
	want := []string{"    revision   Checkout  main 1f2e3d4", "               Contract  main 1f2e3d4"}
	for i, line := range want {
		if !strings.HasPrefix(got[1+i], line) {
			t.Errorf("line %d is %q, want %q first", 1+i, got[1+i], line)
		}
	}
}
