package api

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
)

type startPipelineExecutionInput struct {
	Name               string                             `json:"name"`
	Variables          []pipelineVariableInput            `json:"variables"`
	ClientRequestToken string                             `json:"clientRequestToken"`
	SourceRevisions    []execution.SourceRevisionOverride `json:"sourceRevisions"`
}

type pipelineVariableInput struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type executionIDOutput struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
}

// startPipelineExecution starts an execution of the newest version. It is done even where the caller goes away.
func (c *call) startPipelineExecution(ctx context.Context, in startPipelineExecutionInput) (executionIDOutput, error) {
	d, err := c.registered(ctx, in.Name, 0)
	if err != nil {
		return executionIDOutput{}, err
	}
	variables := map[string]string{}
	for _, v := range in.Variables {
		if _, given := variables[v.Name]; given {
			return executionIDOutput{}, duplicateVariable(v.Name)
		}
		variables[v.Name] = v.Value
	}
	e, err := c.Runner.StartPipelineExecution(context.WithoutCancel(ctx), execution.StartInput{
		Definition: d, Pipeline: parsed(d), Variables: variables, SourceRevisions: in.SourceRevisions,
		Trigger:            execution.Trigger{Type: "StartPipelineExecution", Detail: c.caller},
		ClientRequestToken: in.ClientRequestToken,
	})
	if err != nil {
		return executionIDOutput{}, err
	}
	return executionIDOutput{e.PipelineExecutionID}, nil
}

type stopPipelineExecutionInput struct {
	PipelineName        string `json:"pipelineName"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
	Abandon             bool   `json:"abandon"`
	Reason              string `json:"reason"`
}

// stopPipelineExecution asks for the end of an execution. It is done even where the caller goes away.
func (c *call) stopPipelineExecution(ctx context.Context, in stopPipelineExecutionInput) (executionIDOutput, error) {
	e, err := c.execution(ctx, in.PipelineName, in.PipelineExecutionID)
	switch {
	case exceptionIs(err, executionNotFound):
		return executionIDOutput{}, notStoppable(in.PipelineName, in.PipelineExecutionID)
	case err != nil:
		return executionIDOutput{}, err
	}
	stop := execution.StopTrigger{Reason: in.Reason, Abandon: in.Abandon}
	err = c.Runner.StopPipelineExecution(context.WithoutCancel(ctx), e.PipelineExecutionID, stop)
	return executionIDOutput{e.PipelineExecutionID}, err
}

// execution is one of a pipeline that is registered.
func (c *call) execution(ctx context.Context, pipeline, id string) (*execution.Execution, error) {
	if _, err := c.registered(ctx, pipeline, 0); err != nil {
		return nil, err
	}
	e, err := c.Records.Execution(ctx, id)
	if exceptionIs(err, executionNotFound) || err == nil && e.PipelineName != pipeline {
		return nil, noExecution(pipeline, id)
	}
	return e, err
}

type getPipelineExecutionInput struct {
	PipelineName        string `json:"pipelineName"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
}

type getPipelineExecutionOutput struct {
	PipelineExecution pipelineExecution `json:"pipelineExecution"`
}

type pipelineExecution struct {
	PipelineName        string                    `json:"pipelineName"`
	PipelineVersion     int                       `json:"pipelineVersion"`
	PipelineExecutionID string                    `json:"pipelineExecutionId"`
	Status              execution.ExecutionStatus `json:"status"`
	StatusSummary       string                    `json:"statusSummary,omitempty"`
	ArtifactRevisions   []artifactRevision        `json:"artifactRevisions"`
	Variables           []resolvedVariable        `json:"variables,omitempty"`
	Trigger             trigger                   `json:"trigger"`
	ExecutionMode       string                    `json:"executionMode"`
	ExecutionType       string                    `json:"executionType"`
}

type artifactRevision struct {
	Name    string    `json:"name"`
	ID      string    `json:"revisionId"`
	Summary string    `json:"revisionSummary,omitempty"`
	Created timestamp `json:"created,omitzero"`
	URL     string    `json:"revisionUrl,omitempty"`
}

type resolvedVariable struct {
	Name          string `json:"name"`
	ResolvedValue string `json:"resolvedValue"`
}

func (c *call) getPipelineExecution(ctx context.Context, in getPipelineExecutionInput) (getPipelineExecutionOutput, error) {
	var out getPipelineExecutionOutput
	e, err := c.execution(ctx, in.PipelineName, in.PipelineExecutionID)
	if err != nil {
		return out, err
	}
	actions, err := c.Records.ListActionExecutions(ctx, e.PipelineExecutionID)
	if err != nil {
		return out, err
	}
	out.PipelineExecution = pipelineExecution{
		PipelineName: e.PipelineName, PipelineVersion: e.PipelineVersion, PipelineExecutionID: e.PipelineExecutionID,
		Status: e.Status, StatusSummary: e.StatusSummary, ArtifactRevisions: artifactRevisions(actions),
		Trigger: trigger(e.Trigger), ExecutionMode: e.Mode, ExecutionType: standard,
	}
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		out.PipelineExecution.Variables = append(out.PipelineExecution.Variables, resolvedVariable{name, e.Variables[name]})
	}
	return out, nil
}

