package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/penstock-ci/penstock/internal/local/journal"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/storetest"
)

// open makes a journal in a file, in which every entry is written at once; reopening closes it and reads the file again.
func open(t testing.TB) (engine.Store, func() engine.Store) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, db := openAt(t, path)
	return flushed{j}, func() engine.Store {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		again, _ := openAt(t, path)
		return flushed{again}
	}
}

// flushed is a journal beside which nothing else is written to the file.
type flushed struct{ *journal.Journal }

func (f flushed) Append(ctx context.Context, e engine.Entry) error {
	if err := f.Journal.Append(ctx, e); err != nil {
		return err
	}
	return f.Flush()
}

func openAt(t testing.TB, path string) (*journal.Journal, *bbolt.DB) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // twice where a test closed it itself
	j, err := journal.New(db)
	if err != nil {
		t.Fatal(err)
	}
	return j, db
}

func TestStore(t *testing.T) { storetest.Store(t, open) }

// Generated machines, crashed at an entry and resumed from the file. Package engine crashes at every entry; here it is
// every entry of some.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of files with an fsync for every entry")
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { storetest.Crash(t, storetest.Machine(seed), open) })
	}
}

func entry(execution string, sequence int, output string) engine.Entry {
	return engine.Entry{Execution: execution, Sequence: sequence, Kind: engine.EntryTaskReturned, Output: []byte(output)}
}

