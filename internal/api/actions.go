package api

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

type listActionExecutionsInput struct {
	PipelineName string       `json:"pipelineName"`
	Filter       actionFilter `json:"filter"`
	MaxResults   int          `json:"maxResults"`
	NextToken    string       `json:"nextToken"`
}

// actionFilter chooses the actions of one pipeline execution. Without it they are those of all.
type actionFilter struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
	Latest              struct {
		PipelineExecutionID string `json:"pipelineExecutionId"`
		StartTimeRange      string `json:"startTimeRange"`
	} `json:"latestInPipelineExecution"`
}

// execution is the pipeline execution that is chosen, empty where all are.
func (f *actionFilter) execution() string {
	return cmp.Or(f.Latest.PipelineExecutionID, f.PipelineExecutionID)
}

type listActionExecutionsOutput struct {
	Details   []actionExecutionDetail `json:"actionExecutionDetails"`
	NextToken string                  `json:"nextToken,omitempty"`
}

type actionExecutionDetail struct {
	PipelineExecutionID string                 `json:"pipelineExecutionId"`
	ActionExecutionID   string                 `json:"actionExecutionId"`
	PipelineVersion     int                    `json:"pipelineVersion"`
	StageName           string                 `json:"stageName"`
	ActionName          string                 `json:"actionName"`
	StartTime           timestamp              `json:"startTime"`
	LastUpdateTime      timestamp              `json:"lastUpdateTime"`
	UpdatedBy           string                 `json:"updatedBy,omitempty"`
	Status              execution.ActionStatus `json:"status"`
	Input               actionInput            `json:"input"`
	Output              actionOutput           `json:"output"`
}

type actionInput struct {
	ActionTypeID          execution.ActionTypeID `json:"actionTypeId"`
	Configuration         map[string]string      `json:"configuration"`
	ResolvedConfiguration map[string]string      `json:"resolvedConfiguration"`
	RoleArn               string                 `json:"roleArn,omitempty"`
	Region                string                 `json:"region,omitempty"`
	InputArtifacts        []artifactDetail       `json:"inputArtifacts"`
	Namespace             string                 `json:"namespace,omitempty"`
}

type actionOutput struct {
	OutputArtifacts []artifactDetail  `json:"outputArtifacts"`
	ExecutionResult executionResult   `json:"executionResult"`
	OutputVariables map[string]string `json:"outputVariables"`
}

type artifactDetail struct {
	Name       string     `json:"name"`
	S3Location s3Location `json:"s3location"`
}

type s3Location struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

type executionResult struct {
	ExternalExecutionID      string                  `json:"externalExecutionId,omitempty"`
	ExternalExecutionSummary string                  `json:"externalExecutionSummary,omitempty"`
	ExternalExecutionURL     string                  `json:"externalExecutionUrl,omitempty"`
	ErrorDetails             *execution.ErrorDetails `json:"errorDetails,omitempty"`
}

// actionPosition is a place in the list of actions: behind this one of this pipeline execution.
type actionPosition struct {
	Execution execution.Claim `json:"execution"`
	Action    string          `json:"action"`
}

// listActionExecutions lists pipeline executions newest first, and of each its actions newest first.
func (c *call) listActionExecutions(ctx context.Context, in listActionExecutionsInput) (listActionExecutionsOutput, error) {
	out := listActionExecutionsOutput{Details: []actionExecutionDetail{}}
	if in.Filter.PipelineExecutionID != "" && in.Filter.Latest.PipelineExecutionID != "" {
		return out, twoFilters()
	}
	of := scope("ListActionExecutions", in.PipelineName, in.Filter.execution(), in.Filter.Latest.StartTimeRange)
	last, err := readToken[actionPosition](of, in.NextToken)
	if err != nil {
		return out, err
	}
	executions, err := c.listed(ctx, in, last.Execution)
	if err != nil {
		return out, err
	}
	for e, err := range executions {
		if err != nil {
			return out, err
		}
		actions, err := c.actionsOf(ctx, e, in.Filter)
		if err != nil {
			return out, err
		}
		actions = behind(actions, last, e)
		rest := cmp.Or(in.MaxResults, mostExecutions) - len(out.Details)
		details, err := c.details(ctx, e, actions[:min(rest, len(actions))])
		if err != nil {
			return out, err
		}
		out.Details = append(out.Details, details...)
		if len(actions) > rest {
			out.NextToken, err = writeToken(of, last.move(e, actions[:rest]))
			return out, err
		}
		last = last.move(e, actions)
	}
	return out, nil
}

