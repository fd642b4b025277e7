package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
)

// exception is the body of an answer that is an error, and the answer's status.
type exception struct {
	status  int
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (e *exception) Error() string { return e.Type + ": " + e.Message }

// unnamed are the exceptions of errors that have none of their own: SDKs repeat a request for those with a status from 500
// on, and for throttling.
var unnamed = map[execution.Code]exception{
	execution.Invalid:     {http.StatusBadRequest, "ValidationException", ""},
	execution.NotFound:    {http.StatusBadRequest, "ValidationException", ""},
	execution.Conflict:    {http.StatusBadRequest, "ConflictException", ""},
	execution.NotAllowed:  {http.StatusBadRequest, "AccessDeniedException", ""},
	execution.Throttled:   {http.StatusBadRequest, "ThrottlingException", ""},
	execution.Unavailable: {http.StatusServiceUnavailable, "ServiceUnavailable", ""},
	execution.Canceled:    {http.StatusServiceUnavailable, "ServiceUnavailable", ""},
	execution.Internal:    {http.StatusInternalServerError, "InternalFailure", ""},
}

// exceptionOf is the answer to an error. Of the model's exceptions every one has status 400.
func exceptionOf(err error) *exception {
	var whole *exception
	if errors.As(err, &whole) {
		return whole
	}
	code := execution.CodeOf(err)
	if errors.Is(err, context.Canceled) {
		code = execution.Canceled
	}
	e := unnamed[code]
	e.Message = err.Error()
	var operational *execution.Error
	if errors.As(err, &operational) && strings.HasSuffix(operational.Name, "Exception") {
		e.status, e.Type, e.Message = http.StatusBadRequest, operational.Name, operational.Error()
	}
	return &e
}

const executionNotFound = "PipelineExecutionNotFoundException"

// exceptionIs says whether an error is the exception of that name.
func exceptionIs(err error, name string) bool {
	var e *execution.Error
	return errors.As(err, &e) && e.Name == name
}
