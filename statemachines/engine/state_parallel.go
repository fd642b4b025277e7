package engine

import (
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// parallelState is a Parallel.
type parallelState struct {
	branches  []*branch
	arguments *template // each branch's input; nil for the state's input
}

func (c *compiler) parallel(def *asl.Parallel) behaviour {
	s := &parallelState{arguments: c.optional("Arguments", def.Arguments)}
	at := c.at
	for i := range def.Branches {
		s.branches = append(s.branches, c.branch(def.Branches[i].StartAt, def.Branches[i].States))
	}
	c.at = at
	return s
}

func (s *parallelState) begin(x *execution, f *frame) {
	input := f.input
	if s.arguments != nil {
		x.view = view{x: x, frame: f}
		var fail *failure
		if input, fail = x.evaluate(f, s.arguments); fail != nil {
			x.fail(f, fail)
			return
		}
	}
	started := x.emit(f, "ParallelStateStarted", nil)
	n := len(s.branches)
	f.branches = &branches{frames: make([]*frame, n), outputs: make([]*value, n), running: n}
	for i, b := range s.branches {
		child := &frame{parent: f, index: i, scope: &scope{outer: f.scope}, last: started}
		f.branches.frames[i] = child
		x.enter(child, b.start, input)
	}
}

// branchDone takes the output of a branch or an iteration; the last one completes the state. Step Functions lets both of
// the state's events follow that one's last event.
func (x *execution) branchDone(child *frame, output *value) {
	f := child.parent
	f.branches.outputs[child.index] = output
	f.branches.running--
	if s, ok := f.state.behaviour.(*mapState); ok {
		s.done(x, child)
		return
	}
	if f.branches.running == 0 {
		f.last = child.last
		x.branchesSucceeded(f, "ParallelStateSucceeded")
	}
}

// branchesSucceeded completes a state whose branches are all done.
func (x *execution) branchesSucceeded(f *frame, typ string) {
	result := joined(f.branches.outputs)
	f.branches = nil
	if len(result.text) > maxPayload {
		x.fail(f, &failure{name: ErrorDataLimitExceeded, cause: causeDataLimit(f.state.name), branch: true})
		return
	}
	x.emitAfter(f.last, typ, nil)
	x.exit(f, result)
}

// joined is the list of the branches' outputs.
func joined(outputs []*value) *value {
	text := []byte{'['}
	for i, output := range outputs {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, output.text...)
	}
	return textValue(string(append(text, ']')))
}

// branchFailed stops the other branches or iterations and fails the state.
func (x *execution) branchFailed(child *frame, fail *failure) {
	f := child.parent
	f.last = child.last
	if s, ok := f.state.behaviour.(*mapState); ok {
		s.ends(x, child, "Failed", f.last)
	}
	x.abort(child, f.last)
	x.abortBranches(f, f.last)
	x.fail(f, &failure{name: fail.name, cause: fail.cause, heartbeat: fail.heartbeat, branch: true})
}
