package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/builds"
	"github.com/penstock-ci/penstock/internal/local/machines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// interrupted begins the summary of an execution whose process ended before it did, and that is not resumed.
const interrupted = "interrupted; "

// sweep ends the processes of builds that an earlier owner left running, and removes what it left unfinished.
func (p *Platform) sweep() error {
	work := p.state.path(workFolder)
	if err := builds.EndLeft(work, Clock{}); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(work), p.objects.RemoveUnfinished(), values{p.state.path(valuesFolder)}.removeUnfinished())
}

// tidy does what must be done about an earlier owner's executions before anything runs: effects of those that have ended
// are done, entries of those are removed, and those that cannot be resumed are closed. The others stay as they are, until
// Resume or CloseInterrupted.
func (p *Platform) tidy(ctx context.Context) error {
	open, err := p.records.OpenExecutions(ctx)
	if err != nil {
		return err
	}
	for _, e := range open {
		if err := p.closeLost(ctx, e); err != nil {
			return err
		}
	}
	if err := p.records.RepairEnded(ctx); err != nil {
		return err
	}
	return p.removeEntries(ctx)
}

// closeLost closes an execution that cannot be rebuilt: it has begun, and its entries are gone or cannot be read.
func (p *Platform) closeLost(ctx context.Context, e *execution.Execution) error {
	entries, err := p.state.journal.Entries(ctx, e.MachineExecution)
	switch {
	case err != nil && ctx.Err() == nil:
		return p.CloseInterrupted(ctx, e, fmt.Sprintf("it cannot be resumed: %v", err))
	case err == nil && len(entries) == 0 && e.HasBegun():
		return p.CloseInterrupted(ctx, e, "it cannot be resumed: its journal is missing")
	}
	return err
}

// removeEntries removes the entries of machines whose executions are not open, and of state machines that no open action
// has invoked.
func (p *Platform) removeEntries(ctx context.Context) error {
	names, err := p.state.journal.Executions(ctx)
	if err != nil {
		return err
	}
	open, err := p.records.OpenExecutions(ctx)
	if err != nil {
		return err
	}
	current := map[string]bool{}
	var invoking []string
	for _, e := range open {
		current[e.MachineExecution] = true
		actions, err := p.openActions(ctx, e.PipelineExecutionID)
		if err != nil {
			return err
		}
		for _, a := range actions {
			invoking = append(invoking, a.ActionExecutionID)
		}
	}
	for _, name := range names {
		if current[name] || machines.IsOf(name, invoking) {
			continue
		}
		if err := p.state.journal.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// Interrupted returns the open executions of a pipeline that nothing runs, newest first: the process that ran them ended
// before they did.
func (p *Platform) Interrupted(ctx context.Context, pipeline string) ([]*execution.Execution, error) {
	open, err := p.records.OpenExecutions(ctx)
	var out []*execution.Execution
	for _, e := range open {
		if e.PipelineName == pipeline && !p.runs(e.PipelineExecutionID) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *execution.Execution) int { return b.StartTime.Compare(a.StartTime) })
	return out, err
}

func (p *Platform) runs(executionID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[executionID] != nil
}

// CloseInterrupted closes an execution that nothing runs, as Failed, with the reason in its summary. Effects that it had
// stored are done.
func (p *Platform) CloseInterrupted(ctx context.Context, e *execution.Execution, reason string) error {
	stored, err := p.records.StoredEffects(ctx, e.PipelineExecutionID)
	if err == nil {
		_, err = p.records.ExecutionEnded(ctx, e.PipelineExecutionID, e.MachineExecution, interrupted+reason)
	}
	if err == nil {
		err = p.records.Repair(ctx, stored)
	}
	if err == nil {
		err = p.state.journal.Remove(e.MachineExecution)
	}
	if err != nil {
		return fmt.Errorf("close interrupted execution %s: %w", e.PipelineExecutionID, err)
	}
	return nil
}

// Resume takes up an execution that was interrupted; it then runs in this process, as after Start. The order matters:
//
//  1. The machine is rebuilt from its entries, and invocations that had not returned are made again. From then on it
//     takes answers.
//  2. Effects that were stored and not done are done: an answer among them that came before 1 would be lost.
//  3. Answers that came while it did not run, to an approval from another shell say, are given again.
//  4. Actions that wait for work outside are looked at: an event about its end may have been missed, and a build that
//     died with its process is started again.
func (p *Platform) Resume(ctx context.Context, e *execution.Execution) error {
	id := e.PipelineExecutionID
	stored, err := p.records.StoredEffects(ctx, id)
	if err == nil {
		err = p.takeUp(ctx, e)
	}
	if err == nil {
		err = p.records.Repair(ctx, stored)
	}
	if err == nil {
		err = p.records.RepeatAnswers(ctx, id)
	}
	if err == nil {
		err = p.look(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("resume execution %s: %w", id, err)
	}
	return nil
}

// takeUp rebuilds the machine of an execution, or starts it where the process ended before it could.
func (p *Platform) takeUp(ctx context.Context, e *execution.Execution) error {
	r, isNew := p.track(e)
	if !isNew {
		return nil
	}
	open, err := p.openActions(ctx, e.PipelineExecutionID)
	if err == nil {
		for _, a := range open {
			p.meter.actionBegins(a.PipelineExecutionID, a.ActionExecutionID)
			p.deadlines.set(a)
		}
		err = p.engine.Resume(ctx, e.MachineExecution)
	}
	if err == nil {
		p.owned.Go(func() { p.follow(e, r) })
		return nil
	}
	p.mu.Lock()
	delete(p.running, e.PipelineExecutionID)
	p.mu.Unlock()
	if engine.CodeOf(err) == engine.ExecutionDoesNotExist && !e.HasBegun() {
		return (&machine{p}).StartMachine(ctx, e.MachineStart())
	}
	return err
}

func (p *Platform) openActions(ctx context.Context, executionID string) ([]*execution.Action, error) {
	all, err := p.records.ListActionExecutions(ctx, executionID)
	var open []*execution.Action
	for _, a := range all {
		if !a.Ended() {
			open = append(open, a)
		}
	}
	return open, err
}

func (p *Platform) look(ctx context.Context, executionID string) error {
	open, err := p.openActions(ctx, executionID)
	if err != nil {
		return err
	}
	for _, a := range open {
		if a.ExternalExecutionID == "" {
			continue
		}
		if err := p.handlers.CompleteAction(ctx, a.ExternalExecutionID); err != nil {
			return err
		}
	}
	return nil
}
