package engine

import (
	"time"

	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// frame is where the machine, one branch of a Parallel, or one iteration of a Map stands.
type frame struct {
	parent    *frame
	index     int // of the branch or the item in the parent's state
	iterates  bool
	item      jsonata.Value // of an iteration
	scope     *scope
	state     *state
	input     *value
	before    int64 // the event before the state was entered
	entered   int64 // the event that entered the state; 0 before that
	last      int64 // the latest event of this frame
	enteredAt time.Time
	retries   []int // how often each retrier was used since the state was entered
	attempt   int   // State.RetryCount
	task      *attempt
	wait      int64 // the timer of a retry or of a Wait
	branches  *branches
	gone      bool // finished or aborted
}

// branches is the running part of a Parallel or a Map. Running counts the branches that are not done, begun or not.
type branches struct {
	frames  []*frame // nil for an iteration that has not begun or is done
	outputs []*value
	running int
	*iterations
}

// enter makes a state the frame's next one.
func (x *execution) enter(f *frame, s *state, input *value) {
	f.state, f.input = s, input
	f.entered, f.retries, f.attempt, f.task, f.wait, f.branches = 0, nil, 0, nil, 0, nil
	x.ready = append(x.ready, f)
}

// exit leaves a state in the ordinary way; result is nil for a state that has none.
func (x *execution) exit(f *frame, result *value) {
	x.view = view{x: x, frame: f, result: result}
	output := f.input
	if result != nil {
		output = result
	}
	x.leave(f, f.state.assign, f.state.output, departure{next: f.state.next, output: output})
}

// departure says where a frame goes and with what, unless an Output says otherwise.
type departure struct {
	next   *state
	output *value
	caught bool // by a catcher: what fails now is not caught again
}

// leave evaluates Assign and Output with the view that is set, and goes on.
func (x *execution) leave(f *frame, assign []assignment, output *template, to departure) {
	assigned, fail := x.evaluateAssign(f, assign)
	if fail == nil && output != nil {
		to.output, fail = x.evaluate(f, output)
	}
	if fail != nil {
		fail.leaving, fail.final = true, fail.final || to.caught
		x.fail(f, fail)
		return
	}
	details := &StateExitedEventDetails{Name: f.state.name, Output: to.output.text}
	if len(assigned) > 0 {
		details.AssignedVariables = x.assign(f.scope, assign, assigned)
		details.AssignedVariablesDetails = &Truncated{}
	}
	x.emit(f, f.state.exitedType, details)
	if to.next == nil {
		x.finish(f, to.output)
		return
	}
	x.enter(f, to.next, to.output)
}

// evaluateAssign computes all variables before any is set, so that each reads the old values.
func (x *execution) evaluateAssign(f *frame, assign []assignment) ([]*value, *failure) {
	if len(assign) == 0 {
		return nil, nil
	}
	values := make([]*value, len(assign))
	together, stored := 0, x.stored
	for i, a := range assign {
		if _, outer := f.scope.outer.lookup(a.name); outer {
			return nil, &failure{name: ErrorRuntime, cause: causeInState(f, causeOuterVariable(a.name))}
		}
		v, fail := x.evaluate(f, a.value)
		if fail != nil {
			return nil, fail
		}
		values[i] = v
		together += len(v.text)
		stored += len(v.text) - f.scope.size(a.name)
	}
	if together > maxPayload || stored > maxVariables {
		return nil, &failure{name: ErrorDataLimitExceeded, cause: causeDataLimit(f.state.name)}
	}
	return values, nil
}

// assign sets variables, and returns them as history writes them.
func (x *execution) assign(s *scope, assign []assignment, values []*value) map[string]string {
	written := make(map[string]string, len(values))
	before := s.bytes
	for i, a := range assign {
		written[a.name] = values[i].text
		s.set(a.name, values[i])
	}
	x.stored += s.bytes - before
	return written
}

// leaveScope forgets the variables of a branch or an iteration that is over.
func (x *execution) leaveScope(f *frame) {
	x.stored -= f.scope.bytes
	f.scope.bytes = 0
	f.gone = true
}

// finish ends a frame with its output: the machine succeeds, or the branch is done.
func (x *execution) finish(f *frame, output *value) {
	if f.parent != nil {
		x.leaveScope(f)
		x.branchDone(f, output)
		return
	}
	if x.overflow {
		x.end(f, overflowed())
		return
	}
	x.record(f.last, "ExecutionSucceeded", &ExecutionSucceededEventDetails{Output: output.text})
	x.close(Result{Status: StatusSucceeded, Output: []byte(output.text)})
}

// view is what the expressions of a state may read.
type view struct {
	x           *execution
	frame       *frame
	result      *value
	errorOutput *value
	iteration   *frame // whose item the context shows, while an ItemSelector is evaluated
}

// Variable returns a variable of the frame's scopes.
func (v *view) Variable(name string) (jsonata.Value, bool) {
	found, ok := v.frame.scope.lookup(name)
	if !ok {
		return nil, false
	}
	return found.Native(), true
}

// States returns a member of $states.
func (v *view) States(name string) (jsonata.Value, bool) {
	var member *value
	switch name {
	case "input":
		member = v.frame.input
	case "result":
		member = v.result
	case "errorOutput":
		member = v.errorOutput
	case "context":
		return v.x.contextObject(v.frame, v.item()), true
	}
	if member == nil {
		return nil, false
	}
	return member.Native(), true
}

// item is the frame of the innermost iteration; nil outside of a Map.
func (v *view) item() *frame {
	if v.iteration != nil {
		return v.iteration
	}
	f := v.frame
	for f != nil && !f.iterates {
		f = f.parent
	}
	return f
}

const timeFormat = "2006-01-02T15:04:05.000Z"

// contextObject is $states.context; iteration may be nil.
func (x *execution) contextObject(f, iteration *frame) jsonata.Value {
	s := &x.start
	context := map[string]any{
		"Execution": map[string]any{
			"Id": s.ExecutionARN, "Name": x.name, "RoleArn": s.RoleARN, "RedriveCount": 0.0,
			"StartTime": x.result.StartDate.UTC().Format(timeFormat), "Input": x.input.Native(),
		},
		"StateMachine": map[string]any{"Id": s.StateMachineARN, "Name": s.StateMachineName},
		"State": map[string]any{
			"Name": f.state.name, "EnteredTime": f.enteredAt.UTC().Format(timeFormat), "RetryCount": float64(f.attempt),
		},
	}
	if f.task != nil && f.task.token != "" {
		context["Task"] = map[string]any{"Token": f.task.token}
	}
	if iteration != nil {
		context["Map"] = map[string]any{
			"Item": map[string]any{"Index": float64(iteration.index), "Value": iteration.item},
		}
	}
	return context
}
