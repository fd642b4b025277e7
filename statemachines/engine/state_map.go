package engine

import (
	"math"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// maxIterations is how many iterations Step Functions runs at once in an inline Map, whatever MaxConcurrency says.
const maxIterations = 40

// mapState is a Map in mode INLINE. Its tolerated failures are evaluated and checked, and tolerate none: Step Functions
// counts failures in distributed mode only.
type mapState struct {
	items       *template // nil for the state's input
	selector    *template // nil for the item
	processor   *branch
	concurrency *template
	tolerated   *template
	percentage  *template
}

// iterations is what a running Map has beside its branches.
type iterations struct {
	items       []any
	begun       int
	concurrency int
}

func (c *compiler) mapState(def *asl.Map) behaviour {
	s := &mapState{
		items:       c.optional("Items", def.Items),
		selector:    c.optional("ItemSelector", def.ItemSelector),
		concurrency: c.optional("MaxConcurrency", def.MaxConcurrency),
		tolerated:   c.optional("ToleratedFailureCount", def.ToleratedFailureCount),
		percentage:  c.optional("ToleratedFailurePercentage", def.ToleratedFailurePercentage),
	}
	at := c.at
	s.processor = c.branch(def.ItemProcessor.StartAt, def.ItemProcessor.States)
	c.at = at
	return s
}

func (s *mapState) begin(x *execution, f *frame) {
	x.view = view{x: x, frame: f}
	items, fail := s.list(x, f)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	concurrency, fail := s.limits(x, f)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	n := len(items)
	started := x.emit(f, "MapStateStarted", &MapStateStartedEventDetails{Length: int64(n)})
	f.branches = &branches{
		frames: make([]*frame, n), outputs: make([]*value, n), running: n,
		iterations: &iterations{items: items, concurrency: concurrency},
	}
	if n == 0 {
		s.succeeded(x, f)
		return
	}
	for f.branches != nil && f.branches.begun < min(n, concurrency) {
		s.iterate(x, f, started)
	}
}

// list computes the items.
func (s *mapState) list(x *execution, f *frame) ([]any, *failure) {
	if s.items == nil {
		items, ok := f.input.Native().([]any)
		if !ok {
			return nil, &failure{
				name: ErrorQueryEvaluation, cause: causeInState(f, causeMapInput(f.input.text)), evaluation: true,
			}
		}
		return items, nil
	}
	v, fail := x.evaluate(f, s.items)
	if fail != nil {
		return nil, fail
	}
	items, ok := v.Native().([]any)
	if !ok {
		return nil, x.typed(f, s.items, "array", v)
	}
	return items, nil
}

// limits computes how many iterations may run at once, and checks the tolerated failures.
func (s *mapState) limits(x *execution, f *frame) (concurrency int, fail *failure) {
	n, fail := x.evaluateBounded(f, s.concurrency, math.MaxInt32)
	if fail == nil {
		_, fail = x.evaluateBounded(f, s.tolerated, math.MaxInt32)
	}
	if fail == nil {
		_, fail = x.evaluateBounded(f, s.percentage, 100)
	}
	if n == 0 {
		n = maxIterations
	}
	return int(min(n, maxIterations)), fail
}

// evaluateBounded computes a number from 0 to most, whole unless it is a percentage; an absent field is 0.
func (x *execution) evaluateBounded(f *frame, t *template, most float64) (float64, *failure) {
	if t == nil {
		return 0, nil
	}
	v, fail := x.evaluate(f, t)
	if fail != nil {
		return 0, fail
	}
	n, ok := jsonata.Number(v.Native())
	if !ok || n < 0 || n > most || n != math.Trunc(n) && most != 100 {
		return 0, x.typed(f, t, "number", v)
	}
	return n, nil
}

// iterate starts the next iteration; the event follows another one, which Step Functions lets be the last of the
// iteration that made room.
func (s *mapState) iterate(x *execution, f *frame, after int64) {
	i := f.branches.begun
	f.branches.begun++
	child := &frame{parent: f, index: i, scope: &scope{outer: f.scope}, item: f.branches.items[i], iterates: true}
	child.last = x.emitAfter(after, "MapIterationStarted", s.event(child, "Started"))
	f.branches.frames[i] = child
	input, fail := s.input(x, f, child)
	if fail != nil {
		f.last, f.entered = child.last, 0 // not the event before the state: an iteration has begun since
		x.emitEvaluationFailed(f, fail)
		child.last = f.last
		x.branchFailed(child, &failure{name: fail.name, cause: fail.cause})
		return
	}
	x.enter(child, s.processor.start, input)
}

// input computes what an iteration begins with. The selector reads the scopes of the Map state, and the item.
func (s *mapState) input(x *execution, f, child *frame) (*value, *failure) {
	if s.selector == nil {
		return itemValue(child.item), nil
	}
	x.view = view{x: x, frame: f, iteration: child}
	return x.evaluate(f, s.selector)
}

// itemValue is an item as a value. It comes out of a list that was encoded, so it encodes too.
func itemValue(item any) *value {
	v, err := newValue(item)
	if err != nil {
		panic("engine: an item of an accepted list cannot be encoded: " + err.Error())
	}
	return v
}

func (s *mapState) event(child *frame, suffix string) Details {
	return &MapIterationEventDetails{
		Name: child.parent.state.name, Index: int64(child.index), member: "mapIteration" + suffix + "EventDetails",
	}
}

// done takes the end of an iteration, and starts the next one.
func (s *mapState) done(x *execution, child *frame) {
	f := child.parent
	before := child.last
	f.last = x.emitAfter(before, "MapIterationSucceeded", s.event(child, "Succeeded"))
	f.branches.frames[child.index] = nil
	switch {
	case f.branches.running == 0:
		s.succeeded(x, f)
	case f.branches.begun < len(f.branches.items):
		s.iterate(x, f, before)
	}
}

func (s *mapState) succeeded(x *execution, f *frame) { x.branchesSucceeded(f, "MapStateSucceeded") }

// ends writes how an iteration ended without success; the event follows another one.
func (s *mapState) ends(x *execution, child *frame, how string, after int64) {
	x.emitAfter(after, "MapIteration"+how, s.event(child, how))
}
