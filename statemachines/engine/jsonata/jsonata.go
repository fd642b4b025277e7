// Package jsonata evaluates the JSONata expressions of Amazon States Language: JSONata 2.0.6 without $eval, with the
// functions that Step Functions adds ($partition, $range, $hash, $random, $uuid, $parse).
//
// It wraps a JSONata library, keeps that library's own value types out of the rest of the engine's reach as far as
// they allow (see Value), and turns any panic of it into an error. It knows neither states nor {% %}.
//
// In: source text, variables as values. Out: a value, or an error that says why there is none.
package jsonata

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/recolabs/gnata"
)

// ErrUndefined is the error of an expression that yields nothing.
var ErrUndefined = errors.New("returned nothing (undefined)")

// Expression is a parsed source. It is immutable and may be evaluated by several evaluators at once.
type Expression struct {
	source string
	parsed *gnata.Expression
	reads  []string
	states statesUse
}

// Compile parses a source. It refuses the operators ?: and ??, which came after JSONata 2.0.6.
func Compile(source string) (e *Expression, err error) {
	defer recoverPanic(&err)
	tokens := scan(source)
	if operator := tokens.newerOperator; operator != "" {
		return nil, fmt.Errorf("compile expression: the operator %q is not part of JSONata 2.0.6", operator)
	}
	if tokens.depth > maxNesting {
		return nil, fmt.Errorf("compile expression: nested more than %d deep", maxNesting)
	}
	parsed, err := gnata.Compile(selfSteps(source, tokens.steps))
	if err != nil {
		return nil, fmt.Errorf("compile expression: %w", err)
	}
	return &Expression{source: source, parsed: parsed, reads: tokens.variables, states: tokens.states}, nil
}

// Source is the text that was compiled.
func (e *Expression) Source() string { return e.source }

// Variables supplies the values that an expression may read.
type Variables interface {
	// Variable returns the value of $name; name is never "states".
	Variable(name string) (Value, bool)
	// States returns the member of $states called name: input, result, errorOutput or context.
	States(name string) (Value, bool)
}

// Ambient is what an evaluation reads from the outside: the time of $now and $millis, and a stream of random numbers
// for $uuid and for $random without a seed.
type Ambient struct {
	Now    time.Time
	Random Random
}

// Random is a stream of random numbers; *math/rand/v2.ChaCha8 is one.
type Random interface{ Uint64() uint64 }

// Evaluator evaluates expressions, one at a time. Making one costs more than many evaluations: reuse it.
type Evaluator struct {
	ambient  Ambient
	bind     func(name string, v Value)
	lookup   func(name string) (Value, bool)
	run      func(ctx context.Context, e *gnata.Expression) (any, error)
	builtins map[string]bool
}

// NewEvaluator makes an evaluator.
func NewEvaluator() *Evaluator {
	env := gnata.NewCustomEnv(nil)
	ev := &Evaluator{
		bind:   func(name string, v Value) { env.Bind(name, v) },
		lookup: func(name string) (Value, bool) { return env.Lookup(name) },
		run: func(ctx context.Context, e *gnata.Expression) (any, error) {
			return e.EvalWithCustomFuncs(ctx, nil, env)
		},
		builtins: map[string]bool{},
	}
	ev.installFunctions()
	env.Range(func(name string, _ any) { ev.builtins[name] = true })
	return ev
}

// Evaluate runs an expression. The error is ErrUndefined when the result is undefined; any other error is JSONata's,
// with its code, or says that the result is no JSON value.
func (ev *Evaluator) Evaluate(ctx context.Context, e *Expression, vars Variables, ambient Ambient) (v Value, err error) {
	defer recoverPanic(&err)
	ev.ambient = ambient
	restore := ev.bindAll(e, vars)
	defer restore()
	v, err = ev.run(ctx, e.parsed)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, ErrUndefined
	}
	return v, nil
}

// bindAll binds every name that the expression mentions, and only those: a name without a value is bound to undefined,
// so nothing of an earlier evaluation shows through.
func (ev *Evaluator) bindAll(e *Expression, vars Variables) (restore func()) {
	var hidden map[string]Value
	for _, name := range e.reads {
		v, ok := vars.Variable(name)
		if ev.builtins[name] {
			if !ok {
				continue
			}
			if hidden == nil {
				hidden = map[string]Value{}
			}
			hidden[name], _ = ev.lookup(name)
		}
		ev.bind(name, v)
	}
	if e.states.any {
		ev.bind("states", statesObject(e.states, vars))
	}
	return func() {
		for name, builtin := range hidden {
			ev.bind(name, builtin)
		}
	}
}

func statesObject(use statesUse, vars Variables) Value {
	object := make(map[string]any, 2)
	for _, name := range use.members() {
		if v, ok := vars.States(name); ok {
			object[name] = v
		}
	}
	return object
}

func recoverPanic(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("evaluate expression: %v", r)
	}
}
