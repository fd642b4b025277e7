// Package stepfunctionstest is the contract of stepfunctions.StateMachines as tests, which every adapter passes. It knows
// no adapter: Run gets a constructor.
package stepfunctionstest

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
)

// The state machines that an adapter has for the suite, by the last part of their ARNs.
const (
	// Echo answers its input.
	Echo = `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}`
	// Fails ends as FAILED.
	Fails = `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Fail","Error":"Bad","Cause":"no luck"}}}`
	// Waits goes on until it is stopped.
	Waits = `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Wait","Seconds":90000,"End":true}}}`
)

// ARN is that of a state machine of the suite: echo, fails or waits.
func ARN(name string) string {
	return "arn:aws:states:us-east-1:111122223333:stateMachine:" + name
}

// Harness is an adapter under test. Ended yields the ARN of each execution that has ended.
type Harness struct {
	StateMachines stepfunctions.StateMachines
	Ended         <-chan string
}

// Log is the log of an execution; it tells whether it was closed.
type Log struct {
	mu     sync.Mutex
	text   bytes.Buffer
	closed chan struct{}
}

// NewLog makes a Log.
func NewLog() *Log { return &Log{closed: make(chan struct{})} }

// Write keeps text.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// Close may be called once.
func (l *Log) Close() error {
	close(l.closed)
	return nil
}

// Wait waits until the log is closed and returns what was written.
func (l *Log) Wait() string {
	<-l.closed
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Run runs the suite; open makes an adapter that has nothing but the state machines of the suite.
func Run(t *testing.T, open func(*testing.T) Harness) {
	t.Run("ends", func(t *testing.T) {
		for _, c := range []struct{ machine, status, output, failure string }{
			{"echo", stepfunctions.Succeeded, `{"a":1}`, ""}, {"fails", "FAILED", "", "Bad: no luck"},
		} {
			h := open(t)
			arn, log := start(t, h, c.machine, "one")
			if ended := <-h.Ended; ended != arn {
				t.Errorf("%s has ended, not %s", ended, arn)
			}
			log.Wait()
			d := describe(t, h, arn)
			failure := strings.TrimPrefix(d.Error+": "+d.Cause, ": ")
			if d.ARN != arn || d.Status != c.status || string(d.Output) != c.output || failure != c.failure {
				t.Errorf("%s ended as %+v", c.machine, d)
			}
		}
	})
	t.Run("again", func(t *testing.T) {
		h := open(t)
		first, _ := start(t, h, "waits", "one")
		second, log := start(t, h, "waits", "one")
		other, _ := start(t, h, "waits", "two")
		log.Wait() // that of the first goes on
		if first != second || other == first {
			t.Errorf("started twice: %s and %s; another: %s", first, second, other)
		}
	})
	t.Run("stop", func(t *testing.T) {
		h := open(t)
		arn, log := start(t, h, "waits", "one")
		if d := describe(t, h, arn); d.Status != stepfunctions.Running {
			t.Errorf("before it is stopped: %+v", d)
		}
		for range 2 {
			if err := h.StateMachines.StopExecution(t.Context(), arn); err != nil {
				t.Fatal(err)
			}
		}
		<-h.Ended
		log.Wait()
		if d := describe(t, h, arn); d.Status != "ABORTED" {
			t.Errorf("after it was stopped: %+v", d)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		h := open(t)
		var unknown *stepfunctions.NotFoundError
		const arn = "arn:aws:states:us-east-1:000000000000:execution:echo:never"
		if _, err := h.StateMachines.DescribeExecution(t.Context(), arn); !errors.As(err, &unknown) || unknown.ExecutionARN != arn {
			t.Errorf("describe: %v", err)
		}
		if err := h.StateMachines.StopExecution(t.Context(), arn); !errors.As(err, &unknown) {
			t.Errorf("stop: %v", err)
		}
		e := stepfunctions.Execution{StateMachineARN: ARN("nowhere"), Name: "one", Input: []byte("{}"), Log: NewLog()}
		if _, err := h.StateMachines.StartExecution(t.Context(), e); err == nil {
			t.Error("an execution of an unknown state machine was started")
		}
	})
}

func start(t *testing.T, h Harness, machine, name string) (string, *Log) {
	t.Helper()
	log := NewLog()
	arn, err := h.StateMachines.StartExecution(t.Context(), stepfunctions.Execution{
		StateMachineARN: ARN(machine), Name: name, Input: []byte(`{"a":1}`), Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return arn, log
}

func describe(t *testing.T, h Harness, arn string) stepfunctions.Description {
	t.Helper()
	d, err := h.StateMachines.DescribeExecution(t.Context(), arn)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
