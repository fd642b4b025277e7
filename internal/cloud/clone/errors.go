package clone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/execution"
)

// failed is the end of a fetch: a failure where it will be the same next time, else an error that is tried again.
func failed(r git.Repository, err error) error {
	var ended *action.Failure
	switch {
	case errors.As(err, &ended):
		return ended
	case isTooLarge(err):
		return tooLarge(r)
	case errors.Is(err, context.Canceled):
		return &execution.Error{Code: execution.Canceled, Message: "fetch " + r.Name, Err: err}
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return noCommits(r)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return noRepository(r)
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed), errors.Is(err, transport.ErrInvalidAuthMethod):
		return denied(r)
	case statusOf(err) == http.StatusTooManyRequests:
		return &execution.Error{Code: execution.Throttled, Message: "fetch " + r.Name, Err: err}
	case passes(err):
		return &execution.Error{Code: execution.Unavailable, Message: "fetch " + r.Name, Err: err}
	}
	return fmt.Errorf("fetch %s: %w", r.Name, err)
}

// passes says that the network or the other end failed, which may be otherwise next time.
func passes(err error) bool {
	var broken *brokenError
	status := statusOf(err)
	return errors.As(err, &broken) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) ||
		status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// statusOf is the HTTP status of an answer that go-git has no error for, and 0 of other errors.
func statusOf(err error) int {
	var unexpected *plumbing.UnexpectedError
	var answer *githttp.Err
	if errors.As(err, &unexpected) && errors.As(unexpected.Err, &answer) {
		return answer.StatusCode()
	}
	return 0
}

// limiter counts what comes, and remembers what ended it: go-git does not always pass that on.
type limiter struct {
	next  http.RoundTripper
	left  int64
	ended error
}

func limited(client *http.Client, limit int64) *limiter {
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	return &limiter{next: next, left: limit}
}

// RoundTrip is that of http.RoundTripper.
func (l *limiter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		l.ended = &brokenError{err}
		return nil, err
	}
	answer.Body = &limitedBody{answer.Body, l}
	return answer, nil
}

type limitedBody struct {
	io.ReadCloser
	limiter *limiter
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.limiter.left -= int64(n); b.limiter.left < 0 {
		b.limiter.ended = &tooLargeError{}
		return 0, b.limiter.ended
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.limiter.ended = &brokenError{err}
	}
	return n, err
}

// tooLargeError is an answer beyond the limit.
type tooLargeError struct{}

func (*tooLargeError) Error() string { return "more than the limit" }

func isTooLarge(err error) bool {
	var large *tooLargeError
	return errors.As(err, &large)
}

// brokenError is an answer that did not come, or not to its end.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return "the answer broke off: " + e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }
