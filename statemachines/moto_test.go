package statemachines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// motoTimeout is when moto is given up: an execution takes a second.
const motoTimeout = 3 * time.Minute

// fewest is how many pipelines of the corpus both engines run at least.
const fewest = 30

// TestMoto has moto, an interpreter that is not ours, read the machine of every good pipeline of the corpus, and run
// those of one pipeline of each kind: it must visit the same states, call the handlers with the same inputs and come to
// the same end as our engine, when all goes well, when any one action or rule fails, and when it is resumed.
func TestMoto(t *testing.T) {
	public, _ := corpusDefinitions(t)
	moto := mototest.Start(t)
	t.Run("takes every machine", func(t *testing.T) {
		for _, d := range public {
			motoTakes(t, moto, d)
		}
		t.Logf("moto's parser took %d machines", len(public))
	})
	t.Run("agrees", func(t *testing.T) {
		chosen, own := oneOfEachKind(public), goldenDefinitions(t)
		if len(chosen) < fewest {
			t.Errorf("the corpus has only %d kinds of pipelines", len(chosen))
		}
		executions := 0
		for _, d := range slices.Concat(chosen, own) {
			t.Run(d.name, func(t *testing.T) { executions += motoAgrees(t, moto, d) })
		}
		t.Logf("both engines ran %d pipelines of the corpus and %d of our own, %d executions", len(chosen), len(own), executions)
		everyShape(t, slices.Concat(chosen, own))
	})
}

func motoTakes(t *testing.T, moto *mototest.Moto, d definition) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), motoTimeout)
	defer cancel()
	text, err := deployed(t, d.pipeline).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	refused, err := moto.Validate(ctx, text)
	if err != nil {
		t.Fatalf("%s: %v", d.name, err)
	}
	if refused != "" {
		t.Errorf("%s: moto refuses the machine: %s", d.name, refused)
	}
}

// goldenDefinitions are the pipelines of this package's own machines, which have shapes that the corpus lacks.
func goldenDefinitions(t *testing.T) []definition {
	t.Helper()
	var all []definition
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		all = append(all, definition{filepath.Base(file), p})
	}
	return all
}

// oneOfEachKind picks the cheapest of the definitions that have the same shapes.
func oneOfEachKind(all []definition) []definition {
	var chosen []definition
	seen := map[string]bool{}
	for _, d := range slices.SortedStableFunc(slices.Values(all), func(a, b definition) int { return cost(a.pipeline) - cost(b.pipeline) }) {
		if kind := strings.Join(shapesOf(d.pipeline), ", "); !seen[kind] {
			seen[kind] = true
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// cost is about how many states are entered when everything fails in turn.
func cost(p *pipeline.Pipeline) int {
	return statemachines.Budget(p, 1) * (len(failuresOf(p)) + 1)
}

// actionsOf lists the actions of a pipeline, as stage/action.
func actionsOf(p *pipeline.Pipeline) []string {
	var ids []string
	eachAction(p, func(i, _ int, a *pipeline.Action) {
		ids = append(ids, p.Stages[i].Name.Value+"/"+a.Name.Value)
	})
	return ids
}

// trouble is what goes wrong in an execution: the action, or the rule, or the condition of an action, and its error.
type trouble struct{ where, failure string }

// failuresOf lists everything that can go wrong by itself in a pipeline; that an execution is stopped, which is the same
// for all of them, only in those that are not from templates.
func failuresOf(p *pipeline.Pipeline) []trouble {
	var all []trouble
	for i := range p.Stages {
		s := &p.Stages[i]
		for _, a := range s.Actions {
			id := s.Name.Value + "/" + a.Name.Value
			all = append(all, trouble{id, "JobFailed"})
			if p.Template == nil {
				all = append(all, trouble{id, events.ErrorStopped})
			}
			if len(a.When) > 0 {
				all = append(all, trouble{id + " when", events.ErrorRuleFailed})
			}
		}
		for condition, rules := range rulesOf(s) {
			for _, r := range rules {
				all = append(all, trouble{s.Name.Value + " " + condition + "/" + r.Name.Value, events.ErrorRuleFailed})
			}
		}
	}
	slices.SortFunc(all, func(a, b trouble) int { return strings.Compare(a.where, b.where) })
	return all
}

// rulesOf are the rules of a stage by the member that holds them.
func rulesOf(s *pipeline.Stage) map[string][]pipeline.Rule {
	all := map[string][]pipeline.Rule{}
	add := func(member string, conditions []pipeline.Condition) {
		for _, c := range conditions {
			all[member] = append(all[member], c.Rules...)
		}
	}
	if s.BeforeEntry != nil {
		add("beforeEntry", s.BeforeEntry.Conditions)
	}
	if s.OnSuccess != nil {
		add("onSuccess", s.OnSuccess.Conditions)
	}
	if s.OnFailure != nil {
		add("onFailure", s.OnFailure.Conditions)
	}
	return all
}

// motoAgrees runs a pipeline on both engines: as it is, with each thing failing that can, and, where an execution has
// succeeded, resumed at each of its stages. It returns how many executions that were.
func motoAgrees(t *testing.T, moto *mototest.Moto, d definition) int {
	t.Helper()
	m := deployed(t, d.pipeline)
	both := engines{newStand(t), moto}
	cases := append([]trouble{{}}, failuresOf(d.pipeline)...)
	for n, c := range cases {
		both.agree(t, attempt{fmt.Sprintf("run-%d", n), d.pipeline, m, ""}, c)
	}
	last := &d.pipeline.Stages[len(d.pipeline.Stages)-1]
	both.agree(t, attempt{"resumed", d.pipeline, m, last.Name.Value}, trouble{})
	return len(cases) + 1
}

// attempt is one execution on either engine.
type attempt struct {
	name     string
	pipeline *pipeline.Pipeline
	machine  *asl.StateMachine
	resume   string // the stage at which it begins; empty for the first
}

// engines are the two that must agree.
type engines struct {
	ours   *stand
	theirs *mototest.Moto
}

func (e engines) agree(t *testing.T, a attempt, c trouble) {
	t.Helper()
	ours, theirs := c.handlers(), c.handlers()
	e.ours.begin(a.pipeline, ours)
	theirs.begin(a.pipeline, nil)
	theirs.tokens = e.theirs
	if a.resume != "" {
		ours.haveMadeAll()
		theirs.haveMadeAll()
	}
	here := e.ours.run(t, a.name, a.machine, a.resume)
	there := runOnMoto(t, e.theirs, engine.Execution{Name: a.name, Machine: a.machine, Input: inputOf(t, a.pipeline, a.resume)}, theirs)
	if diff := cmp.Diff(endOf(t, here), endOf(t, there)); diff != "" {
		t.Errorf("%s, failing %+v (-here +moto):\n%s", a.name, c, diff)
	}
}

func (c trouble) handlers() *handlers {
	h := &handlers{errors: map[string][]string{}}
	if c.where != "" {
		h.errors[c.where] = []string{c.failure}
	}
	return h
}

func runOnMoto(t *testing.T, moto *mototest.Moto, e engine.Execution, h *handlers) run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), motoTimeout)
	defer cancel()
	result, history, err := moto.Run(ctx, e, fromLambda{h})
	if err != nil {
		t.Fatal(err)
	}
	return run{result: result, visited: mototest.Visited(history), received: h.received}
}

