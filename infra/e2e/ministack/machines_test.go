package ministack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// machines runs compiled machines here and on the emulator: the same states are entered, the handlers get the same inputs
// and the end is the same.
func (s *stack) machines(t *testing.T) {
	for _, c := range []struct {
		golden string
		fails  []string // stage/action; "" is an execution in which all goes well
	}{
		{"lone", []string{"", "Source/Checkout"}},
		{"group", []string{"", "Build/Mac", "Build/Package"}},
		{"when", []string{""}},
		{"conditions", []string{""}},
		{"compute", []string{""}},
		{"placeholders", []string{""}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			p, definition := golden(t, c.golden, s.outputs["TaskArn"])
			machine := s.create(t, c.golden, definition)
			for i, fails := range c.fails {
				name := fmt.Sprintf("%s-%d", c.golden, i)
				if diff := cmp.Diff(runHere(t, p, definition, attempt{name, fails}), s.run(t, p, machine, attempt{name, fails})); diff != "" {
					t.Errorf("%s failing (-here +emulator):\n%s", fails, diff)
				}
			}
		})
	}
}

// atOnce runs several executions of one machine at the same time, half of which fail.
func (s *stack) atOnce(t *testing.T) {
	p, definition := golden(t, "group", s.outputs["TaskArn"])
	machine := s.create(t, "at-once", definition)
	all := map[string]*handlers{}
	want := map[string]outcome{}
	for i := range 6 {
		name := fmt.Sprintf("at-once-%d", i)
		fails := []string{"", "Build/Linux"}[i%2]
		want[name] = runHere(t, p, definition, attempt{name, fails})
		all[name] = &handlers{pipeline: p, fails: fails, tokens: answers{s}}
	}
	s.functions.serve(func(payload []byte) any {
		var in events.TaskInput
		if err := json.Unmarshal(payload, &in); err != nil {
			return failure("BadRequest", err.Error())
		}
		return all[nameOf(in.MachineExecution)].answer(t.Context(), payload)
	})
	for name := range all {
		s.start(t, machine, name, string(input(t, p)))
	}
	got := map[string]outcome{}
	for range all {
		ended := s.ended(t)
		got[ended.Name] = s.outcome(t, ended, all[ended.Name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-here +emulator):\n%s", diff)
	}
}

var placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)

// golden reads a golden machine, with every placeholder replaced by the ARN of a function.
func golden(t *testing.T, name, function string) (*pipeline.Pipeline, string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "..", "statemachines", "testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = f.Data
	}
	p, problems := pipeline.Parse("pipeline.yaml", files["pipeline.yaml"])
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	values := map[string]string{}
	for _, match := range placeholder.FindAllStringSubmatch(string(files["machine.asl.json"]), -1) {
		values[match[1]] = function
	}
	definition, err := asl.Substitute(files["machine.asl.json"], values)
	if err != nil {
		t.Fatal(err)
	}
	return p, string(definition)
}

// create creates a machine with the role of the stack's.
func (s *stack) create(t *testing.T, name, definition string) string {
	t.Helper()
	var out struct{ StateMachineArn string }
	s.must(t, "CreateStateMachine", map[string]any{"name": name, "definition": definition, "roleArn": s.outputs["MachineRoleArn"]}, &out)
	return out.StateMachineArn
}

// outcome is what must be the same here and there.
type outcome struct {
	Status   string
	Output   string
	Error    string
	Visited  []string
	Received []string
}

// attempt is an execution's name, and the stage/action that fails in it.
type attempt struct{ name, fails string }

