package execution

import (
	"context"
	"reflect"
	"time"
)

// Job is the newest invocation of a function for an action. Its ID is a secret of the function's: whoever knows it may give
// the result.
type Job struct {
	ID string `json:"id"`
	// Invoked says that the function was told of the job.
	Invoked bool `json:"invoked,omitempty"`
	// ContinuationToken is what the job before gave, where this one goes on with it.
	ContinuationToken string     `json:"continuationToken,omitempty"`
	Result            *JobResult `json:"result,omitempty"`
	// ResultTime is when the result was given.
	ResultTime time.Time `json:"resultTime,omitzero"`
}

// JobResult is what PutJobSuccessResult or PutJobFailureResult says of a job. Failure is nil for success; with a
// ContinuationToken the action goes on, in another job.
type JobResult struct {
	Failure             *ErrorDetails     `json:"failure,omitempty"`
	ContinuationToken   string            `json:"continuationToken,omitempty"`
	Variables           map[string]string `json:"variables,omitempty"`
	Summary             string            `json:"summary,omitempty"`
	ExternalExecutionID string            `json:"externalExecutionId,omitempty"`
	Revision            *Revision         `json:"revision,omitempty"`
}

// ContinueAfter is how long a function that goes on with a continuation token is left alone. No page says how long
// CodePipeline takes; about half a minute was seen.
const ContinueAfter = 30 * time.Second

// jobExternal is under which name of external executions a job is found.
func jobExternal(id string) string { return "job/" + id }

// BeginJob records a job of an action before its function is invoked: the first one, or the one that goes on with a
// continuation token. A repeated call returns the job that is there.
func (r *Records) BeginJob(ctx context.Context, executionID, actionExecutionID, continuationToken string) (*Job, error) {
	id := r.ids.NewID()
	sc := scope{actions: []string{actionExecutionID}, external: []string{jobExternal(id)}}
	s, err := r.change(ctx, executionID, sc, func(s *state) error {
		return reduceBeginJob(s, s.actions[actionExecutionID], id, continuationToken)
	})
	if err != nil {
		return nil, err
	}
	return s.actions[actionExecutionID].Job, nil
}

func reduceBeginJob(s *state, a *Action, id, continuationToken string) error {
	switch {
	case a == nil || a.Ended():
		return errorf(Conflict, "", "a job is of an action that is in progress, and this one is not")
	case a.Job != nil && (a.Job.Result == nil || a.Job.Result.ContinuationToken == "" || a.Job.Result.ContinuationToken != continuationToken):
		return nil
	}
	a.Job = &Job{ID: id, ContinuationToken: continuationToken}
	s.external[jobExternal(id)] = &External{PipelineExecutionID: a.PipelineExecutionID, ActionExecutionID: a.ActionExecutionID}
	return nil
}

// JobInvoked records that the function was told of a job.
func (r *Records) JobInvoked(ctx context.Context, executionID, actionExecutionID, jobID string) error {
	_, err := r.change(ctx, executionID, scope{actions: []string{actionExecutionID}}, func(s *state) error {
		if a := s.actions[actionExecutionID]; a != nil && a.Job != nil && a.Job.ID == jobID {
			a.Job.Invoked = true
		}
		return nil
	})
	return err
}

// OpenJob returns the action that a job is of which has no result yet.
func (r *Records) OpenJob(ctx context.Context, jobID string) (*Action, error) {
	a, err := r.jobAction(ctx, jobID)
	if err == nil && (a.Ended() || a.Job == nil || a.Job.ID != jobID || a.Job.Result != nil) {
		return nil, noJob()
	}
	return a, err
}

// jobAction returns the action that a job is of, or was.
func (r *Records) jobAction(ctx context.Context, jobID string) (*Action, error) {
	var x External
	if err := r.get(ctx, externalKey(jobExternal(jobID)), &x, noJob()); err != nil {
		return nil, err
	}
	return r.Action(ctx, x.PipelineExecutionID, x.ActionExecutionID)
}

func noJob() *Error {
	return errorf(NotFound, "JobNotFoundException", "no job of that id is open: give the id of the event's CodePipeline.job")
}

// PutJobResult records the result of a job, the first one that is given; the same once more is no error while the action
// goes on, so that whoever got no answer may ask again. It returns the action, which is then looked at.
func (r *Records) PutJobResult(ctx context.Context, jobID string, result JobResult) (*Action, error) {
	a, err := r.jobAction(ctx, jobID)
	if err != nil {
		return nil, err
	}
	s, err := r.change(ctx, a.PipelineExecutionID, scope{actions: []string{a.ActionExecutionID}}, func(s *state) error {
		return reduceJobResult(s, s.actions[a.ActionExecutionID], jobID, result)
	})
	if err != nil {
		return nil, err
	}
	return s.actions[a.ActionExecutionID], nil
}

func reduceJobResult(s *state, a *Action, jobID string, result JobResult) error {
	switch {
	case a.Job == nil || a.Job.ID != jobID:
		return errorf(Conflict, invalidJobState, "the job has a result already, and the action goes on with another job")
	case a.Ended():
		return errorf(Conflict, invalidJobState, "the action of the job is %s already", a.Status)
	case a.Job.Result != nil && !reflect.DeepEqual(*a.Job.Result, result):
		return errorf(Conflict, invalidJobState, "the job has another result already")
	case a.Job.Result != nil:
		return nil
	}
	a.Job.Result, a.Job.ResultTime = &result, s.now
	soon := s.now
	if result.ContinuationToken != "" {
		soon = s.now.Add(ContinueAfter)
	}
	if !a.NextCheck.IsZero() && soon.Before(a.NextCheck) {
		a.NextCheck = soon
	}
	return nil
}

const invalidJobState = "InvalidJobStateException"
