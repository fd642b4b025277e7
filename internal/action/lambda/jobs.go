package lambda

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Invoker is the port to functions that are not waited for.
//
// Invoke hands an event to a function; it may be called again with the same event, where nobody knows what became of the
// first call. Credentials are those with which the function reads and stores the artifacts of its job, and when they end.
// Stored is what there is at a place, hashed; nothing is an *artifact.NotFoundError.
type Invoker interface {
	Invoke(ctx context.Context, functionName string, e Event) error
	Credentials(ctx context.Context) (c Credentials, expires time.Time, err error)
	Stored(ctx context.Context, at artifact.Location) (artifact.Object, error)
}

// Jobs is the port to the records of jobs; *execution.Records is one.
type Jobs interface {
	BeginJob(ctx context.Context, executionID, actionExecutionID, continuationToken string) (*execution.Job, error)
	JobInvoked(ctx context.Context, executionID, actionExecutionID, jobID string) error
	Action(ctx context.Context, executionID, actionExecutionID string) (*execution.Action, error)
}

// JobProvider performs actions whose functions answer later, by PutJobSuccessResult and PutJobFailureResult.
type JobProvider struct {
	invoker Invoker
	jobs    Jobs
	clock   execution.Clock
	account string
}

var _ action.Describer = (*JobProvider)(nil)

// NewJobProvider makes a JobProvider. account is the number that events tell.
func NewJobProvider(invoker Invoker, jobs Jobs, clock execution.Clock, account string) *JobProvider {
	return &JobProvider{invoker, jobs, clock, account}
}

// Start invokes the function with the first job of an action. The action's own identity is what is waited for: the job's is
// a secret.
func (p *JobProvider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	if r.Configuration[FunctionName] == "" {
		return action.Outcome{}, action.Fail(action.ConfigurationError, "%s is empty", FunctionName)
	}
	if err := p.begin(ctx, r, ""); err != nil {
		return action.Outcome{}, err
	}
	return p.waits(r), r.Log.Close()
}

func (p *JobProvider) waits(r action.Request) action.Outcome {
	return action.Outcome{Pending: true, ExternalExecutionID: r.ActionExecutionID, Summary: summary(r.Configuration[FunctionName], "")}
}

// begin records a job and invokes the function with it, where that is not done.
func (p *JobProvider) begin(ctx context.Context, r action.Request, continuationToken string) error {
	job, err := p.jobs.BeginJob(ctx, r.PipelineExecutionID, r.ActionExecutionID, continuationToken)
	if err != nil {
		return fmt.Errorf("record a job of action execution %s: %w", r.ActionExecutionID, err)
	}
	return p.invoke(ctx, r, job)
}

func (p *JobProvider) invoke(ctx context.Context, r action.Request, job *execution.Job) error {
	if job.Invoked || job.Result != nil {
		return nil
	}
	event, err := p.event(ctx, r, job)
	if err != nil {
		return err
	}
	if err := p.invoker.Invoke(ctx, r.Configuration[FunctionName], event); err != nil {
		return err
	}
	return p.jobs.JobInvoked(ctx, r.PipelineExecutionID, r.ActionExecutionID, job.ID)
}

func (p *JobProvider) event(ctx context.Context, r action.Request, job *execution.Job) (Event, error) {
	credentials, expires, err := p.invoker.Credentials(ctx)
	if err != nil {
		return Event{}, err
	}
	return Job{
		ID: job.ID, FunctionName: r.Configuration[FunctionName], Configuration: r.Configuration,
		Inputs: r.Inputs, Outputs: r.Outputs, EncryptionKeys: r.EncryptionKeys, ContinuationToken: job.ContinuationToken,
	}.Event(p.account, credentials, expires), nil
}

// Details is what a job is about, with fresh credentials: the event that its function got.
func (p *JobProvider) Details(ctx context.Context, r action.Request) (Event, error) {
	a, err := p.jobs.Action(ctx, r.PipelineExecutionID, r.ActionExecutionID)
	switch {
	case err != nil:
		return Event{}, err
	case a.Job == nil:
		return Event{}, &action.LostError{ExternalExecutionID: r.ActionExecutionID}
	}
	return p.event(ctx, r, a.Job)
}

// Describe looks at the result of the newest job. A function that goes on with a continuation token is invoked again, after
// a while, with another job.
func (p *JobProvider) Describe(ctx context.Context, r action.Request, externalExecutionID string) (action.Outcome, error) {
	a, err := p.jobs.Action(ctx, r.PipelineExecutionID, r.ActionExecutionID)
	switch {
	case err != nil:
		return action.Outcome{}, err
	case a.Job == nil:
		return action.Outcome{}, &action.LostError{ExternalExecutionID: externalExecutionID}
	case a.Job.Result == nil:
		return p.waits(r), p.invoke(ctx, r, a.Job)
	case a.Job.Result.ContinuationToken == "":
		return p.ended(ctx, r, resultOf(a.Job.Result))
	case p.clock.Now().Before(a.Job.ResultTime.Add(execution.ContinueAfter)):
		return p.waits(r), nil
	}
	return p.waits(r), p.begin(ctx, r, a.Job.Result.ContinuationToken)
}

func (p *JobProvider) ended(ctx context.Context, r action.Request, result Result) (action.Outcome, error) {
	if result.Failure != nil {
		return action.Outcome{}, reported(r.Configuration[FunctionName], result)
	}
	stored := map[string]artifact.Object{}
	for _, out := range r.Outputs {
		object, err := p.invoker.Stored(ctx, out.Location)
		var missing *artifact.NotFoundError
		switch {
		case errors.As(err, &missing):
		case err != nil:
			return action.Outcome{}, err
		default:
			stored[out.Name] = object
		}
	}
	return outcome(r, result, stored)
}

func resultOf(recorded *execution.JobResult) Result {
	r := Result{
		ContinuationToken: recorded.ContinuationToken, Variables: recorded.Variables, Summary: recorded.Summary,
		ExternalExecutionID: recorded.ExternalExecutionID,
	}
	if f := recorded.Failure; f != nil {
		r.Failure = &Failure{Type: f.Code, Message: f.Message, ExternalExecutionID: recorded.ExternalExecutionID}
	}
	if v := recorded.Revision; v != nil {
		r.Revision = &action.Revision{ID: v.ID, Summary: v.Summary, URL: v.URL, Created: v.Created}
	}
	return r
}

// Stop does nothing: a function that was invoked ends by itself, and its result is refused.
func (p *JobProvider) Stop(context.Context, action.Request, string) error { return nil }
