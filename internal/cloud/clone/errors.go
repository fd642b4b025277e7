package clone

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// failed is the end of a fetch: what has ended the answer of the other end, where that is why, for go-git does not always pass it
// on; a failure where it will be the same next time; else an error that is tried again.
func (c *clone) failed(err error) error {
	var ended *action.Failure
	var known *execution.Error
	switch {
	case c.remote.Ended() != nil:
		return c.remote.Ended()
	case errors.As(err, &ended):
		return ended
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return &execution.Error{Code: execution.Canceled, Message: "fetch " + c.repository.Name, Err: err}
	case brokeOff(err), errors.Is(err, context.DeadlineExceeded):
		return &execution.Error{Code: execution.Unavailable, Message: "fetch " + c.repository.Name, Err: err}
	}
	return fmt.Errorf("fetch %s: %w", c.repository.Name, err)
}

// brokeOff says that an answer ended before its end.
func brokeOff(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
