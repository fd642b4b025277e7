package engine

import (
	"fmt"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// choiceState is a Choice. Its default's Assign and Output are its own.
type choiceState struct {
	rules        []rule
	defaultRule  rule // its condition is nil
	defaultIsSet bool
}

type rule struct {
	condition *template
	next      *state
	assign    []assignment
	output    *template
}

func (c *compiler) choice(def *asl.Choice, index map[string]*state) behaviour {
	s := choiceState{defaultIsSet: def.Default != ""}
	for i := range def.Choices {
		r := &def.Choices[i]
		s.rules = append(s.rules, rule{
			condition: c.template(fmt.Sprintf("Choices[%d]/Condition", i), r.Condition),
			next:      index[r.Next], assign: c.assignments(r.Assign), output: c.optional("Output", r.Output),
		})
	}
	s.defaultRule = rule{next: index[def.Default], assign: c.assignments(def.Assign), output: c.optional("Output", def.Output)}
	return &s
}

func (s *choiceState) begin(x *execution, f *frame) {
	x.view = view{x: x, frame: f}
	taken, fail := s.choose(x, f)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	x.leave(f, taken.assign, taken.output, departure{next: taken.next, output: f.input})
}

// choose finds the first rule whose condition holds.
func (s *choiceState) choose(x *execution, f *frame) (*rule, *failure) {
	for i := range s.rules {
		holds, fail := x.holds(f, s.rules[i].condition)
		if fail != nil {
			return nil, fail
		}
		if holds {
			return &s.rules[i], nil
		}
	}
	if !s.defaultIsSet {
		return nil, &failure{name: ErrorNoChoiceMatched, cause: causeInState(f, causeNoChoice())}
	}
	return &s.defaultRule, nil
}

// holds computes a condition, which must be a boolean.
func (x *execution) holds(f *frame, t *template) (bool, *failure) {
	native, fail := x.evaluateNative(f, t)
	if fail != nil {
		return false, fail
	}
	if b, ok := native.(bool); ok {
		return b, nil
	}
	v, err := newValue(native)
	if err != nil {
		return false, x.queryFailure(f, t, encodingFault(err))
	}
	return false, x.typed(f, t, "boolean", v)
}
