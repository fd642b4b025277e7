package engine

import (
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// maxVariables is Step Functions' limit on all variables of an execution together, in bytes.
const maxVariables = 10 * 1024 * 1024

// maxPayload is Step Functions' limit on an input, an output, a result, a variable and all variables of one Assign
// together, in bytes.
const maxPayload = 256 * 1024

// value is a JSON value that is made once and read often: as text by history and tasks, as an evaluator's value by
// expressions. Each form is made when first asked for. A value is immutable otherwise.
type value struct {
	text   string
	native jsonata.Value
}

func textValue(text string) *value { return &value{text: text} }

// newValue takes a result of an evaluation. It encodes it, which finds what JSON cannot say.
func newValue(native jsonata.Value) (*value, error) {
	text, err := jsonata.Encode(nil, native)
	if err != nil {
		return nil, err
	}
	return &value{text: string(text), native: native}, nil
}

// Native returns the value for an evaluator. The text was checked when it came in, so it decodes.
func (v *value) Native() jsonata.Value {
	if v.native == nil {
		native, err := jsonata.Decode([]byte(v.text))
		if err != nil {
			panic("engine: a value that was accepted is not JSON: " + err.Error())
		}
		v.native = native
	}
	return v.native
}

// scope holds the variables of the machine or of one branch.
type scope struct {
	outer     *scope
	variables map[string]*value
	bytes     int // of the variables' values
}

func (s *scope) lookup(name string) (*value, bool) {
	for ; s != nil; s = s.outer {
		if v, ok := s.variables[name]; ok {
			return v, true
		}
	}
	return nil, false
}

func (s *scope) set(name string, v *value) {
	if s.variables == nil {
		s.variables = map[string]*value{}
	}
	s.bytes += len(v.text) - s.size(name)
	s.variables[name] = v
}

// size is the size of a variable of this scope; 0 for one that is not set.
func (s *scope) size(name string) int {
	if v, ok := s.variables[name]; ok {
		return len(v.text)
	}
	return 0
}
