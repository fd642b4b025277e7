package engine

import (
	"errors"
	"fmt"
)

// Code is the kind of an Error, named as Step Functions' API names it.
type Code string

// The codes of errors.
const (
	InvalidToken           Code = "InvalidToken"
	TaskTimedOut           Code = "TaskTimedOut"
	TaskDoesNotExist       Code = "TaskDoesNotExist"
	ExecutionAlreadyExists Code = "ExecutionAlreadyExists"
	ExecutionDoesNotExist  Code = "ExecutionDoesNotExist"
	InvalidDefinition      Code = "InvalidDefinition"
	InvalidExecutionInput  Code = "InvalidExecutionInput"
	InvalidName            Code = "InvalidName"
	InvalidOutput          Code = "InvalidOutput"
	Closed                 Code = "Closed"
)

// Error is an operation that the engine refused.
type Error struct {
	Code    Code
	Message string
	Err     error // what it comes from, if anything
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap returns what the error comes from.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error that the engine returned, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// The names of errors that Step Functions itself raises and that a machine may match.
const (
	ErrorAll               = "States.ALL"
	ErrorTaskFailed        = "States.TaskFailed"
	ErrorTimeout           = "States.Timeout"
	ErrorHeartbeatTimeout  = "States.HeartbeatTimeout"
	ErrorRuntime           = "States.Runtime"
	ErrorNoChoiceMatched   = "States.NoChoiceMatched"
	ErrorDataLimitExceeded = "States.DataLimitExceeded"
	ErrorQueryEvaluation   = "States.QueryEvaluationError"
)
