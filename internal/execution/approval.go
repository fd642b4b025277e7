package execution

import (
	"context"
	"fmt"
	"time"
)

// Approval is an answer to a manual approval.
type Approval struct {
	PipelineExecutionID string
	StageName           string
	ActionName          string
	Token               string
	Approved            bool
	Summary             string
	// By is who answers: an ARN on AWS.
	By string
}

// MaxApprovalSummary is the longest summary of an approval result, in characters.
const MaxApprovalSummary = 512

// PutApprovalResult answers an open approval: approved ends the action as Succeeded, rejected as Failed.
func (r *Records) PutApprovalResult(ctx context.Context, in Approval) (*Action, error) {
	id := ActionExecutionID(in.PipelineExecutionID, in.StageName, in.ActionName, 1)
	s, err := r.change(ctx, in.PipelineExecutionID, scope{actions: []string{id}}, func(s *state) error {
		return reduceApproval(s, s.actions[id], in)
	})
	if err != nil {
		return nil, err
	}
	return s.actions[id], nil
}

func reduceApproval(s *state, a *Action, in Approval) error {
	switch {
	case a == nil:
		return errorf(NotFound, "ActionNotFoundException", "action %q of stage %q has not begun in pipeline execution %s",
			in.ActionName, in.StageName, in.PipelineExecutionID)
	case a.ApprovalToken == "" || in.Token != a.ApprovalToken:
		return errorf(Invalid, "InvalidApprovalTokenException", "the token does not answer approval %q of stage %q", in.ActionName, in.StageName)
	case a.Ended():
		return errorf(Conflict, "ApprovalAlreadyCompletedException", "approval %q of stage %q is %s already", in.ActionName, in.StageName, a.Status)
	case len([]rune(in.Summary)) > MaxApprovalSummary:
		return errorf(Invalid, "ValidationException", "the summary of an approval has at most %d characters", MaxApprovalSummary)
	}
	result := Result{Summary: in.Summary, UpdatedBy: in.By}
	if !in.Approved {
		message := "rejected by " + in.By
		if in.Summary != "" {
			message += ": " + in.Summary
		}
		result.Error = &ErrorDetails{Code: "JobFailed", Message: message}
	}
	reduceEnd(s, a, result)
	return nil
}

// ExpireAction fails an action whose deadline has passed: for an approval nobody else does. One that has ended, or has time
// left, stays as it is. Work that goes on outside is not stopped by this.
func (r *Records) ExpireAction(ctx context.Context, executionID, actionExecutionID string) error {
	_, err := r.change(ctx, executionID, scope{actions: []string{actionExecutionID}}, func(s *state) error {
		reduceExpire(s, s.actions[actionExecutionID])
		return nil
	})
	return err
}

func reduceExpire(s *state, a *Action) {
	if a == nil || a.Ended() || a.Deadline.IsZero() || s.now.Before(a.Deadline) {
		return
	}
	until := a.Deadline.UTC().Format("2006-01-02 15:04:05 MST")
	message := "nobody answered until " + until
	if a.Type.Category != "Approval" {
		message = fmt.Sprintf("it was not done until %s, %s after it began", until, a.Deadline.Sub(a.StartTime).Round(time.Second))
	}
	reduceEnd(s, a, Result{Error: &ErrorDetails{Code: "Timeout", Message: message}})
}
