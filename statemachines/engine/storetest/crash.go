package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Crash runs a machine once as it is, then once for every entry that this stored and for both ways of crashing there:
// just after the entry was stored, when nothing that follows from it was done, and just before, when what the entry tells
// had happened and was not stored. Each time another engine resumes from the store, and must give the same history, the
// same result and the same external effects. It returns the number of crashes.
func Crash(t *testing.T, machine *asl.StateMachine, open Open) int {
	t.Helper()
	whole := crashing(t, machine, open, crash{})
	for n := 1; n <= whole.entries; n++ {
		for _, stored := range []bool{true, false} {
			if n == 1 && !stored {
				continue // nothing was promised yet: Start says so, and the caller starts again
			}
			got := crashing(t, machine, open, crash{at: n, stored: stored})
			if diff := cmp.Diff(whole, got, everything); diff != "" {
				t.Fatalf("crash at entry %d of %d, stored %v (-whole +resumed):\n%s", n, whole.entries, stored, diff)
			}
		}
	}
	return 2*whole.entries - 1
}

var everything = cmp.Exporter(func(reflect.Type) bool { return true })

// crash says at which entry an engine ends, and whether the entry is stored; at 0 is never.
type crash struct {
	at     int
	stored bool
}

// outcome is all that must not depend on crashes.
type outcome struct {
	result  engine.Result
	history []engine.Event
	effects []string
	entries int
}

const execution = "crashing"

func crashing(t *testing.T, machine *asl.StateMachine, open Open, c crash) (got outcome) {
	t.Helper()
	// A bubble of its own tells when everything that the engine began waits for us, so that runs are alike.
	synctest.Test(t, func(t *testing.T) {
		store, reopen := open(t)
		clock := engine.NewVirtualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		d := &driver{t: t, clock: clock, outside: newOutside(), store: &crashingStore{Store: store, crash: c}}
		d.engine = d.newEngine()
		err := d.engine.Start(context.Background(), engine.Execution{Name: execution, Machine: machine, Input: []byte(`{"n": 7}`)})
		if err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		if crashed := d.run(); crashed {
			d.engine.Close()
			synctest.Wait()
			d.store = &crashingStore{Store: reopen()}
			d.clock = engine.NewVirtualClock(clock.Now())
			d.engine = d.newEngine()
			if err := d.engine.Resume(context.Background(), execution); err != nil {
				t.Fatal(err)
			}
			d.run()
		}
		got = d.outcome()
		d.engine.Close()
	})
	return got
}

var errCrash = errors.New("the process was killed")

// crashingStore stores up to an entry, and fails from there on.
type crashingStore struct {
	engine.Store
	crash crash
}

// Append stores an entry, or crashes.
func (s *crashingStore) Append(ctx context.Context, e engine.Entry) error {
	if s.crash.at == 0 || e.Sequence < s.crash.at {
		return s.Store.Append(ctx, e)
	}
	if s.crash.stored && e.Sequence == s.crash.at {
		if err := s.Store.Append(ctx, e); err != nil {
			return err
		}
	}
	return errCrash
}

// driver plays the world around an engine, one thing at a time and always in the same order.
type driver struct {
	t       *testing.T
	clock   *engine.VirtualClock
	store   *crashingStore
	engine  *engine.Engine
	outside *outside
}

// seeds gives every execution the same randomness.
type seeds struct{}

func (seeds) Seed() [32]byte { return [32]byte{7} }

func (d *driver) newEngine() *engine.Engine {
	return engine.New(engine.Options{Clock: d.clock, Store: d.store, Tasks: d.outside, Seeds: seeds{}})
}

// run goes on until the execution is over; it tells whether the engine crashed.
func (d *driver) run() (crashed bool) {
	for {
		synctest.Wait()
		result, err := d.engine.Describe(execution)
		if err != nil {
			if errors.Is(err, errCrash) || engine.CodeOf(err) == engine.ExecutionDoesNotExist {
				return true
			}
			d.t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			return false
		}
		if !d.outside.act(d.engine) && !d.clock.Next() {
			d.t.Fatal("the execution waits for something that never comes")
		}
	}
}

func (d *driver) outcome() outcome {
	result, err := d.engine.Describe(execution)
	if err != nil {
		d.t.Fatal(err)
	}
	stored, err := d.store.Entries(context.Background(), execution)
	if err != nil {
		d.t.Fatal(err)
	}
	return outcome{result: result, history: d.engine.History(execution), effects: d.outside.effects(), entries: len(stored)}
}
