package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// SweepReport says what one sweep did.
type SweepReport struct {
	// Looked is how many records were due and were looked at, Repaired how many stored effects were done.
	Looked   int
	Repaired int
	// Left is how many records are due and wait for the next sweep; there may be more, where LeftMore is set.
	Left     int
	LeftMore bool
	// OldestAction is how long the action has run that has run longest, of those that a sweep sees; those that wait for
	// people do not count. Zero is none.
	OldestAction time.Duration
}

// Bounds of one sweep. Of each shard it sees more than it looks at, to know what is left and how old things are.
const (
	lookedPerShard   = 25
	seenPerShard     = 250
	effectsPerSweep  = 100
	effectsOlderThan = time.Minute
)

// stopGrace is how long after its deadline an action is kept, whose work cannot be stopped, for that to be tried again. The
// net of its Task state is wider.
const stopGrace = 10 * time.Minute

// Sweep does what nobody else does in time: effects that a handler stored and did not come to do, actions whose end no
// event tells or whose event was lost, deadlines, work that an abandoned action left, and executions whose machine has
// ended without a word. It is called every minute and does a bounded part of that at a time, what has waited longest
// first. Each thing is its own: what fails is reported, and tried again later. Two sweeps at once do no harm.
func (h *Handlers) Sweep(ctx context.Context) (SweepReport, error) {
	var report SweepReport
	now := h.clock.Now().UTC()
	errs := []error{h.repairLeft(ctx, now, &report)}
	for i := range execution.DueShards {
		shard := (now.Minute() + i) % execution.DueShards // where a sweep is cut short, the next one begins elsewhere
		errs = append(errs, h.sweepShard(ctx, now, shard, &report))
	}
	return report, errors.Join(errs...)
}

func (h *Handlers) repairLeft(ctx context.Context, now time.Time, report *SweepReport) error {
	from := fmt.Sprintf("%x", now.Minute()%16) // identities begin with a hexadecimal digit
	left, more, err := h.records.LeftEffects(ctx, now.Add(-effectsOlderThan), from, effectsPerSweep)
	if err != nil {
		return err
	}
	report.LeftMore = report.LeftMore || more
	var errs []error
	for _, item := range left {
		if err := h.records.Repair(ctx, execution.StoredEffects{item}); err != nil {
			errs = append(errs, fmt.Errorf("effects %s: %w", item.Sort, err))
			continue
		}
		report.Repaired++
	}
	return errors.Join(errs...)
}

func (h *Handlers) sweepShard(ctx context.Context, now time.Time, shard int, report *SweepReport) error {
	entries, err := h.records.Due(ctx, shard, seenPerShard)
	if err != nil {
		return err
	}
	var errs []error
	looked := 0
	for _, d := range entries {
		if !d.Since.IsZero() {
			report.OldestAction = max(report.OldestAction, now.Sub(d.Since))
		}
		switch {
		case d.At.After(now):
		case looked == lookedPerShard || ctx.Err() != nil:
			report.Left++
		default:
			looked++
			errs = append(errs, h.lookAt(ctx, d))
		}
	}
	report.Looked += looked
	if n := len(entries); n == seenPerShard && !entries[n-1].At.After(now) {
		report.LeftMore = true
	}
	return errors.Join(errs...)
}

// lookAt looks at one thing that is due. What goes on, and what could not be looked at, is due again later.
func (h *Handlers) lookAt(ctx context.Context, d execution.Due) error {
	look, what := h.lookAtExecution, "execution "+d.PipelineExecutionID
	if d.ActionExecutionID != "" {
		look, what = h.lookAtAction, "action execution "+d.ActionExecutionID+" of "+what
	}
	current, err := look(ctx, d)
	switch {
	case execution.CodeOf(err) == execution.NotFound && !current, err == nil && !current:
		err = h.records.ForgetDue(ctx, d)
	default:
		err = errors.Join(err, h.records.Postpone(ctx, d))
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", what, err)
	}
	return nil
}

