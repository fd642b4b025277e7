package execution

import (
	"errors"
	"fmt"
)

// Code classifies an operational error. Callers test the code, never the text.
type Code string

// The codes.
const (
	Invalid     Code = "invalid"
	NotFound    Code = "not-found"
	Conflict    Code = "conflict"
	NotAllowed  Code = "not-allowed"
	Throttled   Code = "throttled"
	Unavailable Code = "unavailable"
	Canceled    Code = "canceled"
	Internal    Code = "internal"
)

// Error is an operational error with its code. Name is CodePipeline's exception, or the error name that a state
// machine catches, where there is one.
type Error struct {
	Code    Code
	Name    string
	Message string
	Err     error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost *Error in err's chain, or Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

func errorf(code Code, name, format string, args ...any) *Error {
	return &Error{Code: code, Name: name, Message: fmt.Sprintf(format, args...)}
}
