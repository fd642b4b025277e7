package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// runs are pipelines and what ran in them, on this machine or on a platform. The lists are newest first.
type runs interface {
	ListPipelines(ctx context.Context) ([]string, error)
	ListPipelineExecutions(ctx context.Context, pipeline string, most int) ([]*execution.Execution, error)
	ListActionExecutions(ctx context.Context, executionID string) ([]*execution.Action, error)
	OpenExecutions(ctx context.Context) ([]*execution.Execution, error)
	GetPipelineState(ctx context.Context, pipeline string) (execution.PipelineState, error)
}

// seen is what a command works with that shows what ran on either side.
type seen struct {
	runs    runs
	place   place
	console console
	// running says that something runs what is open.
	running bool
	// sources are the source actions of an execution that have found a revision.
	sources func(ctx context.Context, e *execution.Execution) ([]*execution.Action, error)
}

// seen is this machine's side.
func (l looking) seen() seen {
	records := l.Records()
	return seen{runs: records, place: l.place, console: l.console, running: !l.Owns(), sources: func(ctx context.Context, e *execution.Execution) ([]*execution.Action, error) {
		actions, err := records.ListActionExecutions(ctx, e.PipelineExecutionID)
		var sources []*execution.Action
		for _, a := range actions {
			if a.Revision != nil {
				sources = append(sources, a)
			}
		}
		return sources, err
	}}
}

// sideFlags say on which side to look.
type sideFlags struct {
	placeFlags
	platform platformFlag
}

func (f *sideFlags) add(cmd *cobra.Command) {
	f.placeFlags.add(cmd)
	f.platform.add(cmd, "look at")
}

// see shows what is on the side that the flags name; only is the pipeline that is meant, empty where all are.
func (f *sideFlags) see(cmd *cobra.Command, p process, only string, show func(seen) error) error {
	if f.platform.given(cmd, p) == "" {
		return f.look(cmd, p, func(l looking) error { return show(l.seen()) })
	}
	return f.platform.visit(cmd, p, only, func(r *remote) error { return show(r.seen()) })
}

// either does something here, or on the platform that the flags name.
func (f *sideFlags) either(cmd *cobra.Command, p process, here func(looking) error, there func(*remote) error) error {
	if f.platform.given(cmd, p) != "" {
		return f.platform.visit(cmd, p, f.platform.pipeline, there)
	}
	if err := f.platform.refuseHere(cmd); err != nil {
		return err
	}
	return f.look(cmd, p, here)
}

// visit calls the platform that the flag names; only is the pipeline that is meant, empty where all are.
func (f *platformFlag) visit(cmd *cobra.Command, p process, only string, visit func(*remote) error) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	g, err := f.gateway(cmd, p)
	if err != nil {
		return err
	}
	c.style.Running, c.style.Now = true, local.Clock{}.Now()
	r := newRemote(g, only)
	r.console = c
	if f.url != "" {
		r.place.flags = []string{"--platform", f.url}
	}
	if f.pipeline != "" { // which a command that is printed must say again
		r.place.flags = append(r.place.flags, "--pipeline", f.pipeline)
	}
	err = visit(r)
	if errors.Is(err, errNothingRan) {
		return withHelp(errors.New("nothing has run on the platform yet"), "start a pipeline: penstock start PIPELINE")
	}
	return explainPlatform(cmd, err)
}
