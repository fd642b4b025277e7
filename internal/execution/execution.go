// Package execution says what a running pipeline means: which records a pipeline execution has and how commands
// (start, enter a stage, begin and end an action, approve, stop, fail, finish) change them.
//
// Every command is a pure reducer from records to records and effects; the shell around it loads, reduces, writes on
// the condition that nothing it read has changed, and then performs the effects. Effects are stored in the same write
// and removed when done, so a crash between the two is repaired by Repair. The package declares the ports that it
// needs and knows neither AWS nor this machine; what an action does is not its concern.
package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// Records changes and reads the records of pipeline executions. It may be used concurrently.
type Records struct {
	table   Table
	machine Machine
	bus     Bus
	clock   Clock
	ids     IDs
	origin  Origin
	done    finished
	seen    func(*Execution)
}

// Origin is where the pipelines live; it stands in every event.
type Origin struct {
	Account   string
	Region    string
	Partition string
}

// PipelineARN names a pipeline there.
func (o Origin) PipelineARN(name string) string {
	return fmt.Sprintf("arn:%s:codepipeline:%s:%s:%s", o.Partition, o.Region, o.Account, name)
}

// Address says in an event that it is from there; its resources are names of pipelines until then.
func (o Origin) Address(e *events.Envelope) {
	e.Version, e.Source, e.Account, e.Region = "0", events.Source, o.Account, o.Region
	for i, name := range e.Resources {
		e.Resources[i] = o.PipelineARN(name)
	}
}

// WebhookARN names a webhook there, as CodePipeline does.
func (r *Records) WebhookARN(name string) string {
	return r.origin.PipelineARN("webhook:" + name)
}

// Ports are what Records needs.
type Ports struct {
	Table   Table
	Machine Machine
	Bus     Bus
	Clock   Clock
	IDs     IDs
	Origin  Origin
	// Seen is told of each execution whose record was read; nil where nobody wants to know.
	Seen func(*Execution)
}

// New returns Records over ports.
func New(p Ports) *Records {
	if p.Seen == nil {
		p.Seen = func(*Execution) {}
	}
	return &Records{table: p.Table, machine: p.Machine, bus: p.Bus, clock: p.Clock, ids: p.IDs, origin: p.Origin, seen: p.Seen}
}

// state is what one command has read, and what it leaves behind. A reducer changes it in place; what differs from
// what was read is written.
type state struct {
	now       time.Time
	region    string // of the pipelines
	execution *Execution
	stages    map[string]*Stage
	actions   map[string]*Action
	external  map[string]*External
	locks     map[string]*StageLock
	effects   []Effect
	// ended is set by a reducer that ends the execution, begun by the one that starts it.
	ended bool
}

// scope names what a command reads beside the execution's own record.
type scope struct {
	// whole is every stage and every action.
	whole    bool
	actions  []string
	external []string
	// locks are the stages whose locks are read.
	locks func(*Execution) []string
}

// maxAttempts bounds how often a command is reduced again because somebody else wrote first.
const maxAttempts = 16

// change runs one command on an execution: load, reduce, write; again where another writer came first.
func (r *Records) change(ctx context.Context, executionID string, sc scope, reduce func(*state) error) (*state, error) {
	var last error
	for range maxAttempts {
		tx, err := r.load(ctx, executionID, sc)
		if err != nil {
			return nil, err
		}
		if err := reduce(tx.state); err != nil {
			return nil, err
		}
		if last = r.commit(ctx, tx); last == nil {
			return tx.state, nil
		}
		if CodeOf(last) != Conflict {
			return nil, last
		}
	}
	return nil, fmt.Errorf("change execution %s: %w", executionID, last)
}

// transaction is a state together with the items that it was read from.
type transaction struct {
	table Table
	state *state
	read  map[Key]Item
	due   map[Key]bool // entries of what was read in the index of what is due
}

func (r *Records) load(ctx context.Context, executionID string, sc scope) (*transaction, error) {
	s := &state{
		now: r.clock.Now().UTC(), region: r.origin.Region, execution: &Execution{}, stages: map[string]*Stage{}, actions: map[string]*Action{},
		external: map[string]*External{}, locks: map[string]*StageLock{},
	}
	tx := &transaction{table: r.table, state: s, read: map[Key]Item{}, due: map[Key]bool{}}
	found, err := tx.loadExecution(ctx, executionID, sc.whole)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errorf(NotFound, "PipelineExecutionNotFoundException", "there is no pipeline execution %q", executionID)
	}
	r.seen(s.execution)
	action := func(id string) Key { return actionKey(executionID, id) }
	lock := func(stage string) Key { return lockKey(s.execution.PipelineName, stage) }
	var locks []string
	if sc.locks != nil {
		locks = sc.locks(s.execution)
	}
	return tx, errors.Join(
		loadEach(ctx, tx, sc.actions, kind[Action]{action, s.actions}),
		loadEach(ctx, tx, sc.external, kind[External]{externalKey, s.external}),
		loadEach(ctx, tx, locks, kind[StageLock]{lock, s.locks}),
	)
}

