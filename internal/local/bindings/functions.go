package bindings

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/local/functions"
)

// Function stands for a Lambda function.
type Function struct {
	// Path is a program that speaks the Lambda runtime API, or a folder: with such a program called bootstrap, with a main
	// package of Go, or, where Runtime is set, with the module of Handler.
	Path string
	// Runtime is empty, or that of a handler in another language: python3.13, nodejs22.x.
	Runtime string
	// Handler is _HANDLER of the function.
	Handler     string
	Environment map[string]string
	// Timeout of one invocation; zero where the file has none.
	Timeout time.Duration
	// Returns says that what the function returns is the result of a job: it does not call PutJobSuccessResult or
	// PutJobFailureResult.
	Returns bool
}

// StateMachine stands for a state machine of Step Functions. Path is its definition, in JSON.
type StateMachine struct{ Path string }

// The ways in which a function may give the result of a job.
const (
	resultJob    = "job"
	resultReturn = "return"
)

// FunctionNamed finds the binding of a function by its name, or by an ARN that ends with it, or with it and a qualifier.
func (b *Bindings) FunctionNamed(name string) (Function, bool) {
	f, ok := b.Functions[FunctionName(name)]
	return f, ok
}

// FunctionName is the name of a function in an ARN or a partial ARN, without a qualifier; any other text is the name.
//
//	arn:aws:lambda:us-east-1:111122223333:function:notify:live   111122223333:function:notify   notify:live
func FunctionName(reference string) string {
	if _, name, ok := strings.Cut(reference, ":function:"); ok {
		reference = name
	}
	name, _, _ := strings.Cut(reference, ":")
	return name
}

// StateMachineNamed finds the binding of a state machine by its ARN, or by the name at the end of it.
func (b *Bindings) StateMachineNamed(arn string) (StateMachine, bool) {
	m, ok := b.StateMachines[arn]
	if !ok {
		m, ok = b.StateMachines[StateMachineName(arn)]
	}
	return m, ok
}

// StateMachineName is the name in the ARN of a state machine; any other text is the name.
func StateMachineName(arn string) string {
	if _, name, ok := strings.Cut(arn, ":stateMachine:"); ok {
		arn = name
	}
	name, _, _ := strings.Cut(arn, ":")
	return name
}

func (r *reader) function(key text, v value) {
	f := Function{Environment: map[string]string{}}
	var path, runtime text
	r.fields(v, "a function", map[string]func(text, value){
		"path":        func(k text, v value) { path = r.path(k, v); f.Path = r.bindings.resolve(path.value) },
		"runtime":     func(k text, v value) { runtime = text{r.scalar(k, v), v.at}; f.Runtime = runtime.value },
		"handler":     func(k text, v value) { f.Handler = r.scalar(k, v) },
		"environment": r.section(func(k text, v value) { f.Environment[k.value] = r.scalar(k, v) }),
		"timeout":     func(k text, v value) { f.Timeout = r.duration(k, v) },
		"result":      func(k text, v value) { f.Returns = r.choice(k, v, []string{resultJob, resultReturn}) == resultReturn },
	})
	switch {
	case path.value == "":
		r.list.Add(missingKeyLike(key, "path", "./"+FunctionName(key.value)))
	case runtime.value != "" && !isRuntime(runtime.value):
		r.list.Add(unknownRuntime(runtime))
	case runtime.value != "" && f.Handler == "":
		r.list.Add(missingKeyLike(key, "handler", "app.handler"))
	case runtime.value == "" || strings.HasPrefix(runtime.value, "provided"):
		if err := functions.Check(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.list.Add(notAProgram(path, err))
		}
	}
	r.bindings.Functions[FunctionName(key.value)] = f
	r.bindings.keys["function "+FunctionName(key.value)] = key.at
}

// isRuntime says whether handlers of a runtime run here. Which release of the language runs them is this machine's.
func isRuntime(name string) bool {
	return strings.HasPrefix(name, "python3") || strings.HasPrefix(name, "nodejs") || strings.HasPrefix(name, "provided")
}

func (r *reader) stateMachine(key text, v value) {
	var m StateMachine
	var path text
	r.fields(v, "a state machine", map[string]func(text, value){
		"path": func(k text, v value) { path = r.path(k, v); m.Path = r.bindings.resolve(path.value) },
	})
	if path.value == "" {
		r.list.Add(missingKeyLike(key, "path", "./machine.asl.json"))
	}
	r.bindings.StateMachines[key.value] = m
	r.bindings.keys["machine "+key.value] = key.at
}

// choice reads a text that is one of a few.
func (r *reader) choice(key text, v value, of []string) string {
	written := r.scalar(key, v)
	for _, one := range of {
		if written == one {
			return one
		}
	}
	if v.kind == scalar {
		r.list.Add(noChoice(key, text{written, v.at}, of))
	}
	return ""
}

// pause reads a time that may be none at all.
func (r *reader) pause(key text, v value) time.Duration {
	written := r.scalar(key, v)
	d, err := time.ParseDuration(written)
	if v.kind == scalar && (err != nil || d < 0) {
		r.list.Add(invalidDelay(text{written, v.at}))
		return 0
	}
	return d
}