// move is the place behind these actions of an execution.
func (p actionPosition) move(e *execution.Execution, actions []*execution.Action) actionPosition {
	if len(actions) == 0 {
		return p
	}
	return actionPosition{claimOf(e), actions[len(actions)-1].ActionExecutionID}
}

// behind are the actions of an execution that come behind a place in the list.
func behind(actions []*execution.Action, place actionPosition, e *execution.Execution) []*execution.Action {
	if place.Execution.PipelineExecutionID != e.PipelineExecutionID {
		return actions
	}
	i := slices.IndexFunc(actions, func(a *execution.Action) bool { return a.ActionExecutionID == place.Action })
	return actions[i+1:]
}

// listed are the executions whose actions are listed, beginning with the one in which the list goes on.
func (c *call) listed(ctx context.Context, in listActionExecutionsInput, from execution.Claim) (iter.Seq2[*execution.Execution, error], error) {
	id := cmp.Or(in.Filter.execution(), from.PipelineExecutionID)
	if id == "" {
		_, err := c.registered(ctx, in.PipelineName, 0)
		return c.before(ctx, in.PipelineName, from), err
	}
	first, err := c.execution(ctx, in.PipelineName, id)
	if err != nil {
		return nil, err
	}
	return func(yield func(*execution.Execution, error) bool) {
		if !yield(first, nil) || in.Filter.execution() != "" {
			return
		}
		c.before(ctx, in.PipelineName, from)(yield)
	}, nil
}

// actionsOf are the actions that an execution has performed, newest first. What it reuses of another one it has not.
func (c *call) actionsOf(ctx context.Context, e *execution.Execution, f actionFilter) ([]*execution.Action, error) {
	actions, err := c.Records.ListActionExecutions(ctx, e.PipelineExecutionID)
	slices.Reverse(actions)
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(actions, func(a *execution.Action) bool {
		name := [2]string{a.StageName, a.ActionName}
		older := seen[name]
		seen[name] = true
		return a.ReusedFrom != "" || older && f.Latest.StartTimeRange == "Latest"
	}), err
}

func (c *call) details(ctx context.Context, e *execution.Execution, actions []*execution.Action) ([]actionExecutionDetail, error) {
	if len(actions) == 0 {
		return nil, nil
	}
	d, err := c.Records.Definition(ctx, e.PipelineName, e.DefinitionDigest)
	if err != nil {
		return nil, err
	}
	p := parsed(d)
	mask(p)
	var details []actionExecutionDetail
	for _, a := range actions {
		details = append(details, detail(a.Masked(), declaration(p, a.StageName, a.ActionName)))
	}
	return details, nil
}

// declaration is an action of a pipeline; an empty one where there is none.
func declaration(p *pipeline.Pipeline, stage, action string) *pipeline.Action {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if p.Stages[i].Name.Value == stage && p.Stages[i].Actions[j].Name.Value == action {
				return &p.Stages[i].Actions[j]
			}
		}
	}
	return &pipeline.Action{}
}

func detail(a *execution.Action, declared *pipeline.Action) actionExecutionDetail {
	configuration := map[string]string{}
	for _, entry := range declared.Configuration {
		configuration[entry.Key.Value] = entry.Value.Value
	}
	return actionExecutionDetail{
		PipelineExecutionID: a.PipelineExecutionID, ActionExecutionID: a.ActionExecutionID, PipelineVersion: a.PipelineVersion,
		StageName: a.StageName, ActionName: a.ActionName, StartTime: timestamp{a.StartTime}, LastUpdateTime: timestamp{a.LastUpdateTime},
		UpdatedBy: a.UpdatedBy, Status: a.Status,
		Input: actionInput{
			ActionTypeID: a.Type, Configuration: configuration, ResolvedConfiguration: orEmpty(a.ResolvedConfiguration),
			RoleArn: declared.RoleArn.Value, Region: a.Region, InputArtifacts: artifacts(a.InputArtifacts), Namespace: a.Namespace,
		},
		Output: actionOutput{
			OutputArtifacts: artifacts(a.OutputArtifacts), OutputVariables: orEmpty(a.OutputVariables),
			ExecutionResult: executionResult{a.ExternalExecutionID, a.Summary, a.ExternalExecutionURL, a.Error},
		},
	}
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func artifacts(all []execution.Artifact) []artifactDetail {
	details := []artifactDetail{}
	for _, a := range all {
		details = append(details, artifactDetail{a.Name, s3Location{a.Bucket, a.Key}})
	}
	return details
}
