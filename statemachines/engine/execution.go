package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// Status is an execution's status as Step Functions' API names it.
type Status string

// The statuses of executions.
const (
	StatusRunning   Status = "RUNNING"
	StatusSucceeded Status = "SUCCEEDED"
	StatusFailed    Status = "FAILED"
	StatusTimedOut  Status = "TIMED_OUT"
	StatusAborted   Status = "ABORTED"
)

// maxEvents is Step Functions' limit on the history of one execution.
const maxEvents = 25000

// Result is where an execution stands: its status and, once it is over, how it ended.
type Result struct {
	Status    Status
	Output    []byte // JSON text, when it succeeded
	Error     string
	Cause     string
	StartDate time.Time
	StopDate  time.Time // zero while it runs
}

// execution is one run of a machine. Everything below mu changes only in apply, and what apply does depends on nothing
// but the execution and the entry.
type execution struct {
	engine *Engine
	name   string

	mu       sync.Mutex
	ctx      context.Context // of the engine
	program  *program
	start    Start
	input    *value
	sequence int
	now      time.Time // of the entry being applied
	random   jsonata.Random
	root     *frame
	ready    []*frame // entered next, in this order
	pending  map[int64]pending
	serial   int64
	stored   int // bytes of all variables
	history  []Event
	overflow bool // the history had no room for an event: the execution fails
	result   Result
	effects  []effect
	broken   error // the store failed, or Close interrupted an entry: nothing can change any more

	cancels map[int64]context.CancelFunc // of running invocations, by attempt
	timers  map[int64]func() bool        // that stop armed timers, by serial
	changed chan struct{}                // closed and replaced when the history grows and somebody waits
	done    chan struct{}                // closed when the execution is over or broken

	evaluator *jsonata.Evaluator // borrowed while an entry is applied
	view      view
}

// pending is what a serial number stands for while it is awaited.
type pending struct {
	frame *frame
	kind  pendingKind
	at    time.Time // of a timer
}

type pendingKind int

const (
	pendingAttempt pendingKind = iota
	pendingTimeout
	pendingHeartbeat
	pendingRetry
	pendingWait
	pendingExecutionTimeout
)

// effect is something to do outside once an entry is applied. A replay drops them and redoes those still awaited.
type effect struct {
	kind       effectKind
	serial     int64
	at         time.Time
	invocation *Invocation
}

type effectKind int

const (
	effectInvoke effectKind = iota
	effectArm
	effectDisarm
	effectCancel
)

// apply changes the execution by one entry. An entry that nothing awaits any more changes nothing.
func (x *execution) apply(e Entry) {
	x.sequence, x.now = e.Sequence, e.Time
	switch e.Kind {
	case EntryStarted:
		x.begin(e.Start)
	case EntryStopped:
		x.stop(e.Error, e.Cause)
	case EntryTimerFired:
		x.timer(e.Serial)
	default:
		if p, ok := x.pending[e.Serial]; ok && p.kind == pendingAttempt {
			x.answer(p.frame, e)
		}
	}
	x.drain()
}

// begin starts the machine.
func (x *execution) begin(s *Start) {
	x.start = *s
	x.input = textValue(string(s.Input))
	x.random = rand.NewChaCha8(s.Seed) //nolint:forbidigo // seeded by the entry: a replay draws the same numbers
	x.result = Result{Status: StatusRunning, StartDate: x.now}
	x.root = &frame{scope: &scope{}}
	x.emit(x.root, "ExecutionStarted", &ExecutionStartedEventDetails{Input: x.input.text, RoleARN: s.RoleARN})
	x.root.last = 0 // Step Functions: the first state's event follows none
	if x.program.timeout > 0 {
		x.arm(x.root, pendingExecutionTimeout, time.Duration(x.program.timeout)*time.Second)
	}
	x.enter(x.root, x.program.top.start, x.input)
}

