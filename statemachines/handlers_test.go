package statemachines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// wordless, among the errors of handlers, is the answer to a task token without error and cause.
const wordless = "wordless"

// handlers answers the Task states of a compiled machine as internal/task would, without doing any work. It decodes
// every payload strictly and is safe for concurrent use.
type handlers struct {
	engine   *engine.Engine
	errors   map[string][]string // errors to answer with, one a call; the key is stage/action, or Enter: stage
	silent   map[string]bool     // actions that set none of their output variables
	answers  map[string]string   // JSON text that stage/action answers instead of an output
	outputs  map[string][]string // output artifacts of stage/action
	late     bool                // task tokens are answered after the calls have returned, as by a build that takes time
	mu       sync.Mutex
	received []events.TaskInput
	answered []func() error // answers to task tokens that are late
}

func (h *handlers) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	decoder := json.NewDecoder(bytes.NewReader(i.Payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("decode the payload of %s: %w", i.State, err)
	}
	if in.MachineExecution != i.Execution || in.PipelineExecutionID != "pe-1" || in.TaskToken != i.Token {
		return nil, fmt.Errorf("payload of %s is not of this execution: %s", i.State, i.Payload)
	}
	switch name := h.record(i, in); {
	case name == wordless:
		return h.send(func() error { return h.engine.SendTaskFailure(ctx, in.TaskToken, "", "") })
	case name != "":
		if in.TaskToken != "" {
			return h.send(func() error { return h.engine.SendTaskFailure(ctx, in.TaskToken, name, "because") })
		}
		return nil, &engine.TaskError{Name: name, Cause: "because"}
	}
	answer, err := h.answer(in)
	if err == nil && in.TaskToken != "" {
		return h.send(func() error { return h.engine.SendTaskSuccess(ctx, in.TaskToken, answer) })
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
	if in.Action != nil {
		key = in.Stage + "/" + in.Action.Name
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
	return json.Marshal(h.output(in))
}

// output answers exactly the output variables that were asked for. Maps stay nil, and so null, where they are empty.
func (h *handlers) output(in events.TaskInput) events.TaskOutput {
	var out events.TaskOutput
	if in.Action == nil {
		return out
	}
	id := in.Stage + "/" + in.Action.Name
	for _, name := range h.outputs[id] {
		if out.OutputArtifacts == nil {
			out.OutputArtifacts = map[string]events.ArtifactReference{}
		}
		out.OutputArtifacts[name] = events.ArtifactReference{Name: name, ActionExecutionID: id, SHA256: "sha256 of " + name}
	}
	for _, key := range in.Action.OutputVariables {
		if h.silent[id] {
			break
		}
		if out.OutputVariables == nil {
			out.OutputVariables = map[string]string{}
		}
		out.OutputVariables[key] = id + "." + key
	}
	return out
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
	return executeMachine(t, p, substituted(t, compile(t, p)), h)
}

// executeMachine runs a machine of a pipeline that is ready for the engine.
func executeMachine(t testing.TB, p *pipeline.Pipeline, m *asl.StateMachine, h *handlers) run {
	t.Helper()
	return executeAll(t, p, m, h)[0]
}

// turns are the handlers of several executions, one after another.
type turns struct{ *handlers }

// executeAll runs a machine once with each of several handlers, on one engine, which prepares the machine once.
func executeAll(t testing.TB, p *pipeline.Pipeline, m *asl.StateMachine, all ...*handlers) []run {
	t.Helper()
	var now turns
	clock := engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	e := engine.New(engine.Options{Clock: clock, Tasks: &now})
	defer e.Close()
	input, err := json.Marshal(events.ExecutionInput{PipelineExecutionID: "pe-1", Variables: variablesOf(p)})
	if err != nil {
		t.Fatal(err)
	}
	runs := make([]run, 0, len(all))
	for i, h := range all {
		now.handlers, h.engine, h.outputs = h, e, outputsOf(p)
		name := fmt.Sprintf("run-%d", i)
		if err := e.Start(t.Context(), engine.Execution{Name: name, Machine: m, Input: input}); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, finish(t, clock, h, name))
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
			return run{result: result, visited: visited(history), received: h.received, events: len(history)}
		}
		if !clock.Next() {
			t.Fatal("the execution waits for nothing")
		}
	}
}

// substituted fills the placeholders as a deployment does. A text of the user's that looked like one would be an error.
func substituted(t testing.TB, m *asl.StateMachine) *asl.StateMachine {
	t.Helper()
	names := map[string]string{}
	for _, name := range []string{
		events.GateStageFunction, events.FetchSourceFunction, events.StartBuildFunction, events.DeployFunction,
		events.RequestApprovalFunction, events.InvokeFunction, events.FailStageFunction, events.FinishExecutionFunction,
	} {
		names[name] = name
	}
	text, err := asl.Substitute([]byte(encode(t, m)), names)
	if err != nil {
		t.Fatal(err)
	}
	out, err := asl.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func variablesOf(p *pipeline.Pipeline) map[string]string {
	variables := map[string]string{}
	for _, v := range p.Variables {
		variables[v.Name.Value] = v.DefaultValue.Value
	}
	return variables
}

func outputsOf(p *pipeline.Pipeline) map[string][]string {
	outputs := map[string][]string{}
	for i := range p.Stages {
		for _, a := range p.Stages[i].Actions {
			id := p.Stages[i].Name.Value + "/" + a.Name.Value
			for _, o := range a.OutputArtifacts {
				outputs[id] = append(outputs[id], o.Name.Value)
			}
		}
	}
	return outputs
}

func visited(history []engine.Event) []string {
	var names []string
	group := -1 // where the branches of the group begin
	for _, event := range history {
		entered, ok := event.Details.(*engine.StateEnteredEventDetails)
		if !ok {
			continue
		}
		switch event.Type {
		case "ParallelStateEntered":
			group = len(names) + 1
		case "ChoiceStateEntered":
			slices.Sort(names[group:])
		}
		names = append(names, entered.Name)
	}
	return names
}
