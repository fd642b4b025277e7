package main

import (
	"context"
	"fmt"

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

// reasonToClose says why an interrupted execution is not the run that is asked for; empty where it is.
func (r *running) reasonToClose(e *execution.Execution, digest string) string {
	switch {
	case r.request.anew:
		return reasonNew
	case e.DefinitionDigest != digest:
		return reasonDefinition
	case !r.prepared.sameVariables(e):
		return reasonVariables
	}
	return ""
}

// sameVariables says whether the given variables are those of an execution; where none is given, any are.
func (ready *prepared) sameVariables(e *execution.Execution) bool {
	if len(ready.variables) == 0 {
		return true
	}
	for _, v := range ready.definition.pipeline.Variables {
		value, given := ready.variables[v.Name.Value]
		if !given {
			value = v.DefaultValue.Value
		}
		if e.Variables[v.Name.Value] != value {
			return false
		}
	}
	return true
}

func (r *running) closeInterrupted(ctx context.Context, e *execution.Execution, reason string) error {
	if err := r.platform.CloseInterrupted(ctx, e, reason); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.process.stderr, "execution %s, which was interrupted, is closed: %s\n", view.ShortID(e.PipelineExecutionID), reason)
	return err
}

// resume takes an execution up.
func (r *running) resume(ctx context.Context, e *execution.Execution) error {
	r.run = e
	begun, err := r.platform.Records().ListActionExecutions(ctx, e.PipelineExecutionID)
	if err != nil {
		return err
	}
	if r.report, err = r.reporter(ctx); err != nil {
		return err
	}
	return r.report.resumed(ctx, begun, func() error { return r.platform.Resume(ctx, e) })
}

// resumed draws what an execution did before it was interrupted, and what is open.
func (d *drawing) resumed(ctx context.Context, begun []*execution.Action, goOn func() error) error {
	d.current = d.run.CurrentStage
	line := "resuming execution " + view.ShortID(d.run.PipelineExecutionID) + ", which was interrupted; --new starts another"
	d.screen.Print(view.Wrap(line, d.lines.Width))
	for _, a := range begun {
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
	if err := goOn(); err != nil {
		return err
	}
	for _, a := range begun {
		if !a.Ended() {
			d.begins(a)
		}
	}
	d.show()
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

// resumeDetail says that an execution is taken up.
type resumeDetail struct {
	Pipeline    string `json:"pipeline"`
	ExecutionID string `json:"execution-id"`
	Stage       string `json:"stage,omitempty"`
}

// resumed prints that an execution is taken up, and answers approvals that are open. What it did before was printed by the
// process that was interrupted.
func (j *jsonLines) resumed(ctx context.Context, begun []*execution.Action, goOn func() error) error {
	run, origin := j.running.run, j.running.platform.Origin()
	for _, a := range begun {
		if err := j.recall(a); err != nil {
			return err
		}
	}
	j.origin = events.Envelope{Account: origin.Account, Region: origin.Region, Resources: []string{origin.PipelineARN(run.PipelineName)}}
	if err := j.print(events.PenstockResume, resumeDetail{run.PipelineName, run.PipelineExecutionID, run.CurrentStage}); err != nil {
		return err
	}
	if err := goOn(); err != nil {
		return err
	}
	for _, a := range begun {
		if !a.Ended() {
			j.approve(ctx, a)
		}
	}
	return nil
}

// recall finds what an action that has ended deployed.
func (j *jsonLines) recall(a *execution.Action) error {
	if !a.Ended() {
		return nil
	}
	return eachLine(j.running.platform.Logs(), a, func(line string) error {
		if file, ok := deployedFile(a.StageName, a.ActionName, line); ok {
			j.deployed = append(j.deployed, file)
		}
		return nil
	})
}
