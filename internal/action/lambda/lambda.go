// Package lambda performs Invoke/AWS/Lambda actions: a function gets a job and brings its result. In goes the request for
// an action, out comes the outcome that the function gave. What invokes functions is behind the port Functions.
//
// The rules are those of "AWS Lambda invoke action reference" and of "Invoke an AWS Lambda function in a pipeline" of the
// CodePipeline User Guide.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Functions is the port to what invokes functions with jobs.
//
// RunJob invokes the function of a job once and returns the result that it brings; what it prints goes to log. A function
// that ended without a result is a *FunctionError, or another error that says what to do. It may be called again with the
// same job, where nobody knows what became of the first call: the first result counts. When ctx ends, so does the function.
type Functions interface {
	RunJob(ctx context.Context, j Job, log io.Writer) (Result, error)
}

// Job is one invocation of a function for an action.
type Job struct {
	// ID is known to the function and to the port only: who knows it may bring the result.
	ID string
	// FunctionName is a name, or an ARN.
	FunctionName string
	// Configuration is that of the action, with every #{} resolved.
	Configuration map[string]string
	Inputs        []action.Input
	Outputs       []action.Output
	// EncryptionKeys are the KMS keys that outputs must be encrypted with, by bucket.
	EncryptionKeys map[string]string
	// ContinuationToken is what the job before gave, where this one goes on with it.
	ContinuationToken string
	// Deadline is when the action times out.
	Deadline time.Time
}

// Result is what a function says of its job.
type Result struct {
	// Failure is set where the job failed.
	Failure *Failure
	// ContinuationToken asks for another job that goes on.
	ContinuationToken   string
	Variables           map[string]string
	Summary             string
	ExternalExecutionID string
	Revision            *action.Revision
	// Artifacts has what the function stored of the outputs, by name.
	Artifacts map[string]artifact.Object
}

// Failure is what PutJobFailureResult says. Type is one of the failure types of package action.
type Failure struct{ Type, Message, ExternalExecutionID string }

// FunctionError is a function that failed by itself: its error type, and its message.
type FunctionError struct {
	Type, Message string
	// Trace has the lines of its stack trace, if it gave any.
	Trace []string
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Keys of the configuration.
const (
	FunctionName = "FunctionName"
)

// Clock is the port to time.
type Clock interface {
	Now() time.Time
	// After sends the time once, when d has passed.
	After(d time.Duration) <-chan time.Time
}

// continueAfter is how long a function that goes on with a continuation token is left alone. CodePipeline takes about half
// a minute, which nobody wants to wait for at a desk.
const continueAfter = 2 * time.Second

// Provider performs actions through a Functions port.
type Provider struct {
	functions Functions
	clock     Clock
}

// New makes a Provider.
func New(functions Functions, clock Clock) *Provider {
	return &Provider{functions: functions, clock: clock}
}

// Start invokes the function, again as long as it asks for that, and answers with its result. The call lasts as long as
// the action: of one whose process has died the function is invoked anew.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	job := Job{
		FunctionName: r.Configuration[FunctionName], Configuration: r.Configuration,
		Inputs: r.Inputs, Outputs: r.Outputs, Deadline: r.Deadline,
	}
	if job.FunctionName == "" {
		return action.Outcome{}, action.Fail(action.ConfigurationError, "%s is empty", FunctionName)
	}
	stored := map[string]artifact.Object{}
	for n := 1; ; n++ {
		job.ID = jobID(r.ActionExecutionID, n)
		result, err := p.functions.RunJob(ctx, job, r.Log)
		if err != nil {
			return action.Outcome{}, failure(job.FunctionName, err)
		}
		maps.Copy(stored, result.Artifacts)
		switch {
		case result.Failure != nil:
			return action.Outcome{}, reported(job.FunctionName, result)
		case result.ContinuationToken == "":
			return outcome(r, result, stored)
		}
		job.ContinuationToken = result.ContinuationToken
		if err := p.pause(ctx, r); err != nil {
			return action.Outcome{}, err
		}
	}
}

func (p *Provider) pause(ctx context.Context, r action.Request) error {
	if !r.Deadline.IsZero() && p.clock.Now().Add(continueAfter).After(r.Deadline) {
		return action.Fail(action.JobFailed, "timed out: the function goes on with a continuation token, and the time of the action is over")
	}
	fmt.Fprintf(r.Log, "the job goes on: the function is invoked again in %s\n", continueAfter)
	select {
	case <-p.clock.After(continueAfter):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failure is the failure of an action whose function brought no result.
func failure(name string, err error) error {
	var failed *FunctionError
	if !errors.As(err, &failed) {
		return err
	}
	f := action.Fail(action.JobFailed, "the function failed: %s", failed)
	f.Summary = summary(name, "")
	return f
}

// reported is the failure that the function reported.
func reported(name string, result Result) *action.Failure {
	f := action.Fail(result.Failure.Type, "%s", result.Failure.Message)
	f.Summary = summary(name, "")
	f.ExternalExecutionID = result.Failure.ExternalExecutionID
	return f
}

func outcome(r action.Request, result Result, stored map[string]artifact.Object) (action.Outcome, error) {
	var missing []string
	for _, output := range r.Outputs {
		if _, ok := stored[output.Name]; !ok {
			missing = append(missing, fmt.Sprintf("%q at s3://%s/%s", output.Name, output.Bucket, output.Key))
		}
	}
	if len(missing) > 0 {
		return action.Outcome{}, action.Fail(action.JobFailed,
			"the function succeeded without storing output artifact %s", strings.Join(missing, ", "))
	}
	return action.Outcome{
		ExternalExecutionID: result.ExternalExecutionID, Summary: summary(r.Configuration[FunctionName], result.Summary),
		Variables: result.Variables, Revision: result.Revision, Artifacts: stored,
	}, nil
}

// summary is `notify`, or `notify  3 channels`.
func summary(reference, said string) string {
	name := reference
	if _, last, isARN := strings.Cut(reference, ":function:"); isARN {
		name = last
	}
	return strings.Join(slices.DeleteFunc([]string{name, said}, func(s string) bool { return s == "" }), "  ")
}
