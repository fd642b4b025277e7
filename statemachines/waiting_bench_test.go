package statemachines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/local/journal/journaltest"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

const waiting = 10000

// BenchmarkWaiting10000 starts executions of a compiled pipeline until all wait for their approval, and reports the
// memory that they take: of the heap, what is in use with them and was not before, and the process's whole resident
// memory where the system tells it.
func BenchmarkWaiting10000(b *testing.B) {
	p, m := longPipeline(b, longApproval)
	b.Run("memory store", func(b *testing.B) {
		measureWaiting(b, p, m, func() engine.Store { return engine.NewMemoryStore() })
	})
	b.Run("durable store", func(b *testing.B) {
		measureWaiting(b, p, m, func() engine.Store { return journaltest.Open(b) })
	})
}

func measureWaiting(b *testing.B, p *pipeline.Pipeline, m *asl.StateMachine, open func() engine.Store) {
	b.Helper()
	for b.Loop() {
		before := heapInUse()
		e := wait10000(b, p, m, open())
		b.ReportMetric(float64(heapInUse()-before)/1e6, "MB-heap")
		if resident, known := residentBytes(); known {
			b.ReportMetric(float64(resident)/1e6, "MB-RSS")
		}
		e.Close()
	}
}

// wait10000 makes an engine with executions that all wait for the token of their approval.
func wait10000(b *testing.B, p *pipeline.Pipeline, m *asl.StateMachine, store engine.Store) *engine.Engine {
	b.Helper()
	clock := engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	h := &handlers{}
	e := engine.New(engine.Options{Clock: clock, Tasks: forgetful{h}, Store: store})
	h.begin(p, e)
	names := make(chan string)
	var starting sync.WaitGroup
	for range 64 { // their entries share commits of the durable store
		starting.Go(func() {
			for name := range names {
				startWaiting(b, e, m, name)
			}
		})
	}
	for i := range waiting {
		names <- fmt.Sprint("run-", i)
	}
	close(names)
	starting.Wait()
	if err := e.Settle(context.Background()); err != nil {
		b.Fatal(err)
	}
	if n := clock.Pending(); n != waiting {
		b.Fatalf("%d executions wait, want %d", n, waiting)
	}
	return e
}

func startWaiting(b *testing.B, e *engine.Engine, m *asl.StateMachine, name string) {
	b.Helper()
	input, err := json.Marshal(events.ExecutionInput{PipelineExecutionID: name})
	if err == nil {
		err = e.Start(context.Background(), engine.Execution{Name: name, Machine: m, Input: input})
	}
	if err != nil {
		b.Error(err)
	}
}

// forgetful keeps no record of the calls, whose memory is not the engine's, and leaves approvals unanswered.
type forgetful struct{ *handlers }

// Invoke answers a call as handlers does.
func (f forgetful) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	if err := json.NewDecoder(bytes.NewReader(i.Payload)).Decode(&in); err != nil {
		return nil, fmt.Errorf("decode the payload of %s: %w", i.State, err)
	}
	if in.PipelineExecutionID != i.Execution {
		return nil, fmt.Errorf("the payload of %s is of another execution", i.State)
	}
	answer, err := f.answer(in)
	if i.Token != "" && in.Action == nil {
		return []byte("{}"), f.engine.SendTaskSuccess(ctx, i.Token, answer)
	}
	return answer, err
}

func heapInUse() int64 {
	debug.FreeOSMemory() // collects first
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse)
}

// residentBytes is the memory that the process holds; only Linux tells it this way.
func residentBytes() (n int64, known bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0, false
	}
	return resident * int64(os.Getpagesize()), true
}
