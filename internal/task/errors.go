package task

import (
	"errors"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Error is how a handler fails its Task state: Name is what ErrorEquals matches.
type Error struct {
	Name  string
	Cause string
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

// names gives each code of an operational error the error name of Step Functions; Throttled and Unavailable are
// retried by the machine.
var names = map[execution.Code]string{
	execution.Invalid:     "InvalidInput",
	execution.NotFound:    "NotFound",
	execution.Conflict:    events.ErrorUnavailable,
	execution.NotAllowed:  action.PermissionError, // that of a call; who is not current has a name for it
	execution.Throttled:   events.ErrorThrottled,
	execution.Unavailable: events.ErrorUnavailable,
	execution.Canceled:    "Canceled",
	execution.Internal:    "Internal",
}

// Classify turns any error into the one that leaves a handler.
func Classify(err error) *Error {
	var named *Error
	if errors.As(err, &named) {
		return named
	}
	var failure *action.Failure
	if errors.As(err, &failure) {
		return &Error{Name: failure.Code, Cause: failure.Message}
	}
	var operational *execution.Error
	if errors.As(err, &operational) && operational.Code == execution.NotAllowed && operational.Name != "" {
		return &Error{Name: operational.Name, Cause: err.Error()}
	}
	return &Error{Name: names[execution.CodeOf(err)], Cause: err.Error()}
}

// retried says whether the machine tries again after this error, so that the action must not be recorded as failed.
func retried(err error) bool {
	name := Classify(err).Name
	return name == events.ErrorThrottled || name == events.ErrorUnavailable
}
