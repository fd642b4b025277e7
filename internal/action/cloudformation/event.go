package cloudformation

import (
	"encoding/json"
	"fmt"

	"github.com/penstock-ci/penstock/events"
)

// EventSource is the source of CloudFormation's events, StackStatusChange the detail type of those about a stack.
const (
	EventSource       = "aws.cloudformation"
	StackStatusChange = "CloudFormation Stack Status Change"
)

// StackOf returns the ID of the stack that an event is about: the external execution ID of the action that changes it.
func StackOf(e events.Envelope) (string, error) {
	if e.DetailType != StackStatusChange {
		return "", fmt.Errorf("event %s: detail type %q is not %q", e.ID, e.DetailType, StackStatusChange)
	}
	var detail struct {
		StackID string `json:"stack-id"`
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return "", fmt.Errorf("event %s: decode detail: %w", e.ID, err)
	}
	if detail.StackID == "" {
		return "", fmt.Errorf("event %s: the detail has no stack-id", e.ID)
	}
	return detail.StackID, nil
}
