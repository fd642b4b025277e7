package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Reasons for which an interrupted execution is closed and not taken up again.
const (
	reasonDefinition = "the definition has changed since"
	reasonVariables  = "other values were given to its variables"
	reasonNew        = "a new one was asked for"
	reasonNewer      = "a newer one was taken up"
)

// begin takes up the execution that an earlier process left, or closes what it left and starts a new one.
func (r *running) begin(ctx context.Context) error {
	registered, err := r.platform.Register(ctx, r.prepared.definition.pipeline, r.prepared.machines)
	if err != nil {
		return err
	}
	left, err := r.platform.Interrupted(ctx, registered.PipelineName)
	if err != nil {
		return err
	}
	var resumed *execution.Execution
	for _, e := range left {
		reason := r.reasonToClose(e, registered.Digest)
		if reason == "" && resumed == nil {
			resumed = e
			continue
		}
		if reason == "" {
			reason = reasonNewer
		}
		if err := r.closeInterrupted(ctx, e, reason); err != nil {
			return err
		}
	}
	if resumed != nil {
		return r.resume(ctx, resumed)
	}
	r.run, err = r.prepared.start(ctx, r.platform, registered)
	if err != nil {
		return err
	}
	r.report, err = r.reporter(ctx)
	return err
}

// reasonToClose says why an interrupted execution is not taken up; empty where it is.
func (r *running) reasonToClose(e *execution.Execution, digest string) string {
	given := maps.Clone(e.Variables)
	maps.Copy(given, r.prepared.variables)
	switch {
	case r.request.anew:
		return reasonNew
	case e.DefinitionDigest != digest:
		return reasonDefinition
	case !maps.Equal(given, e.Variables):
		return reasonVariables
	}
	return ""
}

func (r *running) closeInterrupted(ctx context.Context, e *execution.Execution, reason string) error {
	if err := r.platform.CloseInterrupted(ctx, e, reason); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.process.stderr, "execution %s, which was interrupted, is closed: %s\n", view.ShortID(e.PipelineExecutionID), reason)
	return err
}

// resume takes an execution up: first what it has done is reported, then it goes on, then what is open is reported, which
// may be answered only now.
func (r *running) resume(ctx context.Context, e *execution.Execution) error {
	r.run = e
	actions, err := r.platform.Records().ListActionExecutions(ctx, e.PipelineExecutionID)
	if err != nil {
		return err
	}
	if r.report, err = r.reporter(ctx); err != nil {
		return err
	}
	if err := r.report.resumed(ctx, actions); err != nil {
		return err
	}
	if err := r.platform.Resume(ctx, e); err != nil {
		return err
	}
	for _, a := range actions {
		if a.Ended() {
			continue
		}
		if err := r.report.goesOn(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// resumed draws what an execution has done before it was interrupted.
func (d *drawing) resumed(ctx context.Context, before []*execution.Action) error {
	d.current = d.run.CurrentStage
	line := "resuming execution " + view.ShortID(d.run.PipelineExecutionID) + ", which was interrupted"
	if d.current != "" {
		line += " in stage " + d.current
	}
	d.screen.Print(view.Wrap(line, d.lines.Width))
	for _, a := range before {
		if !a.Ended() {
			continue
		}
		if err := d.recall(a); err != nil {
			return err
		}
		if err := d.ends(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// recall reads the log of an action that ended in an earlier process.
func (d *drawing) recall(a *execution.Action) error {
	return eachLine(d.logs, a, func(line string) error {
		name := [2]string{a.StageName, a.ActionName}
		d.tails[name] = addTail(d.tails[name], line)
		if file, ok := deployedFile(a.StageName, a.ActionName, line); ok {
			d.deployed = append(d.deployed, file)
		}
		return nil
	})
}

// goesOn draws an action that was open when the execution was interrupted.
func (d *drawing) goesOn(_ context.Context, a *execution.Action) error {
	d.begins(a)
	d.show()
	return nil
}

// resumeDetail says that an execution is taken up.
type resumeDetail struct {
	Pipeline    string `json:"pipeline"`
	ExecutionID string `json:"execution-id"`
	Stage       string `json:"stage,omitempty"`
}

// resumed prints that an execution is taken up. What it did before was printed by the process that was interrupted.
func (j *jsonLines) resumed(_ context.Context, before []*execution.Action) error {
	run := j.running.run
	for _, a := range before {
		if !a.Ended() {
			continue
		}
		err := eachLine(j.running.platform.Logs(), a, func(line string) error {
			if file, ok := deployedFile(a.StageName, a.ActionName, line); ok {
				j.deployed = append(j.deployed, file)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	origin := j.running.platform.Origin()
	j.origin = events.Envelope{Account: origin.Account, Region: origin.Region, Resources: []string{origin.PipelineARN(run.PipelineName)}}
	return j.print(events.PenstockResume, resumeDetail{run.PipelineName, run.PipelineExecutionID, run.CurrentStage})
}

// goesOn answers an approval that was open when the execution was interrupted.
func (j *jsonLines) goesOn(ctx context.Context, a *execution.Action) error {
	j.approve(ctx, a)
	return nil
}
