package engine

import (
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// failState is a Fail.
type failState struct {
	name, cause *template // nil when absent
}

func (c *compiler) failState(def *asl.Fail) behaviour {
	var s failState
	if def.Error != "" {
		s.name = c.template("Error", def.Error)
	}
	if def.Cause != "" {
		s.cause = c.template("Cause", def.Cause)
	}
	return s
}

func (s failState) begin(x *execution, f *frame) {
	x.view = view{x: x, frame: f}
	name, fail := x.evaluateText(f, s.name)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	cause, fail := x.evaluateText(f, s.cause)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	x.end(f, &failure{name: name, cause: cause})
}

// evaluateText computes a field that must be a string; an absent one is "".
func (x *execution) evaluateText(f *frame, t *template) (string, *failure) {
	if t == nil {
		return "", nil
	}
	v, fail := x.evaluate(f, t)
	if fail != nil {
		return "", fail
	}
	text, ok := v.Native().(string)
	if !ok {
		return "", x.typed(f, t, "string", v)
	}
	return text, nil
}
