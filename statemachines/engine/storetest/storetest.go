// Package storetest has the contract of engine.Store as a test suite that every store passes, and a suite of crashes:
// an engine is stopped at every entry that it stores, and another one must go on as if nothing had happened.
//
// It runs no engine of its own outside of a test, and knows no store. In: a function that opens stores. Out: failures of
// the test that called it.
package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Open makes an empty store. Reopen ends it as a crash would, and returns what is there afterwards; a store in memory
// returns itself.
type Open func(t testing.TB) (store engine.Store, reopen func() engine.Store)

// Store runs the contract of engine.Store.
func Store(t *testing.T, open Open) {
	t.Run("unknown execution", func(t *testing.T) { unknown(t, open) })
	t.Run("every field", func(t *testing.T) { everyField(t, open) })
	t.Run("order", func(t *testing.T) { order(t, open) })
	t.Run("names", func(t *testing.T) { names(t, open) })
	t.Run("many executions", func(t *testing.T) { many(t, open) })
}

func unknown(t *testing.T, open Open) {
	store, _ := open(t)
	if got := entries(t, store, "nobody"); len(got) != 0 {
		t.Errorf("an unknown execution has entries: %v", got)
	}
}

func everyField(t *testing.T, open Open) {
	store, reopen := open(t)
	want := []engine.Entry{{
		Execution: "x", Sequence: 1, Time: time.Date(2026, 2, 3, 4, 5, 6, 789_000_001, time.UTC), Kind: engine.EntryStarted,
		Start: &engine.Start{
			Definition: []byte(`{"a": "\u0000é"}`), Input: []byte(`{}`), Seed: [32]byte{1, 31: 255}, ExecutionARN: "arn:x",
			StateMachineARN: "arn:m", StateMachineName: "m", RoleARN: "arn:r", Region: "r",
		},
	}, {
		Execution: "x", Sequence: 2, Time: time.Date(2026, 2, 3, 4, 5, 7, 0, time.UTC), Kind: engine.EntryTokenFailed,
		Serial: 1 << 40, Output: []byte(`"<&>"`), Error: "E", Cause: "because\n",
	}}
	for _, e := range want {
		appendEntry(t, store, e)
	}
	if diff := cmp.Diff(want, entries(t, reopen(), "x")); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func order(t *testing.T, open Open) {
	store, reopen := open(t)
	const n = 300 // more than one byte counts
	for i := range n {
		appendEntry(t, store, entry("x", i+1))
	}
	store = reopen()
	appendEntry(t, store, entry("x", n+1))
	got := entries(t, store, "x")
	if len(got) != n+1 {
		t.Fatalf("%d entries, want %d", len(got), n+1)
	}
	for i, e := range got {
		if e.Sequence != i+1 {
			t.Fatalf("entry %d has sequence %d", i, e.Sequence)
		}
	}
}

// names keeps executions apart whose names begin alike.
func names(t *testing.T, open Open) {
	store, reopen := open(t)
	all := []string{"a", "a.", "a.2", "ab", "A"}
	for i, name := range all {
		for range i + 1 {
			appendEntry(t, store, entry(name, len(entries(t, store, name))+1))
		}
	}
	store = reopen()
	for i, name := range all {
		if got := entries(t, store, name); len(got) != i+1 {
			t.Errorf("%s has %d entries, want %d", name, len(got), i+1)
		}
	}
}

func many(t *testing.T, open Open) {
	store, reopen := open(t)
	const executions, each = 40, 5
	var running sync.WaitGroup
	for i := range executions {
		running.Go(func() {
			for sequence := range each {
				if err := store.Append(context.Background(), entry(fmt.Sprint("x", i), sequence+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	store = reopen()
	for i := range executions {
		if got := entries(t, store, fmt.Sprint("x", i)); len(got) != each {
			t.Errorf("execution %d has %d entries, want %d", i, len(got), each)
		}
	}
}

func entry(execution string, sequence int) engine.Entry {
	return engine.Entry{Execution: execution, Sequence: sequence, Time: time.Unix(int64(sequence), 0).UTC(), Kind: engine.EntryTimerFired, Serial: 1}
}

func appendEntry(t testing.TB, store engine.Store, e engine.Entry) {
	t.Helper()
	if err := store.Append(context.Background(), e); err != nil {
		t.Fatal(err)
	}
}

func entries(t testing.TB, store engine.Store, execution string) []engine.Entry {
	t.Helper()
	got, err := store.Entries(context.Background(), execution)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
