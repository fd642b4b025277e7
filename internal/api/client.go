package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Client asks CodePipeline's API what Handler answers, and returns it as the records that the answers were made of. What an
// answer does not carry is zero in them: sizes and digests of artifacts, attempts, deadlines.
type Client struct {
	// Ask sends a request, by its X-Amz-Target and its body, and returns the body of the answer. An exception is an
	// *execution.Error with its name.
	Ask func(ctx context.Context, target string, body []byte) ([]byte, error)
}

func ask[Out any](ctx context.Context, c *Client, operation string, input map[string]any) (out Out, err error) {
	maps.DeleteFunc(input, func(_ string, value any) bool { return value == "" || value == 0 })
	body, err := json.Marshal(input)
	if err != nil {
		return out, fmt.Errorf("ask %s: %w", operation, err)
	}
	answer, err := c.Ask(ctx, targetPrefix+operation, body)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", operation, err)
	}
	return out, nil
}

// ListPipelines are the names of all pipelines.
func (c *Client) ListPipelines(ctx context.Context) ([]string, error) {
	var names []string
	for token := ""; ; {
		page, err := ask[listPipelinesOutput](ctx, c, "ListPipelines", map[string]any{"nextToken": token})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Pipelines {
			names = append(names, p.Name)
		}
		if token = page.NextToken; token == "" {
			return names, nil
		}
	}
}

// GetPipeline is the newest definition of a pipeline, in the API's JSON.
func (c *Client) GetPipeline(ctx context.Context, name string) ([]byte, error) {
	got, err := ask[struct {
		Pipeline json.RawMessage `json:"pipeline"`
	}](ctx, c, "GetPipeline", map[string]any{"name": name})
	return got.Pipeline, err
}

// Origin is where a pipeline lives, by its ARN.
func (c *Client) Origin(ctx context.Context, name string) (execution.Origin, error) {
	got, err := ask[getPipelineOutput](ctx, c, "GetPipeline", map[string]any{"name": name})
	if err != nil {
		return execution.Origin{}, err
	}
	parts := strings.SplitN(got.Metadata.PipelineArn, ":", 6)
	if len(parts) != 6 {
		return execution.Origin{}, fmt.Errorf("read the answer of GetPipeline: its pipelineArn is %q", got.Metadata.PipelineArn)
	}
	return execution.Origin{Partition: parts[1], Region: parts[3], Account: parts[4]}, nil
}

// Listed is an execution as a list has it, and the source actions that found its revisions.
type Listed struct {
	*execution.Execution
	Sources []*execution.Action
}

// ListPipelineExecutions are the newest executions of a pipeline, newest first.
func (c *Client) ListPipelineExecutions(ctx context.Context, name string, most int) ([]Listed, error) {
	var all []Listed
	for token := ""; ; {
		page, err := ask[listPipelineExecutionsOutput](ctx, c, "ListPipelineExecutions", map[string]any{
			"pipelineName": name, "nextToken": token, "maxResults": min(most-len(all), mostExecutions),
		})
		if err != nil {
			return nil, err
		}
		for _, s := range page.Summaries {
			all = append(all, s.listed(name))
		}
		if token = page.NextToken; token == "" || len(all) >= most {
			return all, nil
		}
	}
}

func (s *pipelineExecutionSummary) listed(name string) Listed {
	e := &execution.Execution{
		PipelineName: name, PipelineExecutionID: s.PipelineExecutionID, Status: s.Status, StatusSummary: s.StatusSummary,
		StartTime: s.StartTime.Time, LastUpdateTime: s.LastUpdateTime.Time, Trigger: execution.Trigger(s.Trigger), Mode: s.ExecutionMode,
	}
	if s.StopTrigger != nil {
		e.StopTrigger = &execution.StopTrigger{Reason: s.StopTrigger.Reason}
	}
	l := Listed{Execution: e}
	for _, r := range s.SourceRevisions {
		l.Sources = append(l.Sources, &execution.Action{
			ActionName: r.ActionName, Type: execution.ActionTypeID{Category: "Source"}, Revision: &execution.Revision{ID: r.ID, Summary: r.Summary, URL: r.URL},
		})
	}
	return l
}

// GetPipelineExecution is one execution with the actions that it has performed, in the order in which they began. When it
// began and changed last is when its actions did.
func (c *Client) GetPipelineExecution(ctx context.Context, name, id string) (*execution.Execution, []*execution.Action, error) {
	got, err := ask[getPipelineExecutionOutput](ctx, c, "GetPipelineExecution", map[string]any{"pipelineName": name, "pipelineExecutionId": id})
	if err != nil {
		return nil, nil, err
	}
	actions, err := c.listActionExecutions(ctx, name, id, got.PipelineExecution.ArtifactRevisions)
	if err != nil {
		return nil, nil, err
	}
	return got.PipelineExecution.recorded(actions), actions, nil
}

