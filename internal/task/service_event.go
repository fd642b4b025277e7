package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/execution"
)

// externalIDs says how the external execution id stands in an event, by its detail type. It is what the action's provider
// has answered as Outcome.ExternalExecutionID.
var externalIDs = map[string]func(events.Envelope) (string, error){
	events.BuildStateChange:             codebuild.BuildOf,
	events.BuildBatchStateChange:        codebuild.BuildOf,
	events.StackStatusChange:            member("stack-id"),
	events.MachineStatusChange:          member("executionArn"),
	events.PipelineExecutionStateChange: member("execution-id"),
}

// member reads a member of the detail.
func member(name string) func(events.Envelope) (string, error) {
	return func(e events.Envelope) (string, error) {
		var detail map[string]json.RawMessage
		if err := json.Unmarshal(e.Detail, &detail); err != nil {
			return "", fmt.Errorf("event %s: decode detail: %w", e.ID, err)
		}
		var id string
		if err := json.Unmarshal(detail[name], &id); err != nil || id == "" {
			return "", fmt.Errorf("event %s, %q: detail.%s is %s, not the name of an execution", e.ID, e.DetailType, name, shown(detail[name]))
		}
		return id, nil
	}
}

func shown(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "missing"
	}
	return string(raw)
}

// ServiceEvent is told by an event of a service, or of a pipeline here, that outside work may have ended. The event only
// wakes: what became of the work is looked up. One that comes before its action is known is kept, one that comes twice or
// too late does no harm, and so does one about work that no action waits for.
func (h *Handlers) ServiceEvent(ctx context.Context, e events.Envelope) error {
	read, known := externalIDs[e.DetailType]
	if !known {
		return &execution.Error{
			Code:    execution.Invalid,
			Message: fmt.Sprintf("event %s has detail type %q, which tells of no action's end: take it out of the rule's pattern", e.ID, e.DetailType),
		}
	}
	id, err := read(e)
	if err != nil {
		return &execution.Error{Code: execution.Invalid, Message: "read what has ended", Err: err}
	}
	return h.CompleteAction(ctx, id)
}

// machineChange is the detail of a "Step Functions Execution Status Change" event, as far as it is read. Error and cause
// are null where there is none.
type machineChange struct {
	ARN    string  `json:"executionArn"`
	Status string  `json:"status"`
	Error  *string `json:"error"`
	Cause  *string `json:"cause"`
}

// MachineEnded is told by an event of Step Functions that a machine execution of the platform may have ended. Where the
// record is still open nobody has ended it: it is closed, work that goes on outside is ended, and locks pass on. One that
// is no pipeline execution's, because somebody started the machine by hand, is nobody's, and so is one of another machine
// that has the name of one.
func (h *Handlers) MachineEnded(ctx context.Context, e events.Envelope) error {
	var change machineChange
	if e.DetailType != events.MachineStatusChange {
		return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("event %s has detail type %q, not %q", e.ID, e.DetailType, events.MachineStatusChange)}
	}
	if err := json.Unmarshal(e.Detail, &change); err != nil || change.ARN == "" || change.Status == "" {
		return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("event %s: its detail has no executionArn and status of an execution", e.ID), Err: err}
	}
	status := execution.MachineStatus{Status: change.Status, Error: text(change.Error), Cause: text(change.Cause)}
	if !status.Ended() {
		return nil
	}
	err := h.endExecution(ctx, execution.ExecutionOf(change.ARN), change.ARN, status.Reason())
	var unknown *execution.Error
	if errors.As(err, &unknown) && unknown.Name == "PipelineExecutionNotFoundException" {
		return nil
	}
	return err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// DeletePipeline takes a pipeline from the lists, stops its open executions and ends their work outside.
func (h *Handlers) DeletePipeline(ctx context.Context, name string) error {
	abandoned, err := h.records.DeletePipeline(ctx, name)
	return errors.Join(err, h.StopWork(ctx, abandoned))
}
