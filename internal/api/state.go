package api

import (
	"context"

	"github.com/penstock-ci/penstock/internal/execution"
)

type getPipelineStateInput struct {
	Name string `json:"name"`
}

type getPipelineStateOutput struct {
	PipelineName    string       `json:"pipelineName"`
	PipelineVersion int          `json:"pipelineVersion"`
	StageStates     []stageState `json:"stageStates"`
	Created         timestamp    `json:"created"`
	Updated         timestamp    `json:"updated"`
}

type stageState struct {
	StageName         string           `json:"stageName"`
	InboundExecution  *stageExecution  `json:"inboundExecution,omitempty"`
	InboundExecutions []stageExecution `json:"inboundExecutions"`
	InboundTransition transitionState  `json:"inboundTransitionState"`
	ActionStates      []actionState    `json:"actionStates"`
	LatestExecution   *stageExecution  `json:"latestExecution,omitempty"`
}

type stageExecution struct {
	PipelineExecutionID string                `json:"pipelineExecutionId"`
	Status              execution.StageStatus `json:"status"`
	Type                string                `json:"type"`
}

type transitionState struct {
	Enabled bool `json:"enabled"`
}

type actionState struct {
	ActionName      string           `json:"actionName"`
	CurrentRevision *currentRevision `json:"currentRevision,omitempty"`
	LatestExecution *actionExecution `json:"latestExecution,omitempty"`
	RevisionURL     string           `json:"revisionUrl,omitempty"`
}

// currentRevision is of a source action. Its change identifier is the revision: nothing else identifies a change here.
type currentRevision struct {
	ID       string    `json:"revisionId"`
	ChangeID string    `json:"revisionChangeId"`
	Created  timestamp `json:"created,omitzero"`
}

type actionExecution struct {
	ActionExecutionID    string                  `json:"actionExecutionId"`
	Status               execution.ActionStatus  `json:"status"`
	Summary              string                  `json:"summary,omitempty"`
	LastStatusChange     timestamp               `json:"lastStatusChange"`
	Token                string                  `json:"token,omitempty"`
	LastUpdatedBy        string                  `json:"lastUpdatedBy,omitempty"`
	ExternalExecutionID  string                  `json:"externalExecutionId,omitempty"`
	ExternalExecutionURL string                  `json:"externalExecutionUrl,omitempty"`
	ErrorDetails         *execution.ErrorDetails `json:"errorDetails,omitempty"`
}

// getPipelineState returns what happened last in each stage and action. It alone shows tokens: of open approvals.
func (c *call) getPipelineState(ctx context.Context, in getPipelineStateInput) (getPipelineStateOutput, error) {
	d, err := c.registered(ctx, in.Name, 0)
	if err != nil {
		return getPipelineStateOutput{}, err
	}
	created, err := c.created(ctx, d)
	if err != nil {
		return getPipelineStateOutput{}, err
	}
	s, err := c.Records.GetPipelineState(ctx, in.Name)
	out := getPipelineStateOutput{
		PipelineName: s.PipelineName, PipelineVersion: s.Version, Created: created, Updated: timestamp{s.Updated},
		StageStates: []stageState{},
	}
	for _, st := range s.Stages {
		out.StageStates = append(out.StageStates, stageStateOf(st))
	}
	return out, err
}

func stageStateOf(st execution.StageState) stageState {
	out := stageState{
		StageName: st.Name, InboundTransition: transitionState{Enabled: true},
		InboundExecutions: []stageExecution{}, ActionStates: []actionState{},
	}
	for _, claim := range st.Inbound {
		out.InboundExecutions = append(out.InboundExecutions, stageExecution{claim.PipelineExecutionID, execution.StageInProgress, standard})
		out.InboundExecution = &out.InboundExecutions[0]
	}
	current := ""
	if st.Latest != nil {
		current = st.Latest.PipelineExecutionID
		out.LatestExecution = &stageExecution{current, st.Latest.Status, standard}
	}
	for _, a := range st.Actions {
		out.ActionStates = append(out.ActionStates, actionStateOf(a, current))
	}
	return out
}

// actionStateOf is the state of an action in a stage in which the execution current was last.
func actionStateOf(a execution.ActionState, current string) actionState {
	out := actionState{ActionName: a.Name}
	if a.Latest == nil {
		return out
	}
	shown := a.Latest.Masked()
	out.LatestExecution = &actionExecution{
		ActionExecutionID: shown.ActionExecutionID, Status: shown.Status, Summary: shown.Summary,
		LastStatusChange: timestamp{shown.LastUpdateTime}, LastUpdatedBy: shown.UpdatedBy,
		ExternalExecutionID: shown.ExternalExecutionID, ExternalExecutionURL: shown.ExternalExecutionURL,
		ErrorDetails: shown.Error,
	}
	if a.Latest.IsApproval() && !a.Latest.Ended() && a.Latest.PipelineExecutionID == current {
		out.LatestExecution.Token = a.Latest.ApprovalToken
	}
	if r := shown.Revision; r != nil {
		out.CurrentRevision = &currentRevision{r.ID, r.ID, timestamp{r.Created}}
		out.RevisionURL = r.URL
	}
	return out
}
