package local

import (
	"context"
	"errors"
	"sync"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/journal"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// The moments at which a process can be killed.
type moment string

const (
	afterWrite moment = "after a write of records" // with every entry that it took along
	entryLost  moment = "after an entry"           // that no write had taken along yet
	entryKept  moment = "after a stored entry"     // that was written to the disk
)

// death kills a process at the n-th such moment, or never where n is 0: what was written is on the disk, whoever wrote
// it is not told so, and from then on nothing is written, read or published. It is a Table, a Store and a listener that
// stand before those of a platform.
type death struct {
	execution.Table
	store   *journal.Journal
	moment  moment
	n       int
	publish func(events.Envelope)

	mu      sync.Mutex
	count   map[moment]int
	answers int // to task tokens
	dead    bool
	died    chan struct{}
	changed chan struct{} // something was written
}

var errKilled = errors.New("the process was killed")

func newDeath(m moment, n int, publish func(events.Envelope)) *death {
	return &death{
		moment: m, n: n, publish: publish, count: map[moment]int{},
		died: make(chan struct{}), changed: make(chan struct{}, 1),
	}
}

func (d *death) options() Options {
	return Options{
		table: func(t execution.Table) execution.Table {
			if own, ok := t.(*Table); ok {
				own.db.NoSync = true // nobody pulls the plug here
			}
			d.Table = t
			return d
		},
		store: func(s engine.Store) engine.Store {
			d.store, _ = s.(*journal.Journal)
			return stored{d}
		},
		listen: func(e events.Envelope) {
			if d.alive() {
				d.publish(e)
			}
		},
	}
}

func (d *death) alive() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.dead
}

// passes counts a moment; it tells whether the process lives on. The caller holds mu.
func (d *death) passes(m moment) bool {
	d.count[m]++
	if d.moment == m && d.count[m] == d.n {
		d.dead = true
		close(d.died)
	}
	select {
	case d.changed <- struct{}{}:
	default:
	}
	return !d.dead
}

// Write writes records.
func (d *death) Write(ctx context.Context, writes []execution.Write) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return errKilled
	}
	err := d.Table.Write(ctx, writes)
	if err == nil && !d.passes(afterWrite) {
		return errKilled
	}
	return err
}

// Get reads a record.
func (d *death) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	if !d.alive() {
		return execution.Item{}, errKilled
	}
	return d.Table.Get(ctx, key)
}

// stored is the death of a process as a Store.
type stored struct{ *death }

// Append takes an entry.
func (s stored) Append(ctx context.Context, e engine.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead || !s.passes(entryLost) {
		return errKilled
	}
	if e.Kind == engine.EntryTokenSucceeded {
		s.answers++
	}
	err := s.store.Append(ctx, e)
	if err == nil && !s.passes(entryKept) {
		return errors.Join(errKilled, s.store.Flush())
	}
	return err
}

// Entries reads entries.
func (s stored) Entries(ctx context.Context, name string) ([]engine.Entry, error) {
	return s.store.Entries(ctx, name)
}

func (d *death) answered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answers
}