func runHere(t *testing.T, p *pipeline.Pipeline, definition string, a attempt) outcome {
	t.Helper()
	name := a.name
	m, err := asl.Decode([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	h := &handlers{pipeline: p, fails: a.fails}
	clock := engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	here := engine.New(engine.Options{Clock: clock, Tasks: h})
	t.Cleanup(here.Close)
	h.tokens = here
	if err := here.Start(t.Context(), engine.Execution{Name: name, Machine: m, Input: input(t, p)}); err != nil {
		t.Fatal(err)
	}
	for {
		if err := here.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		result, err := here.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			return outcome{string(result.Status), string(result.Output), result.Error, mototest.Visited(here.History(name)), h.all()}
		}
		if !clock.Next() {
			t.Fatal("the execution waits for nothing")
		}
	}
}

// run runs an execution on the emulator.
func (s *stack) run(t *testing.T, p *pipeline.Pipeline, machine string, a attempt) outcome {
	t.Helper()
	h := &handlers{pipeline: p, fails: a.fails, tokens: answers{s}}
	s.functions.serve(func(payload []byte) any { return h.answer(t.Context(), payload) })
	s.start(t, machine, a.name, string(input(t, p)))
	return s.outcome(t, s.ended(t), h)
}

// outcome is that of an execution that has ended.
func (s *stack) outcome(t *testing.T, ended statusChange, h *handlers) outcome {
	t.Helper()
	o := outcome{Status: ended.Status, Error: ended.Error, Visited: s.visited(t, ended.ExecutionArn), Received: h.all()}
	if ended.Output != nil {
		o.Output = *ended.Output
	}
	return o
}

func (s *stack) visited(t *testing.T, arn string) []string {
	t.Helper()
	var history struct {
		Events []struct {
			Type                     string
			StateEnteredEventDetails struct{ Name string }
		}
	}
	s.must(t, "GetExecutionHistory", map[string]any{"executionArn": arn, "maxResults": 1000}, &history)
	var entered []engine.Event
	for _, e := range history.Events {
		event := engine.Event{Type: e.Type}
		if e.StateEnteredEventDetails.Name != "" {
			event.Details = &engine.StateEnteredEventDetails{Name: e.StateEnteredEventDetails.Name}
		}
		entered = append(entered, event)
	}
	return mototest.Visited(entered)
}

func input(t *testing.T, p *pipeline.Pipeline) []byte {
	t.Helper()
	in := events.ExecutionInput{PipelineExecutionID: "pe-1", Variables: map[string]string{}}
	for _, v := range p.Variables {
		in.Variables[v.Name.Value] = v.DefaultValue.Value
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answers sends the answers to task tokens to the emulator.
type answers struct{ *stack }

func (a answers) SendTaskSuccess(ctx context.Context, token string, output []byte) error {
	return a.states(ctx, "SendTaskSuccess", map[string]any{"taskToken": token, "output": string(output)}, nil)
}

func (a answers) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	return a.states(ctx, "SendTaskFailure", map[string]any{"taskToken": token, "error": name, "cause": cause}, nil)
}

// handlers answers for every task handler without doing any work; one action may fail.
type handlers struct {
	pipeline *pipeline.Pipeline
	fails    string // stage/action
	tokens   interface {
		SendTaskSuccess(ctx context.Context, token string, output []byte) error
		SendTaskFailure(ctx context.Context, token, name, cause string) error
	}
	mu       sync.Mutex
	received []string
}

func (h *handlers) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	if err := json.Unmarshal(i.Payload, &in); err != nil {
		return nil, err
	}
	h.keep(in)
	failed := in.Action != nil && in.Stage+"/"+in.Action.Name == h.fails
	switch {
	case failed && in.TaskToken != "":
		return []byte("{}"), h.tokens.SendTaskFailure(ctx, in.TaskToken, "JobFailed", "because")
	case failed:
		return nil, &engine.TaskError{Name: "JobFailed", Cause: "because"}
	}
	answer, err := json.Marshal(h.output(in))
	if err == nil && in.TaskToken != "" {
		return []byte("{}"), h.tokens.SendTaskSuccess(ctx, in.TaskToken, answer)
	}
	return answer, err
}

// answer is what a Lambda function answers.
func (h *handlers) answer(ctx context.Context, payload []byte) any {
	answer, err := h.Invoke(ctx, engine.Invocation{Payload: payload})
	if named := (*engine.TaskError)(nil); errors.As(err, &named) {
		return failure(named.Name, named.Cause)
	}
	if err != nil {
		return failure("HandlerFailed", err.Error())
	}
	return json.RawMessage(answer)
}

// output has every output of an action.
func (h *handlers) output(in events.TaskInput) events.TaskOutput {
	out := events.TaskOutput{OutputArtifacts: map[string]events.ArtifactReference{}, OutputVariables: map[string]string{}}
	if in.Action == nil {
		return out
	}
	id := in.Stage + "/" + in.Action.Name
	for _, name := range in.Action.OutputVariables {
		out.OutputVariables[name] = id + "." + name
	}
	for _, s := range h.pipeline.Stages {
		for _, a := range s.Actions {
			for _, o := range a.OutputArtifacts {
				if s.Name.Value+"/"+a.Name.Value == id {
					out.OutputArtifacts[o.Name.Value] = events.ArtifactReference{Name: o.Name.Value, ActionExecutionID: id}
				}
			}
		}
	}
	return out
}

// nameOf is the name at the end of the ARN of an execution.
func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// keep keeps an input. Tokens differ, and so does where the machine is; Lambda gives the cause of a function's error as JSON.
func (h *handlers) keep(in events.TaskInput) {
	in.TaskToken = ""
	if strings.HasPrefix(in.MachineExecution, "arn:aws:states:") {
		in.MachineExecution = nameOf(in.MachineExecution)
	}
	for i, f := range in.Failures {
		var thrown struct{ ErrorMessage string }
		if json.Unmarshal([]byte(f.Cause), &thrown) == nil {
			in.Failures[i].Cause = thrown.ErrorMessage
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		text = []byte(err.Error())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, string(text))
}

// all are the inputs, in the order of their texts: branches interleave.
func (h *handlers) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(h.received))
}
