package engine

import (
	"fmt"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// program is a machine made ready to run: states linked, expressions parsed. It is immutable and shared by executions.
type program struct {
	definition []byte
	timeout    int // seconds; 0 means none
	top        *branch
}

// branch is the machine's own states, those of one branch of a Parallel, or those of a Map's iterations.
type branch struct {
	start *state
}

// state is one state, linked to those that may follow. Its behaviour is what differs by type.
type state struct {
	name        string
	typ         string
	enteredType string
	exitedType  string
	behaviour   behaviour
	next        *state // nil when the state ends its branch
	assign      []assignment
	output      *template // nil for the default
	retry       []asl.Retrier
	catch       []catcher
}

// behaviour is what a type of state does once it is entered. It calls exit, fail or finish now, or leaves the frame
// waiting for an entry.
type behaviour interface {
	begin(x *execution, f *frame)
}

// assignment is one variable of an Assign.
type assignment struct {
	name  string
	value *template
}

// catcher is one member of Catch, ready to run.
type catcher struct {
	errors []string
	next   *state
	assign []assignment
	output *template
}

// compile makes a machine ready to run. Problems of its structure and expressions that do not parse are errors.
func compile(m *asl.StateMachine) (*program, error) {
	if problems := m.Validate(); len(problems) > 0 {
		return nil, &Error{Code: InvalidDefinition, Message: "the state machine is not valid", Err: problems}
	}
	definition, err := m.Encode()
	if err != nil {
		return nil, &Error{Code: InvalidDefinition, Message: "the state machine cannot be encoded", Err: err}
	}
	var c compiler
	top := c.branch(m.StartAt, m.States)
	if len(c.problems) > 0 {
		return nil, &Error{Code: InvalidDefinition, Message: "the state machine is not valid", Err: c.problems}
	}
	return &program{definition: definition, timeout: m.TimeoutSeconds, top: top}, nil
}

// compiler collects the problems of expressions while it links states.
type compiler struct {
	problems asl.Problems
	at       string // the state, for problems
}

func (c *compiler) branch(startAt string, states asl.States) *branch {
	index := make(map[string]*state, len(states))
	for _, named := range states {
		typ := named.State.Type()
		index[named.Name] = &state{name: named.Name, typ: typ, enteredType: typ + "StateEntered", exitedType: typ + "StateExited"}
	}
	for _, named := range states {
		c.at = named.Name
		c.state(index[named.Name], named.State, index)
	}
	return &branch{start: index[startAt]}
}

func (c *compiler) state(s *state, def asl.State, index map[string]*state) {
	switch def := def.(type) {
	case *asl.Task:
		s.next = index[def.Next]
		s.retry, s.catch = def.Retry, c.catchers(def.Catch, index)
		c.leaves(s, def.Data)
		s.behaviour = c.task(def)
	case *asl.Parallel:
		s.next = index[def.Next]
		s.retry, s.catch = def.Retry, c.catchers(def.Catch, index)
		c.leaves(s, def.Data)
		s.behaviour = c.parallel(def)
	case *asl.Map:
		s.next = index[def.Next]
		s.retry, s.catch = def.Retry, c.catchers(def.Catch, index)
		c.leaves(s, def.Data)
		s.behaviour = c.mapState(def)
	case *asl.Choice:
		s.behaviour = c.choice(def, index)
	case *asl.Pass:
		s.next = index[def.Next]
		c.leaves(s, def.Data)
		s.behaviour = passState{}
	case *asl.Wait:
		s.next = index[def.Next]
		c.leaves(s, def.Data)
		s.behaviour = c.wait(def)
	case *asl.Succeed:
		s.output = c.optional("Output", def.Output)
		s.behaviour = passState{}
	case *asl.Fail:
		s.behaviour = c.failState(def)
	}
}

func (c *compiler) leaves(s *state, d asl.Data) {
	s.assign = c.assignments(d.Assign)
	s.output = c.optional("Output", d.Output)
}

func (c *compiler) assignments(object asl.Object) []assignment {
	list := make([]assignment, 0, len(object))
	for _, m := range object {
		list = append(list, assignment{name: m.Name, value: c.template("Assign/"+m.Name, m.Value)})
	}
	return list
}

func (c *compiler) catchers(defs []asl.Catcher, index map[string]*state) []catcher {
	var list []catcher
	for _, def := range defs {
		list = append(list, catcher{
			errors: def.ErrorEquals, next: index[def.Next],
			assign: c.assignments(def.Assign), output: c.optional("Output", def.Output),
		})
	}
	return list
}

func (c *compiler) problem(field string, err error) {
	c.problems = append(c.problems, asl.Problem{Path: fmt.Sprintf("%s.%s", c.at, field), Message: err.Error()})
}
