package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// begin takes up the execution that an earlier process left, or starts a new one.
func (r *running) begin(ctx context.Context) error {
	request := r.prepared.request(r.request, r.process.environ)
	if r.request.shell {
		if !r.session.Owns() {
			return withHelp(errors.New("another shell runs what runs here, and a shell on failure opens only where the build is"),
				"wait until that has ended, or name another directory with --state-dir DIR")
		}
		request.OnBuildFailure = r.shell.open
	}
	var err error
	if part := r.request.part; part.stage != "" {
		if request.From, err = part.reuse(ctx, r.session.Records(), r.prepared.definition.pipeline); err != nil {
			return err
		}
	}
	if r.following, err = r.session.Run(ctx, request, r.feed); err != nil {
		return r.explainReuse(err)
	}
	for _, c := range r.following.Closed {
		_, err := fmt.Fprintf(r.process.stderr, "execution %s, which was interrupted, is closed: %s\n", view.ShortID(c.PipelineExecutionID), c.Reason)
		if err != nil {
			return err
		}
	}
	return r.reports(ctx)
}

// watch follows an execution that another process runs, or takes one up that was interrupted.
func (r *running) watch(ctx context.Context) error {
	var err error
	if r.following, err = r.session.Watch(ctx, r.watched, r.feed); err != nil {
		return err
	}
	return r.reports(ctx)
}

// reports begins to report the execution that is followed.
func (r *running) reports(ctx context.Context) error {
	var err error
	r.run = r.following.Execution
	if r.report, err = r.reporter(ctx); err != nil {
		return err
	}
	return r.report.begin(ctx, r.following.Begun)
}

// begin draws what an execution did before, and what is open.
func (d *drawing) begin(ctx context.Context, run local.Begun) error {
	d.current = d.run.CurrentStage
	if run.Resumed {
		line := "resuming execution " + view.ShortID(d.run.PipelineExecutionID) + ", which was interrupted"
		if d.again != "" {
			line += "; " + d.again
		}
		d.screen.Print(view.Wrap(line, d.lines.Width))
	}
	if from := d.run.From; from != nil {
		d.screen.Print(view.Wrap(reusing(from), d.lines.Width))
	}
	if at := d.run.Inbound; at != nil {
		d.screen.Print(view.Wrap(waiting(eventDetail{Stage: at.StageName}), d.lines.Width))
	}
	for _, a := range performed(run.Before) {
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
	for _, a := range run.Before {
		if !a.Ended() {
			d.begins(a)
		}
	}
	d.show()
	return nil
}

// recall reads the log of an action that ended before.
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

// begin prints that an execution is taken up, and answers approvals that are open. What it did before was printed by the
// process that was interrupted.
func (j *jsonLines) begin(ctx context.Context, run local.Begun) error {
	for _, a := range performed(run.Before) {
		if err := j.recall(a); err != nil {
			return err
		}
	}
	e, origin := run.Execution, local.Origin()
	j.origin = events.Envelope{Account: origin.Account, Region: origin.Region, Resources: []string{origin.PipelineARN(e.PipelineName)}}
	if run.Resumed {
		if err := j.print(events.PenstockResume, resumeDetail{e.PipelineName, e.PipelineExecutionID, e.CurrentStage}); err != nil {
			return err
		}
	}
	for _, a := range run.Before {
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
	return eachLine(j.running.session.Logs(), a, func(line string) error {
		if file, ok := deployedFile(a.StageName, a.ActionName, line); ok {
			j.deployed = append(j.deployed, file)
		}
		return nil
	})
}
