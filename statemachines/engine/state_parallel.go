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

// branchDone takes the output of a branch; the last one completes the Parallel. Step Functions lets both of the
// Parallel's events follow that branch's last event.
func (x *execution) branchDone(child *frame, output *value) {
	f := child.parent
	f.branches.outputs[child.index] = output
	f.branches.running--
	if f.branches.running > 0 {
		return
	}
	result := joined(f.branches.outputs)
	f.branches = nil
	f.last = child.last
	if len(result.text) > maxPayload {
		x.parallelFailed(f, &failure{name: ErrorDataLimitExceeded, cause: causeDataLimit(f.state.name)})
		return
	}
	x.emitAfter(f.last, "ParallelStateSucceeded", nil)
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

// branchFailed stops the other branches and fails the Parallel.
func (x *execution) branchFailed(child *frame, fail *failure) {
	f := child.parent
	f.last = child.last
	x.abort(child)
	for _, sibling := range f.branches.frames {
		if !sibling.gone {
			x.abort(sibling)
		}
	}
	f.branches = nil
	x.parallelFailed(f, fail)
}

func (x *execution) parallelFailed(f *frame, fail *failure) {
	x.emit(f, "ParallelStateFailed", nil)
	x.fail(f, &failure{name: fail.name, cause: fail.cause, heartbeat: fail.heartbeat})
}
