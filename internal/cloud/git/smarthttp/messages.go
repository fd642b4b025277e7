package smarthttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/execution"
)

// All wording of this package for people: one function per mistake.

// refused is an answer that is none: a failure where it will be the same next time, else an error that is tried again.
func refused(r git.Repository, answer *http.Response) error {
	err := fmt.Errorf("%s %s is answered with %s", answer.Request.Method, answer.Request.URL.Redacted(), answer.Status)
	switch status := answer.StatusCode; {
	case status == http.StatusNotFound:
		return action.Fail(action.ConfigurationError, "there is no %s, or it may not be read: %s", r.Name, r.Denied)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return action.Fail(action.PermissionError, "%s may not be read: %s", r.Name, r.Denied)
	case status == http.StatusTooManyRequests:
		return &execution.Error{Code: execution.Throttled, Message: "fetch " + r.Name, Err: err}
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return &execution.Error{Code: execution.Unavailable, Message: "fetch " + r.Name, Err: err}
	}
	return fmt.Errorf("fetch %s: %w", r.Name, err)
}

// broke is an answer that did not come, or not to its end: the network or the other end failed, which may be otherwise next time.
func broke(r git.Repository, err error) error {
	code := execution.Unavailable
	if errors.Is(err, context.Canceled) {
		code = execution.Canceled
	}
	return &execution.Error{Code: code, Message: "fetch " + r.Name + ": the answer broke off", Err: err}
}

func tooLarge(r git.Repository) *action.Failure {
	return action.Fail(action.RevisionUnavailable,
		"%s is larger than the %s that are fetched here: keep large files out of it, or have a build fetch it (a CodeBuild project with that source)",
		r.Name, artifact.Bytes(r.Limit))
}
