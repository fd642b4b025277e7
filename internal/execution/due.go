package execution

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// The index of what is due: a record that must be looked at later, an action that waits for work outside or an execution
// that is open, has one entry, whose key begins with the time. It is written and removed in the write of the record, so
// the entry is always that of the record's nextCheck. An action that ends in its call never waits, and has none.

// DueShards is how many partitions the index has: that many writers do not meet in one.
const DueShards = 8

const duePrefix = "due/"

// Kinds of entries.
const (
	dueAction    = "action"
	dueExecution = "execution"
)

// Due is one entry: what must be looked at, and when. ActionExecutionID is empty where it is the execution itself.
type Due struct {
	At                  time.Time
	PipelineExecutionID string
	ActionExecutionID   string
	// Since is when the action began; zero for executions, and for actions that wait for people.
	Since time.Time

	key Key
}

// dueEntry is the value of an entry.
type dueEntry struct {
	Since time.Time `json:"since,omitzero"`
}

// watched is a record that may have an entry.
type watched interface {
	dueEntry() (key Key, entry dueEntry, ok bool)
}

func dueKey(at time.Time, kind, executionID, actionExecutionID string) Key {
	h := fnv.New32a()
	h.Write([]byte(executionID))
	return Key{
		Partition: fmt.Sprintf("%s%d", duePrefix, h.Sum32()%DueShards),
		Sort:      strings.Join([]string{at.UTC().Format(sortedTime), kind, executionID, actionExecutionID}, "/"),
	}
}

func (e *Execution) dueEntry() (key Key, entry dueEntry, ok bool) {
	return dueKey(e.NextCheck, dueExecution, e.PipelineExecutionID, ""), entry, !e.NextCheck.IsZero()
}

func (a *Action) dueEntry() (key Key, entry dueEntry, ok bool) {
	if !a.isApproval() {
		entry.Since = a.StartTime
	}
	return dueKey(a.NextCheck, dueAction, a.PipelineExecutionID, a.ActionExecutionID), entry, !a.NextCheck.IsZero()
}

// pace is how often something is looked at until it has an age; 0 is any.
type pace struct{ until, every time.Duration }

// soonest is the pace of the sweep itself.
const soonest = time.Minute

// paces say how often work is looked at, by how one learns of its end. What an event tells is looked at as well, because
// an event can be lost, and some work of an action type has none, as a change set; who answers needs no looking, but the deadline.
var paces = map[catalogue.CompletionKind][]pace{
	catalogue.BySweep:  {{10 * time.Minute, soonest}, {2 * time.Hour, 5 * time.Minute}, {0, 15 * time.Minute}},
	catalogue.ByEvent:  {{10 * time.Minute, 2 * time.Minute}, {time.Hour, 10 * time.Minute}, {0, time.Hour}},
	catalogue.ByAnswer: {{0, 24 * time.Hour}},
}

// machinePaces say how often it is looked at whether the machine of an execution still runs; its end has an event too.
var machinePaces = []pace{{time.Hour, 15 * time.Minute}, {0, time.Hour}}

func interval(paces []pace, age time.Duration) time.Duration {
	for _, p := range paces {
		if p.until == 0 || age < p.until {
			return p.every
		}
	}
	return soonest
}

func (e *Execution) nextCheck(now time.Time) time.Time {
	return now.Add(interval(machinePaces, now.Sub(e.StartTime)))
}

// isApproval says whether the action waits for a person, who alone ends it: there is nothing to be looked at.
func (a *Action) isApproval() bool { return a.Type.Category == "Approval" }

// completion is how one learns that the action is done. Where it is something that nobody tells here, also a function's
// answer, which may ask to be called again, it is looked at.
func (a *Action) completion() catalogue.CompletionKind {
	t, _ := catalogue.Lookup(a.Type.Category, a.Type.Owner, a.Type.Provider, a.Type.Version)
	switch {
	case a.isApproval():
		return catalogue.ByAnswer
	case t.Completion.Kind == catalogue.ByEvent:
		return catalogue.ByEvent
	}
	return catalogue.BySweep
}

// nextCheck is when an action that waits is looked at next: at its deadline at the latest, and soon where that is over.
func (a *Action) nextCheck(now time.Time) time.Time {
	next := now.Add(interval(paces[a.completion()], now.Sub(a.StartTime)))
	switch {
	case a.Deadline.IsZero() || next.Before(a.Deadline):
		return next
	case now.Before(a.Deadline):
		return a.Deadline
	}
	return now.Add(soonest)
}

// noteDue remembers the entry of a record that was read.
func (tx *transaction) noteDue(w watched) {
	if key, _, ok := w.dueEntry(); ok {
		tx.due[key] = true
	}
}

