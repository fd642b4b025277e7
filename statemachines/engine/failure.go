package engine

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// failure is an error of Step Functions on its way through Retry and Catch.
type failure struct {
	name     string // may be empty: a Fail state and a token may give none
	cause    string
	location string // of the expression that failed, for EvaluationFailed
	parsed   bool   // the expression gave a value, which then was not acceptable
	// evaluation is set where an evaluation failed that has no location.
	evaluation bool
	branch     bool // of a branch or an iteration, or of what they gave together
	leaving    bool // raised by Assign or Output: what the state is for had been done, or been caught
	heartbeat  bool // a States.Timeout for want of heartbeats
	final      bool // raised in a catcher: not to be caught again
}

// fail handles an error of the frame's state: retry, else catch, else the frame itself fails.
func (x *execution) fail(f *frame, fail *failure) {
	x.letGo(f)
	if fail.location != "" || fail.evaluation {
		x.emitEvaluationFailed(f, fail)
	}
	if !fail.final && x.retry(f, fail) {
		return
	}
	if f.state.typ == "Map" && !fail.leaving || fail.branch {
		x.emit(f, f.state.typ+"StateFailed", nil)
	}
	if fail.final || !x.catch(f, fail) {
		x.end(f, fail)
	}
}

// emitEvaluationFailed writes the event. Step Functions evaluates while it enters a state: an evaluation that fails
// right there follows the event before the state was entered.
func (x *execution) emitEvaluationFailed(f *frame, fail *failure) {
	if f.last == f.entered && !fail.parsed {
		f.last = f.before
	}
	x.emit(f, "EvaluationFailed", &EvaluationFailedEventDetails{
		Error: fail.name, Cause: fail.cause, Location: fail.location, State: f.state.name,
	})
}

// end fails the frame: the execution, or the state that the frame is a branch or an iteration of.
func (x *execution) end(f *frame, fail *failure) {
	if f.parent == nil {
		if x.overflow {
			fail = overflowed()
		}
		x.letGo(f)
		x.record(f.last, "ExecutionFailed", &FailureEventDetails{
			Error: fail.name, Cause: fail.cause, member: "executionFailedEventDetails",
		})
		x.close(Result{Status: StatusFailed, Error: fail.name, Cause: fail.cause})
		return
	}
	x.branchFailed(f, fail)
}

// letGo forgets what a frame waits for, and cancels the invocation that nobody waits for any more.
func (x *execution) letGo(f *frame) {
	x.disarm(f.wait)
	f.wait = 0
	if f.task == nil {
		return
	}
	x.disarm(f.task.timeout)
	x.disarm(f.task.heartbeat)
	if _, awaited := x.pending[f.task.serial]; awaited {
		delete(x.pending, f.task.serial)
		x.effects = append(x.effects, effect{kind: effectCancel, serial: f.task.serial})
	}
	f.task = &attempt{token: f.task.token} // the token stays readable until the state is left
}

// abort ends a frame and its branches from outside, and writes which states were cut short. The events follow another
// one, which is the last of the branch that failed; 0 means the frame's own.
func (x *execution) abort(f *frame, after int64) {
	x.abortBranches(f, after)
	x.letGo(f)
	x.leaveScope(f)
	if f.entered != 0 && abortable(f.state.typ) {
		f.last = x.emitAfter(cmp.Or(after, f.last), f.state.typ+"StateAborted", nil)
	}
}

// abortBranches ends what runs inside a frame's state.
func (x *execution) abortBranches(f *frame, after int64) {
	if f.branches == nil {
		return
	}
	for _, child := range f.branches.frames {
		if child == nil || child.gone {
			continue
		}
		if s, ok := f.state.behaviour.(*mapState); ok {
			s.ends(x, child, "Aborted", cmp.Or(after, child.last))
		}
		x.abort(child, after)
	}
	f.branches = nil
}

// abortable tells whether a type of state has an Aborted event: one that can be found waiting.
func abortable(typ string) bool {
	return typ == "Task" || typ == "Parallel" || typ == "Map" || typ == "Wait"
}

// matches tells whether an ErrorEquals covers a failure. States.ALL covers all but States.Runtime; Step Functions'
// documentation excludes States.DataLimitExceeded too, but the service was recorded catching it.
func (fail *failure) matches(names []string) bool {
	if fail.name == ErrorRuntime {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		switch name {
		case ErrorAll:
			return true
		case ErrorTaskFailed:
			return fail.name != ErrorTimeout
		case ErrorHeartbeatTimeout:
			return fail.heartbeat
		default:
			return name == fail.name
		}
	})
}

// retry plans another attempt, if a retrier takes the failure and has attempts left.
func (x *execution) retry(f *frame, fail *failure) bool {
	i := slices.IndexFunc(f.state.retry, func(r asl.Retrier) bool { return fail.matches(r.ErrorEquals) })
	if i < 0 {
		return false
	}
	if f.retries == nil {
		f.retries = make([]int, len(f.state.retry))
	}
	r := &f.state.retry[i]
	if f.retries[i] >= maxAttempts(r) {
		return false
	}
	delay := x.delay(r, f.retries[i])
	f.retries[i]++
	f.wait = x.arm(f, pendingRetry, delay)
	return true
}

func maxAttempts(r *asl.Retrier) int {
	if r.MaxAttempts == nil {
		return 3
	}
	return *r.MaxAttempts
}

// delay is the time before a retry; used counts the earlier ones by the same retrier.
func (x *execution) delay(r *asl.Retrier, used int) time.Duration {
	interval, rate := float64(r.IntervalSeconds), r.BackoffRate
	if interval == 0 {
		interval = 1
	}
	if rate == 0 {
		rate = 2
	}
	seconds := interval * math.Pow(rate, float64(used))
	if r.MaxDelaySeconds > 0 {
		seconds = min(seconds, float64(r.MaxDelaySeconds))
	}
	if r.JitterStrategy == "FULL" {
		seconds *= float64(x.random.Uint64()>>11) / (1 << 53)
	}
	const year = 365 * 24 * 3600
	return time.Duration(min(seconds, year) * float64(time.Second))
}

// resume runs the state again after the delay of a retry.
func (x *execution) resume(f *frame) {
	f.wait = 0
	f.attempt++
	f.state.behaviour.begin(x, f)
}

// catch goes where a catcher says, if one takes the failure.
func (x *execution) catch(f *frame, fail *failure) bool {
	i := slices.IndexFunc(f.state.catch, func(c catcher) bool { return fail.matches(c.errors) })
	if i < 0 {
		return false
	}
	c := &f.state.catch[i]
	errorOutput := fail.output()
	x.view = view{x: x, frame: f, errorOutput: errorOutput}
	x.leave(f, c.assign, c.output, departure{next: c.next, output: errorOutput, caught: true})
	return true
}

// output is $states.errorOutput.
func (fail *failure) output() *value {
	object := jsonata.NewObject()
	object.Set("Error", textOrNull(fail.name))
	object.Set("Cause", textOrNull(fail.cause))
	v, err := newValue(object)
	if err != nil {
		panic("engine: two strings cannot be encoded: " + err.Error())
	}
	return v
}

func textOrNull(s string) jsonata.Value {
	if s == "" {
		return jsonata.Null()
	}
	return s
}
