package statemachines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// wordless, among the errors of handlers, is the answer to a task token without error and cause.
const wordless = "wordless"

// handlers answers the Task states of a compiled machine as internal/task would, without doing any work. It decodes
// every payload strictly and is safe for concurrent use.
type handlers struct {
	engine   *engine.Engine
	tokens   tokens              // of the engine that calls
	errors   map[string][]string // errors to answer with, one a call; the key is stage/action, or Enter: stage
	silent   map[string]bool     // actions that set none of their output variables
	answers  map[string]string   // JSON text that stage/action answers instead of an output
	pipeline *pipeline.Pipeline
	judges   bool // rules and conditions are evaluated; otherwise they hold
	late     bool // task tokens are answered after the calls have returned, as by a build that takes time
	mu       sync.Mutex
	received []events.TaskInput
	made     map[string]events.ArtifactReference // artifacts by name: the records of actions that succeeded
	set      map[string]string                   // namespaces whose variables are set, and by which stage/action
	answered []func() error                      // answers to task tokens that are late
}

// tokens takes the answers to task tokens.
type tokens interface {
	SendTaskSuccess(ctx context.Context, token string, output []byte) error
	SendTaskFailure(ctx context.Context, token, name, cause string) error
}

func (h *handlers) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	decoder := json.NewDecoder(bytes.NewReader(i.Payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("decode the payload of %s: %w", i.State, err)
	}
	if in.MachineExecution != i.ExecutionARN || in.PipelineExecutionID != "pe-1" || in.TaskToken != i.Token {
		return nil, fmt.Errorf("payload of %s is not of this execution: %s", i.State, i.Payload)
	}
	switch name := h.record(i, in); {
	case name == wordless:
		return h.send(func() error { return h.tokens.SendTaskFailure(ctx, in.TaskToken, "", "") })
	case name != "":
		if in.TaskToken != "" {
			return h.send(func() error { return h.tokens.SendTaskFailure(ctx, in.TaskToken, name, "because") })
		}
		return nil, &engine.TaskError{Name: name, Cause: "because"}
	}
	answer, err := h.answer(in)
	if err == nil && in.TaskToken != "" {
		return h.send(func() error { return h.tokens.SendTaskSuccess(ctx, in.TaskToken, answer) })
	}
	return answer, err
}

// send answers a task token, now or late, and returns what the call itself returns.
func (h *handlers) send(answer func() error) ([]byte, error) {
	if !h.late {
		return []byte("{}"), answer()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answered = append(h.answered, answer)
	return []byte("{}"), nil
}

// sendLate sends the answers that are late, and says whether there were any.
func (h *handlers) sendLate(t testing.TB) bool {
	t.Helper()
	h.mu.Lock()
	answers := h.answered
	h.answered = nil
	h.mu.Unlock()
	for _, answer := range answers {
		if err := answer(); err != nil {
			t.Fatal(err)
		}
	}
	return len(answers) > 0
}

// record keeps the input and takes the error that is next for it.
func (h *handlers) record(i engine.Invocation, in events.TaskInput) (errorName string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, in)
	key := i.State
	switch {
	case in.Action != nil:
		key = in.Stage + "/" + in.Action.Name
	case in.When != nil:
		key = in.Stage + "/" + in.When.Action + " when"
	case in.Rule != nil:
		key = in.Stage + " " + in.Rule.Condition + "/" + in.Rule.Name
	}
	if len(h.errors[key]) == 0 {
		return ""
	}
	errorName, h.errors[key] = h.errors[key][0], h.errors[key][1:]
	return errorName
}

func (h *handlers) answer(in events.TaskInput) ([]byte, error) {
	if in.Action != nil {
		if text, ok := h.answers[in.Stage+"/"+in.Action.Name]; ok {
			return []byte(text), nil
		}
	}
	switch {
	case in.Reads != nil:
		return json.Marshal(h.resume(*in.Reads))
	case h.judges && in.Rule != nil:
		c := in.Rule.Configuration
		return check(events.VariableCheck{Variable: c["Variable"], Operator: c["Operator"], Value: c["Value"]})
	case h.judges && in.When != nil:
		return check(in.When.Checks...)
	case in.Action != nil:
		return json.Marshal(h.output(in))
	default:
		return []byte("{}"), nil
	}
}