func (p *pipelineExecution) recorded(actions []*execution.Action) *execution.Execution {
	e := &execution.Execution{
		PipelineName: p.PipelineName, PipelineVersion: p.PipelineVersion, PipelineExecutionID: p.PipelineExecutionID,
		Status: p.Status, StatusSummary: p.StatusSummary, Mode: p.ExecutionMode, Trigger: execution.Trigger(p.Trigger),
		Variables: map[string]string{},
	}
	for _, v := range p.Variables {
		e.Variables[v.Name] = v.ResolvedValue
	}
	for _, a := range actions {
		if !slices.Contains(e.Stages, a.StageName) {
			e.Stages = append(e.Stages, a.StageName)
		}
		e.CurrentStage = a.StageName
		if e.StartTime.IsZero() {
			e.StartTime = a.StartTime
		}
		e.LastUpdateTime = later(e.LastUpdateTime, a.LastUpdateTime)
	}
	return e
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (c *Client) listActionExecutions(ctx context.Context, name, id string, revisions []artifactRevision) ([]*execution.Action, error) {
	var all []*execution.Action
	for token := ""; ; {
		page, err := ask[listActionExecutionsOutput](ctx, c, "ListActionExecutions", map[string]any{
			"pipelineName": name, "filter": map[string]string{"pipelineExecutionId": id}, "nextToken": token,
		})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Details {
			all = append(all, d.recorded(revisions))
		}
		if token = page.NextToken; token == "" {
			slices.Reverse(all)
			slices.SortStableFunc(all, func(a, b *execution.Action) int { return a.StartTime.Compare(b.StartTime) })
			return all, nil
		}
	}
}

func (d *actionExecutionDetail) recorded(revisions []artifactRevision) *execution.Action {
	result := d.Output.ExecutionResult
	a := &execution.Action{
		PipelineExecutionID: d.PipelineExecutionID, ActionExecutionID: d.ActionExecutionID, PipelineVersion: d.PipelineVersion,
		StageName: d.StageName, ActionName: d.ActionName, Type: d.Input.ActionTypeID, Region: d.Input.Region, Namespace: d.Input.Namespace,
		Status: d.Status, StartTime: d.StartTime.Time, LastUpdateTime: d.LastUpdateTime.Time, UpdatedBy: d.UpdatedBy,
		ResolvedConfiguration: d.Input.ResolvedConfiguration, OutputVariables: d.Output.OutputVariables,
		InputArtifacts: stored(d.Input.InputArtifacts), OutputArtifacts: stored(d.Output.OutputArtifacts),
		ExternalExecutionID: result.ExternalExecutionID, ExternalExecutionURL: result.ExternalExecutionURL,
		Summary: result.ExternalExecutionSummary, Error: result.ErrorDetails,
	}
	if a.Type.Category != "Source" {
		return a
	}
	for _, r := range revisions {
		if _, found := a.Artifact(r.Name); found {
			a.Revision = &execution.Revision{ID: r.ID, Summary: r.Summary, URL: r.URL, Created: r.Created.Time}
		}
	}
	return a
}

func stored(details []artifactDetail) []execution.Artifact {
	var all []execution.Artifact
	for _, d := range details {
		all = append(all, execution.Artifact{Name: d.Name, Bucket: d.S3Location.Bucket, Key: d.S3Location.Key})
	}
	return all
}

// StartPipelineExecution starts an execution of the newest version and returns its identity. The token has a repeated request
// start it once.
func (c *Client) StartPipelineExecution(ctx context.Context, name string, in execution.StartInput) (string, error) {
	input := map[string]any{"name": name, "clientRequestToken": in.ClientRequestToken}
	var variables []pipelineVariableInput
	for _, v := range slices.Sorted(maps.Keys(in.Variables)) {
		variables = append(variables, pipelineVariableInput{v, in.Variables[v]})
	}
	if len(variables) > 0 {
		input["variables"] = variables
	}
	if len(in.SourceRevisions) > 0 {
		input["sourceRevisions"] = in.SourceRevisions
	}
	out, err := ask[executionIDOutput](ctx, c, "StartPipelineExecution", input)
	return out.PipelineExecutionID, err
}

// StopPipelineExecution asks for the end of an execution.
func (c *Client) StopPipelineExecution(ctx context.Context, name, id string, stop execution.StopTrigger) error {
	_, err := ask[executionIDOutput](ctx, c, "StopPipelineExecution", map[string]any{
		"pipelineName": name, "pipelineExecutionId": id, "abandon": stop.Abandon, "reason": stop.Reason,
	})
	return err
}

// PutApprovalResult answers the approval of a pipeline that the token is of, and returns when.
func (c *Client) PutApprovalResult(ctx context.Context, name string, in execution.Approval) (time.Time, error) {
	status := "Rejected"
	if in.Approved {
		status = "Approved"
	}
	out, err := ask[putApprovalResultOutput](ctx, c, "PutApprovalResult", map[string]any{
		"pipelineName": name, "stageName": in.StageName, "actionName": in.ActionName, "token": in.Token,
		"result": map[string]string{"summary": in.Summary, "status": status},
	})
	return out.ApprovedAt.Time, err
}
