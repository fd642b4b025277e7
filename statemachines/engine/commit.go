package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// commit is the one way into an execution: it records an entry, applies it, and then does what follows outside.
// The caller holds x.mu and the engine. A caller that goes away does not undo what it said, so its context ends nothing.
func (x *execution) commit(ctx context.Context, e Entry) error {
	if x.broken != nil {
		return x.broken
	}
	e.Execution, e.Sequence, e.Time = x.name, x.sequence+1, x.engine.clock.Now()
	if err := x.engine.store.Append(context.WithoutCancel(ctx), e); err != nil {
		x.broken = fmt.Errorf("record entry %d of execution %s: %w", e.Sequence, x.name, err)
		x.closeDone()
		return x.broken
	}
	x.applyOne(e)
	effects := x.effects
	x.effects = nil
	x.perform(effects)
	return nil
}

// applyOne lends the execution an evaluator while it applies an entry. When Close interrupts an evaluation, what the
// entry did is taken back: the entry is recorded, and applied again after a Resume.
func (x *execution) applyOne(e Entry) {
	evaluator, _ := x.engine.evaluators.Get().(*jsonata.Evaluator)
	x.evaluator = evaluator
	before, result := len(x.history), x.result
	x.apply(e)
	x.evaluator, x.view = nil, view{}
	x.engine.evaluators.Put(evaluator)
	if x.broken != nil {
		x.history, x.result, x.effects = x.history[:before], result, nil
		return
	}
	if len(x.history) > before && x.changed != nil {
		close(x.changed)
		x.changed = nil
	}
	if x.result.Status != StatusRunning {
		x.closeDone()
	}
}

func (x *execution) closeDone() {
	select {
	case <-x.done:
	default:
		close(x.done)
	}
}

// replay applies recorded entries without their effects, then redoes the effects of what is still awaited.
func (x *execution) replay(entries []Entry) {
	invocations := map[int64]*Invocation{}
	returned := map[int64]bool{}
	for _, e := range entries {
		x.applyOne(e)
		if e.Kind == EntryTaskReturned {
			returned[e.Serial] = true
		}
		for _, effect := range x.effects {
			if effect.kind == effectInvoke {
				invocations[effect.serial] = effect.invocation
			}
		}
		x.effects = nil
	}
	x.perform(x.awaited(invocations, returned))
}

// awaited are the effects of everything that is pending: all timers, and the invocations that did not return.
func (x *execution) awaited(invocations map[int64]*Invocation, returned map[int64]bool) []effect {
	var effects []effect
	for serial, p := range x.pending {
		switch {
		case p.kind != pendingAttempt:
			effects = append(effects, effect{kind: effectArm, serial: serial, at: p.at})
		case !returned[serial]:
			effects = append(effects, effect{kind: effectInvoke, serial: serial, invocation: invocations[serial]})
		}
	}
	slices.SortFunc(effects, func(a, b effect) int { return int(a.serial - b.serial) })
	return effects
}

func (x *execution) perform(effects []effect) {
	for _, e := range effects {
		switch e.kind {
		case effectArm:
			x.armClock(e)
		case effectDisarm:
			if stop, ok := x.timers[e.serial]; ok {
				stop()
				delete(x.timers, e.serial)
			}
		case effectCancel:
			if cancel, ok := x.cancels[e.serial]; ok {
				cancel()
			}
		case effectInvoke:
			x.invoke(e)
		}
	}
}

func (x *execution) armClock(e effect) {
	if _, live := x.pending[e.serial]; !live {
		return
	}
	if x.timers == nil {
		x.timers = map[int64]func() bool{}
	}
	d := max(e.at.Sub(x.engine.clock.Now()), 0)
	x.timers[e.serial] = x.engine.clock.AfterFunc(d, func() { x.fired(e.serial) })
}

// fired brings in a timer, unless it was disarmed in the meantime.
func (x *execution) fired(serial int64) {
	if !x.engine.hold(0) {
		return
	}
	defer x.engine.release(0)
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, live := x.timers[serial]; !live {
		return
	}
	delete(x.timers, serial)
	_ = x.commit(x.ctx, Entry{Kind: EntryTimerFired, Serial: serial}) // a failing store breaks the execution, which Wait tells
}

// invoke runs an invocation on its own goroutine, unless the entry that asked for it also ended the wait for it: after a
// crash it would not be made either.
func (x *execution) invoke(e effect) {
	if _, live := x.pending[e.serial]; !live || !x.engine.hold(1) {
		return
	}
	ctx, cancel := context.WithCancel(x.ctx)
	if x.cancels == nil {
		x.cancels = map[int64]context.CancelFunc{}
	}
	x.cancels[e.serial] = cancel
	go func() {
		defer x.engine.release(1)
		defer cancel()
		output, err := x.engine.call(ctx, *e.invocation)
		x.returned(e.serial, output, err)
	}()
}

// call protects the engine from a panic of a task.
func (e *Engine) call(ctx context.Context, i Invocation) (output []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("task panicked: %v", r)
		}
	}()
	return e.tasks.Invoke(ctx, i)
}

// returned brings in what an invocation gave, unless nobody waits for it any more.
func (x *execution) returned(serial int64, output []byte, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.cancels, serial)
	if _, live := x.pending[serial]; !live || x.ctx.Err() != nil {
		return
	}
	entry := Entry{Kind: EntryTaskReturned, Serial: serial, Output: output}
	if err != nil {
		entry = Entry{Kind: EntryTaskFailed, Serial: serial, Error: ErrorTaskFailed, Cause: err.Error()}
		var task *TaskError
		if errors.As(err, &task) {
			entry.Error, entry.Cause = task.Name, task.Cause
		}
	}
	_ = x.commit(x.ctx, entry) // see fired
}