// lookAtAction says whether the entry is the record's, and does what is due about that.
func (h *Handlers) lookAtAction(ctx context.Context, d execution.Due) (current bool, err error) {
	a, err := h.records.Action(ctx, d.PipelineExecutionID, d.ActionExecutionID)
	switch {
	case err != nil:
		return false, err
	case !a.NextCheck.Equal(d.At):
		return false, nil
	case a.Ended():
		return true, h.stopLeft(ctx, a)
	case !a.Deadline.IsZero() && !h.clock.Now().Before(a.Deadline):
		return true, h.expire(ctx, a)
	case a.ApprovalToken != "":
		return true, nil
	}
	return true, h.CompleteAction(ctx, a.ExternalExecutionID)
}

// stopLeft ends the work that an action has left. Where nobody can, because its role is gone for one, that is not tried for
// ever: what runs outside has limits of its own.
func (h *Handlers) stopLeft(ctx context.Context, a *execution.Action) error {
	err := h.StopWork(ctx, []*execution.Action{a})
	if err == nil || h.clock.Now().Before(a.Deadline.Add(stopGrace)) {
		return err
	}
	return errors.Join(err, h.records.WorkStopped(ctx, a))
}

// expire ends an action whose deadline has passed: as what it has come to, where an event about its end was lost, else as
// timed out, with its work stopped.
func (h *Handlers) expire(ctx context.Context, a *execution.Action) error {
	if a.ApprovalToken != "" {
		return h.records.ExpireAction(ctx, a.PipelineExecutionID, a.ActionExecutionID)
	}
	ended, err := h.stopOverdue(ctx, a)
	if ended || err != nil && h.clock.Now().Before(a.Deadline.Add(stopGrace)) {
		return err
	}
	return errors.Join(err, h.records.ExpireAction(ctx, a.PipelineExecutionID, a.ActionExecutionID))
}

// stopOverdue stops the work of an action that is over its deadline, unless that has ended meanwhile: then it records the
// end.
func (h *Handlers) stopOverdue(ctx context.Context, a *execution.Action) (ended bool, err error) {
	w, provider, err := h.outside(ctx, a)
	if err != nil {
		return false, err
	}
	outcome, err := h.describe(ctx, w, provider)
	var lost *action.LostError
	switch {
	case errors.As(err, &lost):
		return false, nil // there is nothing left to be stopped
	case err != nil && retried(err):
		return false, err
	case err != nil || !outcome.Pending:
		_, err = h.lookedAt(ctx, w, outcome, err)
		return err == nil, err
	}
	describer, ok := provider.(action.Describer)
	if !ok {
		return false, nil
	}
	if err := describer.Stop(ctx, h.request(w, discard{io.Discard}), a.ExternalExecutionID); err != nil {
		return false, fmt.Errorf("stop the work of %s/%s, which is over its deadline: %w", a.StageName, a.ActionName, err)
	}
	return false, nil
}

// lookAtExecution says whether the entry is the record's, and closes the record of an execution whose machine has ended.
// Where that still runs, answers that it may have missed are given again.
func (h *Handlers) lookAtExecution(ctx context.Context, d execution.Due) (current bool, err error) {
	e, err := h.records.Execution(ctx, d.PipelineExecutionID)
	if err != nil {
		return false, err
	}
	if !e.NextCheck.Equal(d.At) {
		return false, nil
	}
	reason, over, err := h.records.MachineOver(ctx, e)
	switch {
	case err != nil:
		return true, err
	case over:
		return true, h.endExecution(ctx, e.PipelineExecutionID, e.Acting(), reason)
	}
	return true, h.records.RepeatAnswers(ctx, e.PipelineExecutionID)
}

// endExecution closes the record of an execution whose machine has ended, and ends the work of its open actions.
func (h *Handlers) endExecution(ctx context.Context, executionID, machineExecution, reason string) error {
	abandoned, err := h.records.ExecutionEnded(ctx, executionID, machineExecution, reason)
	if err != nil {
		return err
	}
	return h.StopWork(ctx, abandoned)
}
