package api

import (
	"context"

	"github.com/penstock-ci/penstock/internal/execution"
)

// GetPipelineState is what happened last in each stage and action. Approvals that wait have their token. An action's
// execution is told where it is that of its stage, as it is of an approval that waits.
func (c *Client) GetPipelineState(ctx context.Context, name string) (execution.PipelineState, error) {
	got, err := ask[getPipelineStateOutput](ctx, c, "GetPipelineState", map[string]any{"name": name})
	s := execution.PipelineState{PipelineName: got.PipelineName, Version: got.PipelineVersion, Updated: got.Updated.Time}
	for _, st := range got.StageStates {
		s.Stages = append(s.Stages, st.recorded())
	}
	return s, err
}

func (s *stageState) recorded() execution.StageState {
	out := execution.StageState{Name: s.StageName}
	if s.LatestExecution != nil {
		out.Latest = &execution.Stage{Name: s.StageName, PipelineExecutionID: s.LatestExecution.PipelineExecutionID, Status: s.LatestExecution.Status}
	}
	for _, e := range s.InboundExecutions {
		out.Inbound = append(out.Inbound, execution.Claim{PipelineExecutionID: e.PipelineExecutionID})
	}
	for _, a := range s.ActionStates {
		action := execution.ActionState{Name: a.ActionName}
		if a.LatestExecution != nil {
			action.Latest = a.recorded(s)
		}
		out.Actions = append(out.Actions, action)
	}
	return out
}

func (a *actionState) recorded(in *stageState) *execution.Action {
	l := a.LatestExecution
	out := &execution.Action{
		StageName: in.StageName, ActionName: a.ActionName, ActionExecutionID: l.ActionExecutionID, Status: l.Status,
		LastUpdateTime: l.LastStatusChange.Time, UpdatedBy: l.LastUpdatedBy, Summary: l.Summary, ApprovalToken: l.Token,
		ExternalExecutionID: l.ExternalExecutionID, ExternalExecutionURL: l.ExternalExecutionURL, Error: l.ErrorDetails,
	}
	if r := a.CurrentRevision; r != nil {
		out.Type.Category = "Source"
		out.Revision = &execution.Revision{ID: r.ID, Created: r.Created.Time, URL: a.RevisionURL}
	}
	if l.Token != "" && in.LatestExecution != nil {
		out.Type.Category, out.PipelineExecutionID = "Approval", in.LatestExecution.PipelineExecutionID
	}
	return out
}