// drain enters states until every frame waits. Frames take turns, one state each, so branches advance evenly.
func (x *execution) drain() {
	for len(x.ready) > 0 {
		f := x.ready[0]
		x.ready = x.ready[1:]
		if f.gone || x.result.Status != StatusRunning {
			continue
		}
		if x.overflow {
			break
		}
		f.before = f.last
		f.entered = x.emit(f, f.state.enteredType, &StateEnteredEventDetails{Name: f.state.name, Input: f.input.text})
		f.enteredAt = x.now
		f.state.behaviour.begin(x, f)
	}
	x.ready = nil
	if x.overflow && x.result.Status == StatusRunning {
		x.end(x.root, overflowed())
	}
}

// overflowed is the failure of an execution whose history is full.
func overflowed() *failure { return &failure{name: ErrorRuntime, cause: causeTooManyEvents()} }

// emit appends a history event that follows the frame's last one.
func (x *execution) emit(f *frame, typ string, details Details) int64 {
	id := x.emitAfter(f.last, typ, details)
	f.last = id
	return id
}

// emitAfter appends an event, but for the last one that the history has room for: that tells how the execution ended.
func (x *execution) emitAfter(previous int64, typ string, details Details) int64 {
	if len(x.history) == maxEvents-1 {
		x.overflow = true
		return previous
	}
	return x.record(previous, typ, details)
}

func (x *execution) record(previous int64, typ string, details Details) int64 {
	id := int64(len(x.history)) + 1
	x.history = append(x.history, Event{Timestamp: x.now, Type: typ, ID: id, PreviousEventID: previous, Details: details})
	return id
}

// await gives out a serial number for something that will come in as an entry.
func (x *execution) await(p pending) int64 {
	x.serial++
	x.pending[x.serial] = p
	return x.serial
}

// arm sets a timer.
func (x *execution) arm(f *frame, kind pendingKind, d time.Duration) int64 {
	at := x.now.Add(d)
	serial := x.await(pending{frame: f, kind: kind, at: at})
	x.effects = append(x.effects, effect{kind: effectArm, serial: serial, at: at})
	return serial
}

// disarm forgets a timer; 0 is none.
func (x *execution) disarm(serial int64) {
	if _, ok := x.pending[serial]; ok {
		delete(x.pending, serial)
		x.effects = append(x.effects, effect{kind: effectDisarm, serial: serial})
	}
}

// timer handles a timer that fired.
func (x *execution) timer(serial int64) {
	p, ok := x.pending[serial]
	if !ok || p.kind == pendingAttempt {
		return
	}
	delete(x.pending, serial)
	switch p.kind {
	case pendingTimeout:
		x.timedOut(p.frame, false)
	case pendingHeartbeat:
		x.timedOut(p.frame, true)
	case pendingRetry:
		x.resume(p.frame)
	case pendingWait:
		x.exit(p.frame, nil)
	case pendingExecutionTimeout:
		x.conclude(StatusTimedOut, "ExecutionTimedOut", "executionTimedOutEventDetails", &failure{})
	}
}

// stop ends the execution from outside.
func (x *execution) stop(name, cause string) {
	if x.result.Status == StatusRunning {
		x.conclude(StatusAborted, "ExecutionAborted", "executionAbortedEventDetails", &failure{name: name, cause: cause})
	}
}

// conclude aborts everything that runs and ends the execution without success.
func (x *execution) conclude(status Status, typ, member string, fail *failure) {
	x.abort(x.root, 0)
	x.record(x.root.last, typ, &FailureEventDetails{Error: fail.name, Cause: fail.cause, member: member})
	x.close(Result{Status: status, Error: fail.name, Cause: fail.cause})
}

// close records the result and lets go of whatever is still awaited.
func (x *execution) close(r Result) {
	r.StartDate, r.StopDate = x.result.StartDate, x.now
	x.result = r
	for serial, p := range x.pending {
		kind := effectDisarm
		if p.kind == pendingAttempt {
			kind = effectCancel
		}
		x.effects = append(x.effects, effect{kind: kind, serial: serial})
	}
	clear(x.pending)
	x.ready = nil
}