// kind is one kind of records: where a named one lies, and where it goes.
type kind[T any] struct {
	key  func(name string) Key
	into map[string]*T
}

// loadEach reads the named records; one that is not there has no entry, but its absence is a condition of the write.
func loadEach[T any](ctx context.Context, tx *transaction, names []string, k kind[T]) error {
	for _, name := range names {
		value := new(T)
		found, err := tx.fetch(ctx, k.key(name), value)
		if err != nil {
			return err
		}
		if found {
			k.into[name] = value
		}
	}
	return nil
}

// loadExecution reads the execution's own record and says whether it is there. The whole of it, with every stage and every
// action, is one partition, and read at once.
func (tx *transaction) loadExecution(ctx context.Context, id string, whole bool) (found bool, err error) {
	if !whole {
		return tx.fetch(ctx, executionKey(id), tx.state.execution)
	}
	items, err := tx.table.Query(ctx, Query{Partition: executionPartition(id)})
	if err != nil {
		return false, fmt.Errorf("read execution %s: %w", id, err)
	}
	for _, item := range items {
		if err := tx.take(item, tx.state.record(item.Key)); err != nil {
			return false, err
		}
	}
	return tx.read[executionKey(id)].Revision > 0, nil
}

// record is where an item of the execution's partition goes.
func (s *state) record(key Key) any {
	if name, ok := strings.CutPrefix(key.Sort, stagePrefix); ok {
		s.stages[name] = &Stage{}
		return s.stages[name]
	}
	if id, ok := strings.CutPrefix(key.Sort, actionPrefix); ok {
		s.actions[id] = &Action{}
		return s.actions[id]
	}
	return s.execution
}

// fetch reads one record into value and says whether it is there.
func (tx *transaction) fetch(ctx context.Context, key Key, value any) (bool, error) {
	item, err := tx.table.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read %s %s: %w", key.Partition, key.Sort, err)
	}
	if item.Revision == 0 {
		return false, nil
	}
	item.Key = key
	return true, tx.take(item, value)
}

// take decodes what was read, and remembers it for the conditions of the write; what is not there has revision 0 in them.
func (tx *transaction) take(item Item, value any) error {
	tx.read[item.Key] = item
	if err := json.Unmarshal(item.Value, value); err != nil {
		return fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
	}
	if w, ok := value.(watched); ok {
		tx.noteDue(w)
	}
	return nil
}

// commit writes what the reducer changed, checks the execution's own record where it did not change, stores the
// effects beside them, and performs these.
func (r *Records) commit(ctx context.Context, tx *transaction) error {
	s := tx.state
	id := s.execution.PipelineExecutionID
	var w writer
	w.put(tx.read[executionKey(id)], executionKey(id), s.execution, true)
	for _, name := range sorted(s.stages) {
		w.put(tx.read[stageKey(id, name)], stageKey(id, name), s.stages[name], false)
	}
	for _, name := range sorted(s.actions) {
		w.put(tx.read[actionKey(id, name)], actionKey(id, name), s.actions[name], false)
	}
	for _, name := range sorted(s.external) {
		w.put(tx.read[externalKey(name)], externalKey(name), s.external[name], false)
	}
	for _, name := range sorted(s.locks) {
		key := lockKey(s.execution.PipelineName, name)
		w.put(tx.read[key], key, s.locks[name], false)
	}
	tx.moveDue(&w)
	if s.ended {
		w.writes = append(w.writes, Write{Key: openKey(id), IfRevision: 1, Kind: Delete})
	}
	return r.write(ctx, id, &w, s.effects)
}

// writer collects the conditional writes of one command.
type writer struct {
	writes []Write
	err    error
}

// expire says from when on what was put last is of no use.
func (w *writer) expire(at time.Time) {
	if n := len(w.writes); n > 0 {
		w.writes[n-1].Expires = at.UTC()
	}
}

// put adds a write of value, unless it is what was read; then, with fence, only a check that it still is.
func (w *writer) put(was Item, key Key, value any, fence bool) {
	encoded, err := json.Marshal(value)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("encode %s %s: %w", key.Partition, key.Sort, err)
	}
	switch {
	case was.Revision == 0 || !slices.Equal(encoded, was.Value):
		w.writes = append(w.writes, Write{Key: key, IfRevision: was.Revision, Value: encoded})
	case fence:
		w.writes = append(w.writes, Write{Key: key, IfRevision: was.Revision, Kind: Check})
	}
}