// fromLambda are handlers that are invoked as Lambda functions: the token is in the payload only, and so is the ARN.
type fromLambda struct{ *handlers }

func (f fromLambda) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in events.TaskInput
	if err := json.Unmarshal(i.Payload, &in); err != nil {
		return nil, err
	}
	i.Token = in.TaskToken
	if strings.HasPrefix(in.MachineExecution, "arn:aws:states:") && strings.HasSuffix(in.MachineExecution, ":"+i.Execution) {
		i.ExecutionARN = in.MachineExecution
	}
	return f.handlers.Invoke(ctx, i)
}

// end is what must be the same on both engines.
type end struct {
	Status   engine.Status
	Output   any
	Error    string
	Cause    string
	Visited  []string
	Received []string // by the handlers, in the order of their texts: branches interleave
}

func endOf(t *testing.T, r run) end {
	t.Helper()
	e := end{Status: r.result.Status, Error: r.result.Error, Cause: r.result.Cause, Visited: r.visited}
	if len(r.result.Output) > 0 {
		if err := json.Unmarshal(r.result.Output, &e.Output); err != nil {
			t.Fatal(err)
		}
		if output, ok := e.Output.(map[string]any); ok {
			if cause, ok := output["cause"].(string); ok {
				output["cause"] = causeOf(events.ActionFailure{Cause: cause})
			}
		}
	}
	for _, in := range r.received {
		in.TaskToken, in.MachineExecution = "", ""
		for i, f := range in.Failures {
			in.Failures[i].Cause = causeOf(f)
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		e.Received = append(e.Received, string(text))
	}
	slices.Sort(e.Received)
	return e
}

// causeOf is what a function or an expression said: on Lambda, the cause of its error is the whole error as JSON, and each
// engine has its own words around what $error() was given.
func causeOf(f events.ActionFailure) string {
	if i := strings.LastIndex(f.Cause, "#{"); f.Error == "States.QueryEvaluationError" && i >= 0 {
		return f.Cause[i:]
	}
	var thrown struct{ ErrorMessage string }
	if json.Unmarshal([]byte(f.Cause), &thrown) != nil {
		return f.Cause
	}
	return thrown.ErrorMessage
}
