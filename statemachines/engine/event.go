package engine

import (
	"encoding/json"
	"time"
)

// Event is a history event as Step Functions' GetExecutionHistory returns it.
type Event struct {
	Timestamp       time.Time
	Type            string
	ID              int64
	PreviousEventID int64
	Details         Details // nil for events that have none
}

// Details is what an event tells: one of the types whose names end in EventDetails.
type Details interface {
	// Member is the name of the member of the event that holds the details, such as stateEnteredEventDetails.
	Member() string
}

// MarshalJSON writes the event as the API does.
func (e Event) MarshalJSON() ([]byte, error) {
	members := map[string]any{
		"timestamp": e.Timestamp, "type": e.Type, "id": e.ID, "previousEventId": e.PreviousEventID,
	}
	if e.Details != nil {
		members[e.Details.Member()] = e.Details
	}
	return json.Marshal(members)
}

// Truncated tells whether a text was cut; here it never is.
type Truncated struct {
	Truncated bool `json:"truncated"`
}

// ExecutionStartedEventDetails belongs to ExecutionStarted.
type ExecutionStartedEventDetails struct {
	Input        string    `json:"input"`
	InputDetails Truncated `json:"inputDetails"`
	RoleARN      string    `json:"roleArn"`
}

// ExecutionSucceededEventDetails belongs to ExecutionSucceeded.
type ExecutionSucceededEventDetails struct {
	Output        string    `json:"output"`
	OutputDetails Truncated `json:"outputDetails"`
}

// FailureEventDetails belongs to ExecutionFailed, ExecutionAborted and ExecutionTimedOut.
type FailureEventDetails struct {
	Error  string `json:"error,omitempty"`
	Cause  string `json:"cause,omitempty"`
	member string
}

// StateEnteredEventDetails belongs to PassStateEntered and its kin.
type StateEnteredEventDetails struct {
	Name         string    `json:"name"`
	Input        string    `json:"input"`
	InputDetails Truncated `json:"inputDetails"`
}

// StateExitedEventDetails belongs to PassStateExited and its kin. Variables are JSON text.
type StateExitedEventDetails struct {
	Name                     string            `json:"name"`
	Output                   string            `json:"output"`
	OutputDetails            Truncated         `json:"outputDetails"`
	AssignedVariables        map[string]string `json:"assignedVariables,omitempty"`
	AssignedVariablesDetails *Truncated        `json:"assignedVariablesDetails,omitempty"`
}

// MapStateStartedEventDetails belongs to MapStateStarted.
type MapStateStartedEventDetails struct {
	Length int64 `json:"length"`
}

// MapIterationEventDetails belongs to MapIterationStarted and its kin.
type MapIterationEventDetails struct {
	Name   string `json:"name"`
	Index  int64  `json:"index"`
	member string
}

// EvaluationFailedEventDetails belongs to EvaluationFailed.
type EvaluationFailedEventDetails struct {
	Error    string `json:"error"`
	Cause    string `json:"cause"`
	Location string `json:"location,omitempty"`
	State    string `json:"state"`
}

// TaskScheduledEventDetails belongs to TaskScheduled.
type TaskScheduledEventDetails struct {
	ResourceType       string `json:"resourceType"`
	Resource           string `json:"resource"`
	Region             string `json:"region"`
	Parameters         string `json:"parameters"`
	TimeoutInSeconds   int64  `json:"timeoutInSeconds,omitempty"`
	HeartbeatInSeconds int64  `json:"heartbeatInSeconds,omitempty"`

	TaskCredentials *TaskCredentials `json:"taskCredentials,omitempty"`
}

// TaskCredentials tells as whom a Task is done, where its state says so.
type TaskCredentials struct {
	RoleARN string `json:"roleArn"`
}

// TaskStartedEventDetails belongs to TaskStarted.
type TaskStartedEventDetails struct {
	ResourceType string `json:"resourceType"`
	Resource     string `json:"resource"`
}

// TaskOutputEventDetails belongs to TaskSubmitted and TaskSucceeded.
type TaskOutputEventDetails struct {
	ResourceType  string    `json:"resourceType"`
	Resource      string    `json:"resource"`
	Output        string    `json:"output"`
	OutputDetails Truncated `json:"outputDetails"`
	member        string
}

// TaskFailureEventDetails belongs to TaskFailed and TaskTimedOut.
type TaskFailureEventDetails struct {
	ResourceType string `json:"resourceType"`
	Resource     string `json:"resource"`
	Error        string `json:"error,omitempty"`
	Cause        string `json:"cause,omitempty"`
	member       string
}

// LambdaFunctionScheduledEventDetails belongs to LambdaFunctionScheduled: a Task whose resource is a function.
type LambdaFunctionScheduledEventDetails struct {
	Resource         string    `json:"resource"`
	Input            string    `json:"input"`
	InputDetails     Truncated `json:"inputDetails"`
	TimeoutInSeconds int64     `json:"timeoutInSeconds,omitempty"`

	TaskCredentials *TaskCredentials `json:"taskCredentials,omitempty"`
}

// LambdaFunctionSucceededEventDetails belongs to LambdaFunctionSucceeded.
type LambdaFunctionSucceededEventDetails struct {
	Output        string    `json:"output"`
	OutputDetails Truncated `json:"outputDetails"`
}

// Member returns the name of the event's member.
func (*ExecutionStartedEventDetails) Member() string { return "executionStartedEventDetails" }

// Member returns the name of the event's member.
func (*ExecutionSucceededEventDetails) Member() string { return "executionSucceededEventDetails" }

// Member returns the name of the event's member.
func (d *FailureEventDetails) Member() string { return d.member }

// Member returns the name of the event's member.
func (*StateEnteredEventDetails) Member() string { return "stateEnteredEventDetails" }

// Member returns the name of the event's member.
func (*StateExitedEventDetails) Member() string { return "stateExitedEventDetails" }

// Member returns the name of the event's member.
func (*MapStateStartedEventDetails) Member() string { return "mapStateStartedEventDetails" }

// Member returns the name of the event's member.
func (d *MapIterationEventDetails) Member() string { return d.member }

// Member returns the name of the event's member.
func (*EvaluationFailedEventDetails) Member() string { return "evaluationFailedEventDetails" }

// Member returns the name of the event's member.
func (*TaskScheduledEventDetails) Member() string { return "taskScheduledEventDetails" }

// Member returns the name of the event's member.
func (*TaskStartedEventDetails) Member() string { return "taskStartedEventDetails" }

// Member returns the name of the event's member.
func (d *TaskOutputEventDetails) Member() string { return d.member }

// Member returns the name of the event's member.
func (d *TaskFailureEventDetails) Member() string { return d.member }

// Member returns the name of the event's member.
func (*LambdaFunctionScheduledEventDetails) Member() string {
	return "lambdaFunctionScheduledEventDetails"
}

// Member returns the name of the event's member.
func (*LambdaFunctionSucceededEventDetails) Member() string {
	return "lambdaFunctionSucceededEventDetails"
}
