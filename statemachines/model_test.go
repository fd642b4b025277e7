package statemachines_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// outcome is what CodePipeline would do with a pipeline: which actions run, and with what, in which group; how it ends.
type outcome struct {
	Groups   []map[string]events.TaskAction // of each group that ran: stage/action -> the input of its handler
	Calls    map[string]int                 // how often an action's handler is called
	Failed   string                         // the stage that failed
	Failures map[string]string              // its failed actions -> their errors
}

// model is CodePipeline's order of execution, written down a second time and without a state machine: stages one after
// another, in each the actions by runOrder, those with the same one together; all actions of a group finish; after a
// failure nothing later begins; an action reads what was made before it began.
type model struct {
	scenario  scenario
	reads     map[string][]string // namespace -> the variables that something reads
	artifacts map[string]events.ArtifactReference
	variables map[string]string // by whole reference
	outcome   outcome
}

const attemptsOfThrottled = 9

func predict(s scenario) outcome {
	m := model{
		scenario: s, reads: map[string][]string{}, artifacts: map[string]events.ArtifactReference{},
		variables: map[string]string{"#{variables.V}": "v", "#{codepipeline.PipelineExecutionId}": "pe-1"},
		outcome:   outcome{Calls: map[string]int{}, Failures: map[string]string{}},
	}
	for _, stage := range s.pipeline.Stages {
		for _, a := range stage.Actions {
			m.note(a)
		}
	}
	for _, stage := range s.pipeline.Stages {
		for order := 1; order <= 3; order++ {
			m.group(stage, order)
			if len(m.outcome.Failures) > 0 {
				m.outcome.Failed = stage.Name.Value
				return m.outcome
			}
		}
	}
	return m.outcome
}

// note finds the references of an action.
func (m *model) note(a pipeline.Action) {
	for _, property := range a.Configuration {
		for _, part := range strings.Split(property.Value.Value, "#{")[1:] {
			namespace, key, _ := strings.Cut(strings.TrimSuffix(part, "}"), ".")
			if !slices.Contains(m.reads[namespace], key) {
				m.reads[namespace] = append(m.reads[namespace], key)
				slices.Sort(m.reads[namespace])
			}
		}
	}
}

func (m *model) group(stage pipeline.Stage, order int) {
	began := map[string]events.TaskAction{}
	var done []pipeline.Action
	for _, a := range stage.Actions {
		if a.RunOrder.Value != order {
			continue
		}
		id := stage.Name.Value + "/" + a.Name.Value
		input, complete := m.input(a)
		if !complete {
			m.outcome.Failures[a.Name.Value] = "States.QueryEvaluationError"
			continue
		}
		began[id] = input
		errors := m.scenario.errors[id]
		m.outcome.Calls[id] = min(len(errors)+1, attemptsOfThrottled)
		switch i := slices.Index(errors, "JobFailed"); {
		case i >= 0 && i < attemptsOfThrottled:
			m.outcome.Calls[id] = i + 1
			m.outcome.Failures[a.Name.Value] = "JobFailed"
		case len(errors) >= attemptsOfThrottled:
			m.outcome.Failures[a.Name.Value] = events.ErrorThrottled
		default:
			done = append(done, a)
		}
	}
	if len(began) > 0 {
		m.outcome.Groups = append(m.outcome.Groups, began)
	}
	for _, a := range done {
		m.produce(stage.Name.Value+"/"+a.Name.Value, a)
	}
}

// input is what an action's handler gets; it is not complete where a variable has no value.
func (m *model) input(a pipeline.Action) (in events.TaskAction, complete bool) {
	in = events.TaskAction{Name: a.Name.Value, Configuration: map[string]string{}, InputArtifacts: []events.ArtifactReference{}}
	for _, property := range a.Configuration {
		value, parts := "", strings.SplitAfter(property.Value.Value, "}")
		for _, part := range parts {
			begin := strings.Index(part, "#{")
			if begin < 0 {
				value += part
				continue
			}
			variable, known := m.variables[part[begin:]]
			if !known {
				return in, false
			}
			value += part[:begin] + variable
		}
		in.Configuration[property.Key.Value] = value
	}
	for _, input := range a.InputArtifacts {
		in.InputArtifacts = append(in.InputArtifacts, m.artifacts[input.Value])
	}
	if a.Namespace.Value != "" {
		in.OutputVariables = m.reads[a.Namespace.Value]
	}
	return in, true
}

