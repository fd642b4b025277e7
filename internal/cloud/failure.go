package cloud

import (
	"errors"
	"net/http"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Failure ends an action with CodePipeline's failure type where an error will be the same next time; missing is the type
// where something is not there. What may pass stays an *execution.Error, so that the machine tries again.
func Failure(err error, missing string) error {
	var known *action.Failure
	if err == nil || errors.As(err, &known) {
		return err
	}
	var operational *execution.Error
	if !errors.As(err, &operational) {
		return err
	}
	switch operational.Code {
	case execution.NotAllowed:
		return action.Fail(action.PermissionError, "%s", err)
	case execution.NotFound:
		return action.Fail(missing, "%s", err)
	case execution.Invalid:
		return action.Fail(action.ConfigurationError, "%s", err)
	}
	return err
}

// retriedStatus says that an answer may be another one next time.
func retriedStatus(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}