// check answers whether all checks hold.
func check(checks ...events.VariableCheck) ([]byte, error) {
	for _, c := range checks {
		holds, err := pipeline.Holds(c.Operator, c.Variable, c.Value)
		if err != nil {
			return nil, err
		}
		if !holds {
			return nil, &engine.TaskError{Name: events.ErrorRuleFailed, Cause: "because"}
		}
	}
	return []byte("{}"), nil
}

// output answers exactly the output variables that were asked for. Maps stay nil, and so null, where they are empty.
func (h *handlers) output(in events.TaskInput) events.TaskOutput {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out events.TaskOutput
	id := in.Stage + "/" + in.Action.Name
	a := actionOf(h.pipeline, in.Stage, in.Action.Name)
	for _, o := range a.OutputArtifacts {
		if out.OutputArtifacts == nil {
			out.OutputArtifacts = map[string]events.ArtifactReference{}
		}
		name := o.Name.Value
		out.OutputArtifacts[name] = events.ArtifactReference{Name: name, ActionExecutionID: id, SHA256: "sha256 of " + name}
	}
	maps.Copy(h.made, out.OutputArtifacts)
	if h.silent[id] {
		return out
	}
	h.set[a.Namespace.Value] = id
	for _, key := range in.Action.OutputVariables {
		if out.OutputVariables == nil {
			out.OutputVariables = map[string]string{}
		}
		out.OutputVariables[key] = id + "." + key
	}
	return out
}

// haveMadeAll has every action succeed before the execution begins.
func (h *handlers) haveMadeAll() {
	for i := range h.pipeline.Stages {
		s := &h.pipeline.Stages[i]
		for _, a := range s.Actions {
			h.output(events.TaskInput{Stage: s.Name.Value, Action: &events.TaskAction{Name: a.Name.Value}})
		}
	}
}

// resume answers from what the actions that succeeded have made.
func (h *handlers) resume(reads events.TaskReads) events.ResumeOutput {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := events.ResumeOutput{OutputArtifacts: map[string]events.ArtifactReference{}, Namespaces: map[string]map[string]string{}}
	for _, name := range reads.Artifacts {
		if made, ok := h.made[name]; ok {
			out.OutputArtifacts[name] = made
		}
	}
	for _, n := range reads.Namespaces {
		out.Namespaces[n.Namespace] = map[string]string{}
		for _, key := range n.Variables {
			if id, ok := h.set[n.Namespace]; ok {
				out.Namespaces[n.Namespace][key] = id + "." + key
			}
		}
	}
	return out
}

func actionOf(p *pipeline.Pipeline, stage, name string) *pipeline.Action {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if p.Stages[i].Name.Value == stage && p.Stages[i].Actions[j].Name.Value == name {
				return &p.Stages[i].Actions[j]
			}
		}
	}
	return &pipeline.Action{}
}

// run is one execution that is over.
type run struct {
	result   engine.Result
	visited  []string // state names in the order entered, the branches of a group sorted
	received []events.TaskInput
	events   int // of its history
}

// execute runs a pipeline's machine to its end, in virtual time.
func execute(t testing.TB, p *pipeline.Pipeline, h *handlers) run {
	t.Helper()
	return executeMachine(t, p, deployed(t, p), h)
}

// executeMachine runs a machine of a pipeline that is ready for the engine.
func executeMachine(t testing.TB, p *pipeline.Pipeline, m *asl.StateMachine, h *handlers) run {
	t.Helper()
	return executeAll(t, p, m, h)[0]
}

// turns are the handlers of several executions, one after another.
type turns struct{ *handlers }

// stand is an engine in virtual time, and the handlers whose turn it is.
type stand struct {
	turns  *turns
	clock  *engine.VirtualClock
	engine *engine.Engine
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s := &stand{turns: &turns{}, clock: engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))}
	s.engine = engine.New(engine.Options{Clock: s.clock, Tasks: s.turns})
	t.Cleanup(s.engine.Close)
	return s
}

// begin makes it the turn of handlers.
func (s *stand) begin(p *pipeline.Pipeline, h *handlers) {
	s.turns.handlers = h
	h.begin(p, s.engine)
}

