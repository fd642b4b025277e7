package engine

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// Stop ends an execution as ABORTED, with an error and a cause that may be empty. One that is over stays as it is.
func (e *Engine) Stop(ctx context.Context, name, errorName, cause string) error {
	if !e.hold(0) {
		return errClosed()
	}
	defer e.release(0)
	x, ok := e.lookup(name)
	if !ok {
		return errNoExecution(name)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.result.Status != StatusRunning {
		return nil
	}
	if err := x.commit(ctx, Entry{Kind: EntryStopped, Error: errorName, Cause: cause}); err != nil {
		return fmt.Errorf("stop execution %s: %w", name, err)
	}
	return nil
}

// Wait waits until an execution is over and returns how it ended. The error is ExecutionDoesNotExist, the context's,
// Closed when the engine was closed first, or the store's when that failed and the execution cannot go on.
func (e *Engine) Wait(ctx context.Context, name string) (Result, error) {
	x, ok := e.lookup(name)
	if !ok {
		return Result{}, errNoExecution(name)
	}
	select {
	case <-x.done:
	default:
		select {
		case <-x.done:
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-e.ctx.Done():
			return Result{}, errClosed()
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.result, x.broken
}

// Describe returns where an execution stands now.
func (e *Engine) Describe(name string) (Result, error) {
	x, ok := e.lookup(name)
	if !ok {
		return Result{}, errNoExecution(name)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.result, x.broken
}

// History returns the events so far; none for an unknown execution.
func (e *Engine) History(name string) []Event {
	x, ok := e.lookup(name)
	if !ok {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.history)
}

// Follow yields the events of an execution from the first one on, waiting for those to come. It ends after the last
// event of an execution that is over, when the context ends, and when the engine is closed. A slow reader holds up
// nobody.
func (e *Engine) Follow(ctx context.Context, name string) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		x, ok := e.lookup(name)
		if !ok {
			return
		}
		for seen := 0; ; {
			events, changed, over := x.eventsAfter(seen)
			for _, event := range events {
				if !yield(event) {
					return
				}
			}
			seen += len(events)
			if over {
				return
			}
			select {
			case <-changed:
			case <-x.done:
			case <-ctx.Done():
				return
			case <-e.ctx.Done():
				return
			}
		}
	}
}

// eventsAfter returns the events from an index on, and a channel that is closed when there are more.
func (x *execution) eventsAfter(seen int) (events []Event, changed <-chan struct{}, over bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changed == nil {
		x.changed = make(chan struct{})
	}
	over = x.result.Status != StatusRunning || x.broken != nil
	return slices.Clone(x.history[seen:]), x.changed, over
}