// artifactRevisions are the revisions that an execution works with, by the artifacts that hold them.
func artifactRevisions(actions []*execution.Action) []artifactRevision {
	revisions := []artifactRevision{}
	for _, a := range actions {
		if a.Revision == nil {
			continue
		}
		for _, artifact := range a.OutputArtifacts {
			revisions = append(revisions, artifactRevision{
				artifact.Name, a.Revision.ID, a.Revision.Summary, timestamp{a.Revision.Created}, a.Revision.URL,
			})
		}
	}
	return revisions
}

type listPipelineExecutionsInput struct {
	PipelineName string `json:"pipelineName"`
	MaxResults   int    `json:"maxResults"`
	Filter       struct {
		SucceededInStage struct {
			StageName string `json:"stageName"`
		} `json:"succeededInStage"`
	} `json:"filter"`
	NextToken string `json:"nextToken"`
}

type listPipelineExecutionsOutput struct {
	Summaries []pipelineExecutionSummary `json:"pipelineExecutionSummaries"`
	NextToken string                     `json:"nextToken,omitempty"`
}

type pipelineExecutionSummary struct {
	PipelineExecutionID string                    `json:"pipelineExecutionId"`
	Status              execution.ExecutionStatus `json:"status"`
	StatusSummary       string                    `json:"statusSummary,omitempty"`
	StartTime           timestamp                 `json:"startTime"`
	LastUpdateTime      timestamp                 `json:"lastUpdateTime"`
	SourceRevisions     []sourceRevision          `json:"sourceRevisions"`
	Trigger             trigger                   `json:"trigger"`
	StopTrigger         *stopTrigger              `json:"stopTrigger,omitempty"`
	ExecutionMode       string                    `json:"executionMode"`
	ExecutionType       string                    `json:"executionType"`
}

type sourceRevision struct {
	ActionName string `json:"actionName"`
	ID         string `json:"revisionId"`
	Summary    string `json:"revisionSummary,omitempty"`
	URL        string `json:"revisionUrl,omitempty"`
}

type stopTrigger struct {
	Reason string `json:"reason,omitempty"`
}

// mostExecutions is how many executions, of pipelines or of actions, a list returns where nobody says.
const mostExecutions = 100

// listPipelineExecutions lists newest first. A token is the last execution of the page before.
func (c *call) listPipelineExecutions(ctx context.Context, in listPipelineExecutionsInput) (listPipelineExecutionsOutput, error) {
	out := listPipelineExecutionsOutput{Summaries: []pipelineExecutionSummary{}}
	if _, err := c.registered(ctx, in.PipelineName, 0); err != nil {
		return out, err
	}
	stage := in.Filter.SucceededInStage.StageName
	of := scope("ListPipelineExecutions", in.PipelineName, stage)
	last, err := readToken[execution.Claim](of, in.NextToken)
	if err != nil {
		return out, err
	}
	for e, err := range c.before(ctx, in.PipelineName, last) {
		if err != nil {
			return out, err
		}
		if chosen, err := c.succeededIn(ctx, e, stage); err != nil || !chosen {
			if err != nil {
				return out, err
			}
			continue
		}
		if len(out.Summaries) == cmp.Or(in.MaxResults, mostExecutions) {
			out.NextToken, err = writeToken(of, last)
			return out, err
		}
		actions, err := c.Records.ListActionExecutions(ctx, e.PipelineExecutionID)
		if err != nil {
			return out, err
		}
		out.Summaries = append(out.Summaries, summaryOf(e, actions))
		last = claimOf(e)
	}
	return out, nil
}

// before are the executions of a pipeline that started before one, newest first; before none are all.
func (c *call) before(ctx context.Context, pipeline string, last execution.Claim) iter.Seq2[*execution.Execution, error] {
	return func(yield func(*execution.Execution, error) bool) {
		for {
			chunk, err := c.Records.ListPipelineExecutionsBefore(ctx, pipeline, last, mostExecutions)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range chunk {
				if !yield(e, nil) {
					return
				}
				last = claimOf(e)
			}
			if len(chunk) < mostExecutions {
				return
			}
		}
	}
}

// succeededIn says whether an execution has succeeded in a stage; in the empty one each has.
func (c *call) succeededIn(ctx context.Context, e *execution.Execution, stage string) (bool, error) {
	if stage == "" {
		return true, nil
	}
	stages, err := c.Records.Stages(ctx, e)
	return slices.ContainsFunc(stages, func(st *execution.Stage) bool {
		return st.Name == stage && st.Status == execution.StageSucceeded
	}), err
}

func summaryOf(e *execution.Execution, actions []*execution.Action) pipelineExecutionSummary {
	s := pipelineExecutionSummary{
		PipelineExecutionID: e.PipelineExecutionID, Status: e.Status, StatusSummary: e.StatusSummary,
		StartTime: timestamp{e.StartTime}, LastUpdateTime: timestamp{e.LastUpdateTime}, SourceRevisions: []sourceRevision{},
		Trigger: trigger(e.Trigger), ExecutionMode: e.Mode, ExecutionType: standard,
	}
	for _, a := range actions {
		if a.Revision != nil {
			s.SourceRevisions = append(s.SourceRevisions, sourceRevision{a.ActionName, a.Revision.ID, a.Revision.Summary, a.Revision.URL})
		}
	}
	if e.StopTrigger != nil {
		s.StopTrigger = &stopTrigger{e.StopTrigger.Reason}
	}
	return s
}
