package main

import (
	"context"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/cloud/gateway"
	"github.com/penstock-ci/penstock/internal/execution"
)

// remote is a platform. One goroutine uses it.
type remote struct {
	*api.Client
	place   place
	console console

	pipeline string                         // the only one that is looked at; empty where all are
	of       map[string]string              // pipelines by their executions: the API asks for both
	found    map[string][]*execution.Action // source actions by their executions, which a list has beside them
}

func newRemote(g *gateway.Gateway, pipeline string) *remote {
	return &remote{Client: &api.Client{Ask: g.Ask}, pipeline: pipeline, of: map[string]string{}, found: map[string][]*execution.Action{}}
}

func (r *remote) seen() seen {
	return seen{runs: r, place: r.place, console: r.console, running: true, sources: func(_ context.Context, e *execution.Execution) ([]*execution.Action, error) {
		return r.found[e.PipelineExecutionID], nil
	}}
}

// mostListed is how many executions of a pipeline are looked at where no limit is given: five requests.
const mostListed = 500

// ListPipelines is that of runs.
func (r *remote) ListPipelines(ctx context.Context) ([]string, error) {
	if r.pipeline != "" {
		return []string{r.pipeline}, nil
	}
	return r.Client.ListPipelines(ctx)
}

// ListPipelineExecutions is that of runs.
func (r *remote) ListPipelineExecutions(ctx context.Context, name string, most int) ([]*execution.Execution, error) {
	if most == 0 {
		most = mostListed
	}
	listed, err := r.Client.ListPipelineExecutions(ctx, name, most)
	var all []*execution.Execution
	for _, l := range listed {
		r.of[l.PipelineExecutionID], r.found[l.PipelineExecutionID] = name, l.Sources
		all = append(all, l.Execution)
	}
	return all, err
}

// ListActionExecutions is that of runs, of an execution that was listed.
func (r *remote) ListActionExecutions(ctx context.Context, id string) ([]*execution.Action, error) {
	_, actions, err := r.GetPipelineExecution(ctx, r.of[id], id)
	return actions, err
}

// OpenExecutions is that of runs.
func (r *remote) OpenExecutions(ctx context.Context) ([]*execution.Execution, error) {
	all, err := executions(ctx, r)
	return slices.DeleteFunc(all, (*execution.Execution).Ended), err
}

// approvals are those that wait, with their tokens, which nothing but the state of a pipeline has.
func (r *remote) approvals(ctx context.Context, prefix string) ([]*execution.Action, error) {
	names, err := r.ListPipelines(ctx)
	if err != nil {
		return nil, err
	}
	var waiting []*execution.Action
	for _, name := range names {
		state, err := r.GetPipelineState(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, st := range state.Stages {
			for _, a := range st.Actions {
				if a.Latest != nil && a.Latest.ApprovalToken != "" && strings.HasPrefix(a.Latest.PipelineExecutionID, strings.ToLower(prefix)) {
					r.of[a.Latest.PipelineExecutionID] = name
					waiting = append(waiting, a.Latest)
				}
			}
		}
	}
	return waiting, nil
}

// read is everything that the API tells of one execution that was listed.
func (r *remote) read(ctx context.Context, listed *execution.Execution) (shown, error) {
	e, actions, err := r.GetPipelineExecution(ctx, listed.PipelineName, listed.PipelineExecutionID)
	if err != nil {
		return shown{}, err
	}
	e.StartTime, e.StopTrigger = listed.StartTime, listed.StopTrigger
	if listed.LastUpdateTime.After(e.LastUpdateTime) { // else something has happened since it was listed
		e.LastUpdateTime = listed.LastUpdateTime
	}
	return shown{Execution: e, Stages: stagesOf(e, actions), Actions: actions}, nil
}

// stagesOf are the stages that an execution has entered, by their actions. All but the last have succeeded.
func stagesOf(e *execution.Execution, actions []*execution.Action) []*execution.Stage {
	var stages []*execution.Stage
	for _, a := range actions {
		i := slices.IndexFunc(stages, func(st *execution.Stage) bool { return st.Name == a.StageName })
		if i < 0 {
			i = len(stages)
			stages = append(stages, &execution.Stage{
				PipelineExecutionID: e.PipelineExecutionID, Name: a.StageName, Status: execution.StageSucceeded, StartTime: a.StartTime,
			})
		}
		if st := stages[i]; a.LastUpdateTime.After(st.LastUpdateTime) {
			st.LastUpdateTime = a.LastUpdateTime
		}
	}
	if last := len(stages) - 1; last >= 0 && e.Status != execution.ExecutionSuperseded {
		stages[last].Status = execution.StageStatus(e.Status)
	}
	return stages
}