func (m *model) produce(id string, a pipeline.Action) {
	for _, o := range a.OutputArtifacts {
		m.artifacts[o.Name.Value] = events.ArtifactReference{Name: o.Name.Value, ActionExecutionID: id, SHA256: "sha256 of " + o.Name.Value}
	}
	if m.scenario.silent[id] {
		return
	}
	for _, key := range m.reads[a.Namespace.Value] {
		m.variables["#{"+a.Namespace.Value+"."+key+"}"] = id + "." + key
	}
}

// observe reads from an execution what the model predicts.
func observe(p *pipeline.Pipeline, r run) outcome {
	got := outcome{Calls: map[string]int{}, Failures: map[string]string{}}
	var current string
	for _, in := range r.received {
		switch {
		case in.Action != nil:
			id := in.Stage + "/" + in.Action.Name
			if group := in.Stage + orderOf(p, in); group != current {
				current = group
				got.Groups = append(got.Groups, map[string]events.TaskAction{})
			}
			got.Groups[len(got.Groups)-1][id] = *in.Action
			got.Calls[id]++
		case len(in.Failures) > 0:
			got.Failed = in.Stage
			for _, f := range in.Failures {
				got.Failures[f.Action] = f.Error
			}
		}
	}
	return got
}

func orderOf(p *pipeline.Pipeline, in events.TaskInput) string {
	for _, stage := range p.Stages {
		for _, a := range stage.Actions {
			if stage.Name.Value == in.Stage && a.Name.Value == in.Action.Name {
				return string(rune('0' + a.RunOrder.Value))
			}
		}
	}
	return ""
}

// TestRandomPipelines executes random pipelines, some of whose actions fail, on the engine, and compares each execution
// with the model. Where everything goes well, the figures of the machine must be what is counted; they must hold always.
func TestRandomPipelines(t *testing.T) {
	const seed, pipelines, scenarios = 4, 200, 10
	endings := map[engine.Status]int{}
	for i := range uint64(pipelines) {
		r := rand.New(rand.NewPCG(seed, i))
		p := randomPipeline(r)
		figures, err := statemachines.Measure(p)
		if err != nil {
			t.Fatal(err)
		}
		all, as := []*handlers{{late: true}}, []scenario{{pipeline: p}}
		for range scenarios {
			s := randomScenario(r, p)
			all, as = append(all, s.handlers()), append(as, s)
		}
		for n, ran := range executeAll(t, p, substituted(t, compile(t, p)), all...) {
			endings[ran.result.Status]++
			compareWithModel(t, fmt.Sprintf("pipeline %d, scenario %d", i, n), as[n], ran)
			if most := figures.Uses[0].Most; ran.events > most {
				t.Errorf("pipeline %d, scenario %d: %d history events, the figures allow %d", i, n, ran.events, most)
			}
			if n == 0 && (ran.events != figures.Events || len(ran.visited) != figures.Transitions) {
				t.Errorf("pipeline %d succeeded with %d history events and %d transitions, its figures are %d and %d",
					i, ran.events, len(ran.visited), figures.Events, figures.Transitions)
			}
		}
		if t.Failed() {
			return
		}
	}
	for _, status := range []engine.Status{engine.StatusSucceeded, engine.StatusFailed} {
		if least := pipelines * scenarios / 5; endings[status] < least {
			t.Errorf("%d executions ended as %s, fewer than %d: the scenarios are one-sided", endings[status], status, least)
		}
	}
}

func compareWithModel(t *testing.T, name string, s scenario, r run) {
	t.Helper()
	want := predict(s)
	if diff := cmp.Diff(want, observe(s.pipeline, r)); diff != "" {
		t.Errorf("%s (-model +engine):\n%s", name, diff)
	}
	status := engine.StatusSucceeded
	if want.Failed != "" {
		status = engine.StatusFailed
	}
	if r.result.Status != status {
		t.Errorf("%s ended as %+v", name, r.result)
	}
}