// moveDue adds to a write the removal of entries that were, and the entries that are.
func (tx *transaction) moveDue(w *writer) {
	records := []watched{tx.state.execution}
	for _, id := range sorted(tx.state.actions) {
		records = append(records, tx.state.actions[id])
	}
	for _, record := range records {
		key, _, ok := record.dueEntry()
		switch {
		case ok && tx.due[key]:
			delete(tx.due, key) // it stays
		case ok:
			w.putDue(record)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(tx.due), func(a, b Key) int { return strings.Compare(a.Sort, b.Sort) }) {
		w.writes = append(w.writes, Write{Key: key, IfRevision: 1, Kind: Delete})
	}
}

func (w *writer) putDue(record watched) {
	if key, entry, ok := record.dueEntry(); ok {
		w.put(Item{}, key, entry, false)
	}
}

// Due returns at most limit entries of a shard, the earliest first; also such whose time has not come.
func (r *Records) Due(ctx context.Context, shard, limit int) ([]Due, error) {
	partition := fmt.Sprintf("%s%d", duePrefix, shard)
	items, err := r.table.Query(ctx, Query{Partition: partition, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read what is due in shard %d: %w", shard, err)
	}
	var out []Due
	for _, item := range items {
		d, err := decodeDue(item)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func decodeDue(item Item) (Due, error) {
	d := Due{key: item.Key}
	parts := strings.Split(item.Sort, "/")
	var entry dueEntry
	if err := json.Unmarshal(item.Value, &entry); err != nil || len(parts) != 4 {
		return d, fmt.Errorf("decode %s %s: it is no entry of what is due", item.Partition, item.Sort)
	}
	at, err := time.Parse(sortedTime, parts[0])
	if err != nil {
		return d, fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
	}
	d.At, d.PipelineExecutionID, d.ActionExecutionID, d.Since = at, parts[2], parts[3], entry.Since
	return d, nil
}

// ForgetDue removes an entry whose record has another one or none, which nothing here leaves behind. It must be called
// only after the record was read that says so: times of entries only rise, so no record gets this one again.
func (r *Records) ForgetDue(ctx context.Context, d Due) error {
	err := r.table.Write(ctx, []Write{{Key: d.key, IfRevision: 1, Kind: Delete}})
	if err != nil && CodeOf(err) != Conflict {
		return fmt.Errorf("forget that execution %s is due: %w", d.PipelineExecutionID, err)
	}
	return nil
}

// Postpone gives what was looked at, and goes on, the time of its next check.
func (r *Records) Postpone(ctx context.Context, d Due) error {
	var sc scope
	if d.ActionExecutionID != "" {
		sc.actions = []string{d.ActionExecutionID}
	}
	_, err := r.change(ctx, d.PipelineExecutionID, sc, func(s *state) error {
		reducePostpone(s, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("postpone the next check of execution %s: %w", d.PipelineExecutionID, err)
	}
	return nil
}

func reducePostpone(s *state, d Due) {
	a, e := s.actions[d.ActionExecutionID], s.execution
	switch {
	case a != nil && a.NextCheck.Equal(d.At):
		a.NextCheck = a.nextCheck(s.now)
	case d.ActionExecutionID == "" && e.NextCheck.Equal(d.At):
		e.NextCheck = e.nextCheck(s.now)
	}
}

// WorkStopped records that the outside work of an action that was abandoned, or failed without it, is stopped.
func (r *Records) WorkStopped(ctx context.Context, a *Action) error {
	_, err := r.change(ctx, a.PipelineExecutionID, scope{actions: []string{a.ActionExecutionID}}, func(s *state) error {
		if record := s.actions[a.ActionExecutionID]; record != nil && record.Ended() {
			record.NextCheck = time.Time{}
		}
		return nil
	})
	return err
}

// goneReason is why an execution ends whose machine is unknown: its state machine was deleted, for one.
const goneReason = "its state machine execution is not known any more"

// MachineOver says whether the machine of an open execution has ended, and why. One that is unknown has, unless its start
// is among the effects that are still to be done.
func (r *Records) MachineOver(ctx context.Context, e *Execution) (reason string, over bool, err error) {
	status, err := r.machine.DescribeMachine(ctx, e.MachineExecution)
	switch {
	case err == nil:
		return status.Reason(), status.Ended(), nil
	case CodeOf(err) != NotFound:
		return "", false, fmt.Errorf("look at the machine of execution %s: %w", e.PipelineExecutionID, err)
	}
	stored, err := r.StoredEffects(ctx, e.PipelineExecutionID)
	return goneReason, err == nil && len(stored) == 0, err
}
