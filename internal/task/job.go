package task

import (
	"context"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/execution"
)

// PutJobResult takes the result of a job, and records the end of its action where it goes on no more.
func (h *Handlers) PutJobResult(ctx context.Context, jobID string, result execution.JobResult) error {
	a, err := h.records.PutJobResult(ctx, jobID, result)
	if err != nil || result.ContinuationToken != "" {
		return err
	}
	return h.CompleteAction(ctx, a.ActionExecutionID)
}

// detailing is a provider whose actions are jobs.
type detailing interface {
	Details(ctx context.Context, r action.Request) (lambda.Event, error)
}

// JobDetails is what a job is about: its action, and the event that its function got, with fresh credentials.
func (h *Handlers) JobDetails(ctx context.Context, jobID string) (*execution.Action, lambda.EventJob, error) {
	a, err := h.records.OpenJob(ctx, jobID)
	if err != nil {
		return nil, lambda.EventJob{}, err
	}
	w, provider, err := h.outside(ctx, a)
	if err != nil {
		return nil, lambda.EventJob{}, err
	}
	jobs, ok := provider.(detailing)
	if !ok {
		return nil, lambda.EventJob{}, fmt.Errorf("%s/%s: its actions are no jobs", a.StageName, a.ActionName)
	}
	event, err := jobs.Details(ctx, h.request(w, discard{io.Discard}))
	return a, event.Job, err
}
