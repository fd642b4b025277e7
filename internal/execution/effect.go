package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// Effect is one thing to be done after a write: exactly one of its fields is set. Doing it twice does no harm.
type Effect struct {
	Publish *events.Envelope `json:"publish,omitempty"`
	Start   *MachineStart    `json:"start,omitempty"`
	Stop    *MachineStop     `json:"stop,omitempty"`
	Answer  *TaskAnswer      `json:"answer,omitempty"`
	// Grant and Supersede are commands on another execution.
	Grant     *StageGrant   `json:"grant,omitempty"`
	Supersede *Supersession `json:"supersede,omitempty"`
}

// write stores the writes with their effects, which follow from a change to one execution, and performs these. A command
// that changes nothing writes nothing: what it read was consistent.
func (r *Records) write(ctx context.Context, executionID string, w *writer, effects []Effect) error {
	if w.err != nil {
		return w.err
	}
	if len(effects) == 0 && !slices.ContainsFunc(w.writes, func(x Write) bool { return x.Kind != Check }) {
		return nil
	}
	if len(effects) == 0 {
		return r.table.Write(ctx, w.writes)
	}
	for i := range effects {
		r.address(&effects[i])
	}
	key := effectsKey(executionID, r.clock.Now(), r.ids.NewID())
	w.put(Item{}, key, effects, false)
	if w.err != nil {
		return w.err
	}
	if err := r.store(ctx, w.writes); err != nil {
		return err
	}
	if err := r.perform(ctx, executionID, effects); err != nil {
		return err
	}
	r.done.add(key)
	return nil
}

// store writes, and removes with that what is done. The sweep may have removed some of it already; that is no reason for the
// writes not to hold.
func (r *Records) store(ctx context.Context, writes []Write) error {
	done := r.done.take(MaxWrites - len(writes))
	err := r.table.Write(ctx, slices.Concat(writes, removals(done)))
	if err == nil {
		return nil
	}
	if CodeOf(err) != Conflict || len(done) == 0 {
		r.done.add(done...)
		return err
	}
	for _, key := range done {
		if item, err := r.table.Get(ctx, key); err != nil || item.Revision > 0 {
			r.done.add(key)
		}
	}
	return r.table.Write(ctx, writes)
}

func removals(keys []Key) []Write {
	var writes []Write
	for _, key := range keys {
		writes = append(writes, Write{Key: key, IfRevision: 1, Kind: Delete})
	}
	return writes
}

// finished remembers stored effects that are done. The next write that stores effects removes them: a write of its
// own would cost as much as the command itself. What is lost with the process is done once more by Repair.
type finished struct {
	mu   sync.Mutex
	keys []Key
}

func (f *finished) add(keys ...Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = append(f.keys, keys...)
}

// has says whether effects are done already, by a command on another execution for one.
func (f *finished) has(key Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.keys, key)
}

func (f *finished) take(most int) []Key {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := max(0, min(most, len(f.keys)))
	taken := slices.Clone(f.keys[:n])
	f.keys = slices.Delete(f.keys, 0, n)
	return taken
}

// Close removes the stored effects that are done. It must be called after everything else, and by a process that may be
// frozen for long, as a Lambda function is, after each call: what is done and not removed is done once more by the sweep.
func (r *Records) Close(ctx context.Context) error {
	for {
		done := r.done.take(MaxWrites)
		if len(done) == 0 {
			return nil
		}
		if err := r.remove(ctx, removals(done)); err != nil {
			return fmt.Errorf("forget done effects: %w", err)
		}
	}
}

// remove removes items of which some may be gone already: then each by itself.
func (r *Records) remove(ctx context.Context, removals []Write) error {
	err := r.table.Write(ctx, removals)
	if err == nil || CodeOf(err) != Conflict {
		return err
	}
	for i := range removals {
		if err := r.table.Write(ctx, removals[i:i+1]); err != nil && CodeOf(err) != Conflict {
			return err
		}
	}
	return nil
}

// address completes an event: identity, time and origin are not the reducer's business.
func (r *Records) address(e *Effect) {
	if e.Publish == nil {
		return
	}
	e.Publish.ID, e.Publish.Time = r.ids.NewID(), r.clock.Now().UTC()
	r.origin.Address(e.Publish)
}

// perform does the effects of a change to one execution.
func (r *Records) perform(ctx context.Context, executionID string, effects []Effect) error {
	return performEach(effects, func(e Effect) error { return r.performOne(ctx, executionID, e) })
}

// performEach does effects in their order, and tries all of them.
func performEach(effects []Effect, do func(Effect) error) error {
	var errs []error
	for _, e := range effects {
		if err := do(e); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("perform stored effects: %w", err)
	}
	return nil
}

func (r *Records) performOne(ctx context.Context, executionID string, e Effect) error {
	switch {
	case e.Publish != nil:
		return r.bus.Publish(ctx, *e.Publish)
	case e.Start != nil:
		return r.machine.StartMachine(ctx, *e.Start)
	case e.Stop != nil:
		return r.machine.StopMachine(ctx, *e.Stop)
	case e.Answer != nil:
		if dead, err := r.complete(ctx, *e.Answer); !dead {
			return err
		}
		return r.holderGone(ctx, executionID)
	case e.Grant != nil:
		return r.grant(ctx, *e.Grant)
	case e.Supersede != nil:
		return r.supersede(ctx, *e.Supersede)
	}
	return nil
}

