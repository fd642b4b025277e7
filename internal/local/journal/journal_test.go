package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/local/journal"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/storetest"
)

// open makes a journal in a file; reopening closes it and reads the file again.
func open(t testing.TB) (engine.Store, func() engine.Store) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openAt(t, path)
	return j, func() engine.Store {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		return openAt(t, path)
	}
}

func openAt(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() }) // twice where a test closed it itself
	return j
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
	j, ctx := openAt(t, filepath.Join(t.TempDir(), "j.db")), context.Background()
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
	j, ctx := openAt(t, filepath.Join(t.TempDir(), "j.db")), context.Background()
	err := j.Append(ctx, entry("x", 1, strings.Repeat("1", journal.MaxEntry)))
	var tooLarge *journal.TooLargeError
	if !errors.As(err, &tooLarge) || tooLarge.Execution != "x" || tooLarge.Sequence != 1 {
		t.Errorf("%v, want a TooLargeError of entry 1 of x", err)
	}
	if err := j.Append(ctx, entry("x", 1, "1")); err != nil {
		t.Errorf("after a refused entry: %v", err)
	}
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	openAt(t, path)
	if _, err := journal.Open(path); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("%v, want ErrInUse", err)
	}
}

// A full disk is reported, the execution stays where it is, and goes on from there once there is space.
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
	j, err := journal.Open(filepath.Join(dir, "j.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	clock, ctx := engine.NewVirtualClock(time.Unix(0, 0)), context.Background()
	e := engine.New(engine.Options{Clock: clock, Store: j})
	if err := e.Start(ctx, engine.Execution{Name: "x", Machine: endless()}); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	for clock.Next() { // until an entry does not fit: then no further timer is set
	}
	result, err := e.Describe("x")
	if !errors.Is(err, syscall.ENOSPC) || result.Status != engine.StatusRunning {
		t.Errorf("%+v, %v; want a running execution that tells of ENOSPC", result, err)
	}
	before := e.History("x")
	e.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	again := engine.New(engine.Options{Clock: clock, Store: j})
	defer again.Close()
	if err := again.Resume(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, again.History("x"), exportAll); diff != "" {
		t.Errorf("after space was made the execution stands elsewhere:\n%s", diff)
	}
	clock.Next()
	if _, err := again.Describe("x"); err != nil || len(again.History("x")) <= len(before) {
		t.Errorf("after space was made the execution does not go on: %v", err)
	}
}

var exportAll = cmp.Exporter(func(reflect.Type) bool { return true })

// endless waits for ever, a second at a time.
func endless() *asl.StateMachine {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "W"}
	m.States.Add("W", &asl.Wait{Seconds: 1, Transition: asl.Transition{Next: "C"}})
	m.States.Add("C", &asl.Choice{Choices: []asl.ChoiceRule{{Condition: asl.Expr("true"), Next: "W"}}, Default: "S"})
	m.States.Add("S", &asl.Succeed{})
	return m
}

// BenchmarkAppend is one execution that stores entries one after another.
func BenchmarkAppend(b *testing.B) { appendFrom(b, 1) }

// BenchmarkAppend64 is 64 executions at once: the commits are shared.
func BenchmarkAppend64(b *testing.B) { appendFrom(b, 64) }

func appendFrom(b *testing.B, executions int) {
	j := openAt(b, filepath.Join(b.TempDir(), "j.db"))
	next := make(chan int)
	var running sync.WaitGroup
	for i := range executions {
		running.Go(func() {
			for n := range next {
				if err := j.Append(context.Background(), entry(fmt.Sprint("x", i), n, `{"a": 1}`)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	n := 0
	for b.Loop() {
		n++
		next <- n
	}
	close(next)
	running.Wait()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
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
	e := engine.New(engine.Options{
		Clock: engine.NewVirtualClock(time.Unix(0, 0)), Tasks: answering{}, Store: openAt(b, filepath.Join(b.TempDir(), "j.db")),
	})
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
