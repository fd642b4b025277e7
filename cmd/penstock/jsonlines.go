package main

import (
	"bytes"
	"context"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/logs"
)

// jsonLines reports a run as one JSON object a line: the events as they are published, log lines in the same
// envelope, and a summary as the last.
type jsonLines struct {
	running  *running
	origin   events.Envelope // the envelope of the latest event: account, Region and resources of the others
	deployed []view.DeployedFile
}

func newJSONLines(r *running) *jsonLines { return &jsonLines{running: r} }

type logDetail struct {
	ExecutionID string `json:"execution-id"`
	Stage       string `json:"stage"`
	Action      string `json:"action"`
	Line        string `json:"line"`
}

type summaryDetail struct {
	Pipeline        string              `json:"pipeline"`
	ExecutionID     string              `json:"execution-id"`
	Status          string              `json:"status"`
	Summary         string              `json:"status-summary,omitempty"`
	DurationMS      int64               `json:"duration-ms"`
	Stages          int                 `json:"stages"`
	Actions         int                 `json:"actions"`
	Transitions     int                 `json:"transitions,omitempty"`
	EnginePerAction float64             `json:"engine-time-per-action-ms,omitempty"`
	Cost            *cost               `json:"cost,omitempty"`
	DeployedFiles   []view.DeployedFile `json:"deployed-files,omitzero"` // nil where nobody can tell
	DeployedTo      string              `json:"deployed-files-directory,omitempty"`
}

func (j *jsonLines) take(ctx context.Context, all []local.News) error {
	for _, n := range all {
		if err := j.one(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (j *jsonLines) one(ctx context.Context, n local.News) error {
	if !n.About(j.running.run.PipelineExecutionID) {
		return nil
	}
	if n.Line != nil {
		return j.log(n.Line)
	}
	detail := detailOf(n.Event)
	j.origin = *n.Event
	if err := printJSONLine(j.running.process.stdout, n.Event); err != nil {
		return err
	}
	if n.Event.DetailType != events.ActionExecutionStateChange || detail.State != started {
		return nil
	}
	a, err := j.running.session.Records().Action(ctx, detail.ExecutionID, detail.ActionExecutionID)
	if err == nil {
		j.approve(ctx, a)
	}
	return err
}

// approve answers an approval as the flags say: they answer all of them, or the run would not have started.
func (j *jsonLines) approve(ctx context.Context, a *execution.Action) {
	if !a.IsApproval() || j.running.prepared.bindings.Mocked(a.StageName, a.ActionName) {
		return
	}
	if approved, by := j.running.request.approvals.answer(a.StageName + "/" + a.ActionName); by != "" {
		j.running.answer(ctx, a, approved, by)
	}
}

func (j *jsonLines) log(line *logs.Line) error {
	if file, ok := deployedFile(line.Stage, line.Action, line.Text); ok {
		j.deployed = append(j.deployed, file)
	}
	return j.print(events.PenstockLog, logDetail{line.Execution, line.Stage, line.Action, line.Text})
}

func (j *jsonLines) stopping() {}

func (j *jsonLines) end(_ context.Context, e ended) error {
	run := e.run
	detail := summaryDetail{
		Pipeline: run.PipelineName, ExecutionID: run.PipelineExecutionID, Status: string(run.Status), Summary: run.StatusSummary,
		DurationMS: run.LastUpdateTime.Sub(run.StartTime).Milliseconds(), Stages: e.stages, Actions: len(e.actions),
		DeployedFiles: []view.DeployedFile{},
	}
	if measured(e.figures) {
		c := costOf(e.figures.Transitions, e.actions, e.v1)
		detail.Transitions, detail.Cost = e.figures.Transitions, &c
		detail.EnginePerAction = float64(perAction(e.figures)) / float64(time.Millisecond)
	}
	if len(j.deployed) > 0 {
		detail.DeployedFiles, detail.DeployedTo = j.deployed, e.objects
	}
	return j.print(events.PenstockSummary, detail)
}

func (j *jsonLines) close() error { return nil }

// print prints an event of Penstock's own, from where the others come.
func (j *jsonLines) print(detailType string, detail any) error {
	envelope, err := j.envelope(detailType, detail)
	if err != nil {
		return err
	}
	return printJSONLine(j.running.process.stdout, envelope)
}

func (j *jsonLines) envelope(detailType string, detail any) (events.Envelope, error) {
	var encoded bytes.Buffer
	err := printJSONLine(&encoded, detail)
	e := j.origin
	e.Version, e.Source, e.DetailType, e.Detail = "0", events.Source, detailType, bytes.TrimSpace(encoded.Bytes())
	e.ID, e.Time = local.Random{}.NewID(), local.Clock{}.Now().UTC()
	return e, err
}