// complete answers a task token. One that is dead needs no answer: nobody waits for it.
func (r *Records) complete(ctx context.Context, answer TaskAnswer) (dead bool, err error) {
	err = r.machine.CompleteTask(ctx, answer)
	if CodeOf(err) == NotFound {
		return true, nil
	}
	return false, err
}

// holderGone is told that a task token of an execution is dead. Mostly it was answered before; but where the machine is
// over, and the record is not, the execution will not give up what it holds by itself.
func (r *Records) holderGone(ctx context.Context, executionID string) error {
	e, err := r.Execution(ctx, executionID)
	if err != nil || e.Ended() {
		return err
	}
	status, err := r.machine.DescribeMachine(ctx, e.MachineExecution)
	switch {
	case CodeOf(err) == NotFound:
		return nil // it is not started yet, or not taken up yet by this process
	case err != nil:
		return fmt.Errorf("look at the machine of execution %s: %w", executionID, err)
	case !status.Ended():
		return nil
	}
	_, err = r.ExecutionEnded(ctx, executionID, e.Acting(), status.Reason())
	return err
}

// StoredEffects are effects that an earlier process stored and did not do, as far as it is known: oldest first.
type StoredEffects []Item

// StoredEffects returns those of one execution. They must be read before anything of it runs in this process: what this
// process stores it also does.
func (r *Records) StoredEffects(ctx context.Context, executionID string) (StoredEffects, error) {
	return r.storedEffects(ctx, executionID+"/", func(string) bool { return true })
}

func (r *Records) storedEffects(ctx context.Context, prefix string, wanted func(executionID string) bool) (StoredEffects, error) {
	items, err := r.table.Query(ctx, Query{Partition: effectsPartition, Prefix: prefix})
	if err != nil {
		return nil, fmt.Errorf("read stored effects: %w", err)
	}
	return slices.DeleteFunc(items, func(i Item) bool { return !wanted(executionOfEffects(i.Key)) || r.done.has(i.Key) }), nil
}

// LeftEffects returns stored effects of any execution that were written before a time: a process that lives does its own
// within that. It reads at most limit, beginning behind the sort key from and going around: of what cannot be done, and
// stays, nothing else waits behind it for ever where from changes. more says that there are more than it read.
func (r *Records) LeftEffects(ctx context.Context, before time.Time, from string, limit int) (left StoredEffects, more bool, err error) {
	items, err := r.table.Query(ctx, Query{Partition: effectsPartition, After: from, Limit: limit + 1})
	if rest := limit + 1 - len(items); err == nil && rest > 0 && from != "" {
		var first []Item
		first, err = r.table.Query(ctx, Query{Partition: effectsPartition, Limit: rest})
		items = append(items, slices.DeleteFunc(first, func(i Item) bool { return i.Sort > from })...)
	}
	if err != nil {
		return nil, false, fmt.Errorf("read stored effects: %w", err)
	}
	if more = len(items) > limit; more {
		items = items[:limit]
	}
	return slices.DeleteFunc(items, func(i Item) bool {
		_, rest, _ := strings.Cut(i.Sort, "/")
		return rest >= before.UTC().Format(sortedTime) || r.done.has(i.Key)
	}), more, nil
}

// Repair performs stored effects. Whatever answers of theirs are for must be able to take them by then: one to a machine
// that does not run is lost.
func (r *Records) Repair(ctx context.Context, stored StoredEffects) error {
	for _, item := range stored {
		if err := r.repairOne(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

// RepairEnded performs the stored effects of every execution that is not open: nobody waits for them any more.
func (r *Records) RepairEnded(ctx context.Context) error {
	open, err := list[string](ctx, r, Query{Partition: openPartition})
	if err != nil {
		return err
	}
	stored, err := r.storedEffects(ctx, "", func(id string) bool {
		return !slices.ContainsFunc(open, func(o *string) bool { return *o == id })
	})
	if err != nil {
		return err
	}
	return r.Repair(ctx, stored)
}

func (r *Records) repairOne(ctx context.Context, item Item) error {
	var effects []Effect
	if err := json.Unmarshal(item.Value, &effects); err != nil {
		return fmt.Errorf("decode stored effects %s: %w", item.Sort, err)
	}
	id := executionOfEffects(item.Key)
	if err := performEach(effects, func(e Effect) error {
		err := r.performOne(ctx, id, e)
		if e.Start != nil && CodeOf(err) == NotFound {
			return r.neverStarted(ctx, id, *e.Start, err)
		}
		return err
	}); err != nil {
		return err
	}
	err := r.table.Write(ctx, []Write{{Key: item.Key, IfRevision: item.Revision, Kind: Delete}})
	if err != nil && CodeOf(err) != Conflict {
		return fmt.Errorf("forget done effects: %w", err)
	}
	return nil
}

// neverStarted ends an execution whose machine cannot be started, a while after it should have been: the state machine is not
// there any more. A pipeline that is deleted may have been started just before.
func (r *Records) neverStarted(ctx context.Context, executionID string, start MachineStart, why error) error {
	e, err := r.Execution(ctx, executionID)
	if err != nil || e.MachineExecution != start.Name {
		return err
	}
	_, err = r.ExecutionEnded(ctx, executionID, e.Acting(), "its state machine cannot be started: "+why.Error())
	return err
}