// begin has the handlers answer for a pipeline on an engine, with nothing made yet.
func (h *handlers) begin(p *pipeline.Pipeline, e *engine.Engine) {
	h.engine, h.tokens, h.pipeline = e, e, p
	h.made, h.set = map[string]events.ArtifactReference{}, map[string]string{}
}

// run runs one machine; resume names the stage at which it begins, empty for the first.
func (s *stand) run(t testing.TB, name string, m *asl.StateMachine, resume string) run {
	t.Helper()
	input := inputOf(t, s.turns.pipeline, resume)
	if err := s.engine.Start(t.Context(), engine.Execution{Name: name, Machine: m, Input: input}); err != nil {
		t.Fatal(err)
	}
	return finish(t, s.clock, s.turns.handlers, name)
}

// executeAll runs a machine once with each of several handlers, on one engine, which prepares the machine once.
func executeAll(t testing.TB, p *pipeline.Pipeline, m *asl.StateMachine, all ...*handlers) []run {
	t.Helper()
	s := newStand(t)
	runs := make([]run, 0, len(all))
	for i, h := range all {
		s.begin(p, h)
		runs = append(runs, s.run(t, fmt.Sprintf("run-%d", i), m, ""))
	}
	return runs
}

// executeParts runs the machines of a pipeline one after another, as long as each says that the next one goes on.
func executeParts(t testing.TB, p *pipeline.Pipeline, parts []statemachines.Part, h *handlers) (runs []run) {
	t.Helper()
	s := newStand(t)
	s.begin(p, h)
	for i, part := range parts {
		resume := ""
		if i > 0 {
			resume = part.Stages[0]
		}
		r := s.run(t, fmt.Sprintf("run.%d", i+1), substituted(t, part.Machine), resume)
		runs = append(runs, r)
		if string(r.result.Output) != `{"status":"Continued"}` {
			break
		}
	}
	return runs
}

// finish lets time pass until an execution is over.
func finish(t testing.TB, clock *engine.VirtualClock, h *handlers, name string) run {
	t.Helper()
	for {
		if err := h.engine.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h.sendLate(t) {
			continue
		}
		result, err := h.engine.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			history := h.engine.History(name)
			return run{result: result, visited: mototest.Visited(history), received: h.received, events: len(history)}
		}
		if !clock.Next() {
			t.Fatal("the execution waits for nothing")
		}
	}
}

// Placeholders of a machine: those of functions, and all.
var (
	functionPlaceholder = regexp.MustCompile(`"FunctionName": "\$\{([^}]+)\}"`)
	anyPlaceholder      = regexp.MustCompile(`\$\{([^}]+)\}`)
)

// deployed is a pipeline's machine with its placeholders filled in.
func deployed(t testing.TB, p *pipeline.Pipeline) *asl.StateMachine {
	t.Helper()
	if p.Template == nil {
		return substituted(t, compile(t, p))
	}
	return fill(t, compile(t, p), anyPlaceholder)
}

// substituted fills the placeholders of functions as a deployment does. A text of the user's that looked like one would
// be an error.
func substituted(t testing.TB, m *asl.StateMachine) *asl.StateMachine {
	t.Helper()
	return fill(t, m, functionPlaceholder)
}

// fill replaces each of some placeholders by its name.
func fill(t testing.TB, m *asl.StateMachine, which *regexp.Regexp) *asl.StateMachine {
	t.Helper()
	encoded := encode(t, m)
	names := map[string]string{}
	for _, match := range which.FindAllStringSubmatch(encoded, -1) {
		names[match[1]] = match[1]
	}
	text, err := asl.Substitute([]byte(encoded), names)
	if err != nil {
		t.Fatal(err)
	}
	out, err := asl.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// inputOf is the input of an execution that is started without variables; resume names the stage at which it begins,
// empty for the first.
func inputOf(t testing.TB, p *pipeline.Pipeline, resume string) []byte {
	t.Helper()
	in := events.ExecutionInput{PipelineExecutionID: "pe-1", Variables: variablesOf(p)}
	if resume != "" {
		in.Resume = &events.Resume{Stage: resume}
	}
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return input
}

func variablesOf(p *pipeline.Pipeline) map[string]string {
	variables := map[string]string{}
	for _, v := range p.Variables {
		variables[v.Name.Value] = v.DefaultValue.Value
	}
	return variables
}
