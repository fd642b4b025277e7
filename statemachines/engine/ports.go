package engine

import (
	"context"
	"time"
)

// Clock is the engine's time.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, no earlier than d from now, on a goroutine that is not the caller's, or on the caller's
	// after AfterFunc has returned. The function it returns cancels the call and tells whether that was in time.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Store keeps the entries of executions. It must be safe for concurrent use; the entries of one execution come one
// at a time and in order.
type Store interface {
	// Append records an entry. Once it returns nil the entry must survive whatever the store promises to survive.
	Append(ctx context.Context, e Entry) error
	// Entries returns what was recorded for an execution, in order; none for an unknown one.
	Entries(ctx context.Context, execution string) ([]Entry, error)
}

// Tasks does the work of Task states.
type Tasks interface {
	// Invoke does the work and returns its result as JSON text: for lambda:invoke what the function returned. It is
	// called on its own goroutine. The context ends when the result is no longer wanted: the execution was stopped or
	// failed elsewhere, the state timed out, the engine was closed. An error with a *TaskError in its chain gives
	// the error's name and cause; any other is States.TaskFailed. With a Token, the result only ends the invocation:
	// the state goes on when the token is answered, which may happen before Invoke returns.
	Invoke(ctx context.Context, i Invocation) ([]byte, error)
}

// Invocation is one call of a Task state's resource.
type Invocation struct {
	Execution    string // the execution's name
	ExecutionARN string
	State        string
	Attempt      int    // 0, then 1 for the first retry, and so on
	Resource     string // such as arn:aws:states:::lambda:invoke
	RoleARN      string // that the state's Credentials name; "" for the execution's own
	FunctionName string // for lambda:invoke
	Payload      []byte // for lambda:invoke, JSON text
	Arguments    []byte // JSON text of all arguments
	Token        string // the task token, for a resource that ends with .waitForTaskToken
}

// TaskError is an error of a task: what Retry and Catch match, and the text beside it.
type TaskError struct {
	Name  string
	Cause string
}

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// Seeds supplies randomness: each execution draws one seed at its start, for its tokens, jitter, $random and $uuid.
// It must be safe for concurrent use, and unpredictable, since task tokens are derived from it.
type Seeds interface{ Seed() [32]byte }