func TestExecutionsAndRemove(t *testing.T) {
	j, _ := openAt(t, filepath.Join(t.TempDir(), "j.db"))
	ctx := context.Background()
	want := []string{"a", "a.2", "ab", "b"}
	for _, name := range want {
		for i := range 3 {
			if err := j.Append(ctx, entry(name, i+1, "1")); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func() {
		t.Helper()
		got, err := j.Executions(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	check()
	for _, name := range []string{"a", "nobody"} {
		if err := j.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	want = slices.Delete(want, 0, 1)
	check()
	if got, err := j.Entries(ctx, "a"); len(got) != 0 || err != nil {
		t.Errorf("a removed execution has %d entries, %v", len(got), err)
	}
}

func TestTooLarge(t *testing.T) {
	j, _ := openAt(t, filepath.Join(t.TempDir(), "j.db"))
	ctx := context.Background()
	err := j.Append(ctx, entry("x", 1, strings.Repeat("1", journal.MaxEntry)))
	var tooLarge *journal.TooLargeError
	if !errors.As(err, &tooLarge) || tooLarge.Execution != "x" || tooLarge.Sequence != 1 {
		t.Errorf("%v, want a TooLargeError of entry 1 of x", err)
	}
	if err := j.Append(ctx, entry("x", 1, "1")); err != nil {
		t.Errorf("after a refused entry: %v", err)
	}
}

// An entry is on the disk as soon as anything is that was written after it, and stays in memory until then.
func TestEntriesJoinTheNextTransaction(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "j.db"), context.Background()
	j, db := openAt(t, path)
	inFile := func() (n int) {
		err := db.View(func(tx *bbolt.Tx) error {
			n = tx.Bucket([]byte("entries")).Stats().KeyN
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	add := func(sequence int) {
		if err := j.Append(ctx, entry("x", sequence, "1")); err != nil {
			t.Fatal(err)
		}
	}
	add(1)
	add(2)
	if n := inFile(); n != 0 {
		t.Errorf("%d entries are in the file before anything was written, want none", n)
	}
	refused := errors.New("refused")
	err := db.Update(func(tx *bbolt.Tx) error { return errors.Join(j.Join(tx), refused) })
	if n := inFile(); n != 0 || !errors.Is(err, refused) {
		t.Errorf("%d entries are in the file after a transaction that failed, want none; %v", n, err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		add(3) // comes while others are written, and waits for the next
		return j.Join(tx)
	}); err != nil {
		t.Fatal(err)
	}
	if n := inFile(); n != 3 {
		t.Errorf("%d entries are in the file, want 3", n)
	}
	if err := j.Remove("x"); err != nil {
		t.Fatal(err)
	}
	if n := inFile(); n != 3 {
		t.Errorf("%d entries are in the file before the removal was written, want 3", n)
	}
	if err := j.Flush(); err != nil || inFile() != 0 {
		t.Errorf("%d entries are in the file, want none; %v", inFile(), err)
	}
}

// Entries of many executions come and are written at the same time; none is lost and none is out of order.
func TestConcurrentTransactions(t *testing.T) {
	j, db := openAt(t, filepath.Join(t.TempDir(), "j.db"))
	const executions, each = 8, 40
	var running sync.WaitGroup
	for i := range executions {
		running.Go(func() {
			for n := range each {
				if err := j.Append(context.Background(), entry(fmt.Sprint("x", i), n+1, "1")); err != nil {
					t.Error(err)
				}
				if n%5 == i%5 {
					if err := db.Update(j.Join); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	running.Wait()
	for i := range executions {
		if got, err := j.Entries(context.Background(), fmt.Sprint("x", i)); len(got) != each || err != nil {
			t.Errorf("execution %d has %d entries, %v; want %d", i, len(got), err, each)
		}
	}
}

// A full disk is reported, and what waited is written once there is room.
func TestNoSpace(t *testing.T) {
	dir := t.TempDir()
	if err := mountTiny(dir); err != nil {
		t.Skip("a tiny file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "j.db")
	j, db := openAt(t, path)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	ctx, n := context.Background(), 0
	var err error
	for ; err == nil; n++ { // until an entry does not fit
		if err := j.Append(ctx, entry("x", n+1, strings.Repeat("1", 1<<10))); err != nil {
			t.Fatal(err)
		}
		err = j.Flush()
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, want ENOSPC", err)
	}
	if err := errors.Join(os.Remove(ballast), j.Flush(), db.Close()); err != nil {
		t.Fatal(err)
	}
	again, db := openAt(t, path)
	if entries, err := again.Entries(ctx, "x"); len(entries) != n || err != nil {
		t.Errorf("%d entries are in the file, %v; want %d", len(entries), err, n)
	}
	if err := db.Close(); err != nil { // before the file system goes
		t.Error(err)
	}
}

// BenchmarkChain1000Durable is a chain of 1,000 transitions: one entry, for nothing outside happens on the way.
func BenchmarkChain1000Durable(b *testing.B) {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "S0"}
	for i := range 999 {
		m.States.Add(fmt.Sprint("S", i), &asl.Pass{
			Data:       asl.Data{Assign: asl.Object{asl.Field("n", asl.Expr(fmt.Sprint("$states.input.start + ", i)))}},
			Transition: asl.Transition{Next: fmt.Sprint("S", i+1)},
		})
	}
	m.States.Add("S999", &asl.Succeed{})
	runDurable(b, m, 1000)
}

// BenchmarkEffects20Durable is a chain of 20 Tasks: an entry for each result, and one for the start.
func BenchmarkEffects20Durable(b *testing.B) {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "S0"}
	for i := range 20 {
		m.States.Add(fmt.Sprint("S", i), &asl.Task{
			Resource:   "arn:aws:states:::lambda:invoke",
			Arguments:  asl.Object{asl.Field("FunctionName", "f")},
			Transition: asl.Transition{Next: fmt.Sprint("S", i+1)},
		})
	}
	m.States.Add("S20", &asl.Succeed{})
	runDurable(b, m, 21)
}

// answering is a Tasks that has nothing to do.
type answering struct{}

func (answering) Invoke(context.Context, engine.Invocation) ([]byte, error) { return []byte("{}"), nil }

func runDurable(b *testing.B, m *asl.StateMachine, transitions int) {
	b.Helper()
	store, _ := open(b)
	e := engine.New(engine.Options{Clock: engine.NewVirtualClock(time.Unix(0, 0)), Tasks: answering{}, Store: store})
	defer e.Close()
	ctx, n := context.Background(), 0
	for b.Loop() {
		n++
		name := fmt.Sprint("run-", n)
		if err := e.Start(ctx, engine.Execution{Name: name, Machine: m, Input: []byte(`{"start": 1}`)}); err != nil {
			b.Fatal(err)
		}
		result, err := e.Wait(ctx, name)
		if err != nil || result.Status != engine.StatusSucceeded {
			b.Fatal(result, err)
		}
		e.Forget(name)
	}
	b.ReportMetric(float64(transitions*n)/b.Elapsed().Seconds(), "transitions/s")
}
