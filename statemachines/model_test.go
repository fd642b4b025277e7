package statemachines_test

import (
	"fmt"
	"maps"
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
	Skipped  []string                       // stages
	Failed   string                         // the stage that failed
	Failures map[string]string              // its failed actions, and rules as condition/rule -> their errors
}

// model is CodePipeline's order of execution, written down a second time and without a state machine: stages one after
// another, in each the actions by runOrder, those with the same one together; all actions of a group finish; after a
// failure nothing later begins; an action reads what was made before it began, and is passed where a check of its own does
// not hold; rules are asked before a stage, after its success, and after its failure.
type model struct {
	scenario  scenario
	reads     map[string][]string // namespace -> the variables that something reads
	artifacts map[string]events.ArtifactReference
	variables map[string]string // by whole reference
	outcome   outcome
}

const (
	attemptsOfThrottled = 9
	missing             = "States.QueryEvaluationError"
)

func predict(s scenario) outcome {
	m := model{
		scenario: s, reads: map[string][]string{}, artifacts: map[string]events.ArtifactReference{},
		variables: map[string]string{"#{variables.V}": "v", "#{codepipeline.PipelineExecutionId}": "pe-1"},
		outcome:   outcome{Calls: map[string]int{}, Failures: map[string]string{}},
	}
	for _, stage := range s.pipeline.Stages {
		m.note(stage)
	}
	for _, stage := range s.pipeline.Stages {
		m.stage(stage)
		if len(m.outcome.Failures) > 0 {
			m.outcome.Failed = stage.Name.Value
			break
		}
	}
	return m.outcome
}

func (m *model) stage(stage pipeline.Stage) {
	if before := stage.BeforeEntry; before != nil {
		failures := m.rules("beforeEntry", before.Conditions)
		if before.Conditions[0].Result.Value == "SKIP" && len(failures) > 0 && !holdsMissing(failures) {
			m.outcome.Skipped = append(m.outcome.Skipped, stage.Name.Value)
			return
		}
		if maps.Copy(m.outcome.Failures, failures); len(failures) > 0 {
			return
		}
	}
	for order := 1; order <= 3 && len(m.outcome.Failures) == 0; order++ {
		m.group(stage, order)
	}
	if after := stage.OnSuccess; after != nil && len(m.outcome.Failures) == 0 {
		maps.Copy(m.outcome.Failures, m.rules("onSuccess", after.Conditions))
		if after.Conditions[0].Result.Value == "ROLLBACK" {
			return
		}
	}
	if after := stage.OnFailure; after != nil && len(m.outcome.Failures) > 0 {
		maps.Copy(m.outcome.Failures, m.rules("onFailure", after.Conditions))
	}
}

// rules returns what is wrong with the rules of a condition.
func (m *model) rules(condition string, conditions []pipeline.Condition) map[string]string {
	failures := map[string]string{}
	for _, r := range conditions[0].Rules {
		c := pipeline.VariableCheck{Operator: r.Configuration[0].Value, Value: r.Configuration[1].Value, Variable: r.Configuration[2].Value}
		if failure := m.check(c); failure != "" {
			failures[condition+"/"+r.Name.Value] = failure
		}
	}
	return failures
}

func holdsMissing(failures map[string]string) bool {
	return slices.Contains(slices.Collect(maps.Values(failures)), missing)
}

// check returns the error with which a check ends; empty where it holds.
func (m *model) check(c pipeline.VariableCheck) string {
	switch value, known := m.variables[c.Variable.Value]; {
	case !known:
		return missing
	case (value == c.Value.Value) != (c.Operator.Value == "EQ"):
		return events.ErrorRuleFailed
	}
	return ""
}

// passes says whether a check of an action's own does not hold. The variables of all are resolved before any is looked at.
func (m *model) passes(a pipeline.Action) string {
	var all []string
	for _, c := range a.When {
		all = append(all, m.check(c))
	}
	if slices.Contains(all, missing) {
		return missing
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(all))), "")
}

// note finds the references of a stage.
func (m *model) note(stage pipeline.Stage) {
	var texts []string
	for _, a := range stage.Actions {
		for _, property := range a.Configuration {
			texts = append(texts, property.Value.Value)
		}
		for _, c := range a.When {
			texts = append(texts, c.Variable.Value)
		}
	}
	var conditions []pipeline.Condition
	for _, c := range []*pipeline.StageConditions{stage.BeforeEntry, stage.OnSuccess} {
		if c != nil {
			conditions = append(conditions, c.Conditions...)
		}
	}
	if stage.OnFailure != nil {
		conditions = append(conditions, stage.OnFailure.Conditions...)
	}
	for _, c := range conditions {
		for _, r := range c.Rules {
			texts = append(texts, r.Configuration[2].Value.Value)
		}
	}
	for _, text := range texts {
		for _, part := range strings.Split(text, "#{")[1:] {
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
		if failure := m.passes(a); failure != "" {
			if failure == missing {
				m.outcome.Failures[a.Name.Value] = missing
			}
			continue
		}
		input, complete := m.input(a)
		if !complete {
			m.outcome.Failures[a.Name.Value] = missing
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

// input is what an action's handler gets; it is not complete where a variable has no value or an artifact was not made.
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
		made, known := m.artifacts[input.Value]
		if !known {
			return in, false
		}
		in.InputArtifacts = append(in.InputArtifacts, made)
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
				name := f.Action
				if f.Rule != "" {
					name = f.Condition + "/" + f.Rule
				}
				got.Failures[name] = f.Error
			}
		}
	}
	for _, name := range r.visited {
		if stage, found := strings.CutPrefix(name, "Skip: "); found {
			got.Skipped = append(got.Skipped, stage)
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
// with the model: in one machine, and in as many parts as there can be. Where everything goes well, the figures of the
// machine must be what is counted; they must hold always.
func TestRandomPipelines(t *testing.T) {
	const seed, pipelines, scenarios = 4, 200, 8
	endings, skipped, machines := map[engine.Status]int{}, 0, 0
	for i := range uint64(pipelines) {
		r := rand.New(rand.NewPCG(seed, i))
		p := randomPipeline(r)
		figures := measure(t, p)
		all, as := []*handlers{{late: true, judges: true}}, []scenario{{pipeline: p}}
		for range scenarios {
			s := randomScenario(r, p)
			all, as = append(all, s.handlers()), append(as, s)
		}
		for n, ran := range executeAll(t, p, substituted(t, compile(t, p)), all...) {
			name := fmt.Sprintf("pipeline %d, scenario %d", i, n)
			endings[ran.result.Status]++
			got := compareWithModel(t, name, as[n], ran)
			skipped += len(got.Skipped)
			if most := figures.Uses[0].Most; ran.events > most {
				t.Errorf("%s: %d history events, the figures allow %d", name, ran.events, most)
			}
			if n == 0 && straight(ran) && (ran.events != figures.Events || len(ran.visited) != figures.Transitions) {
				t.Errorf("pipeline %d succeeded with %d history events and %d transitions, its figures are %d and %d",
					i, ran.events, len(ran.visited), figures.Events, figures.Transitions)
			}
		}
		machines += inParts(t, fmt.Sprintf("pipeline %d in parts", i), as[len(as)-1])
		if t.Failed() {
			return
		}
	}
	for _, status := range []engine.Status{engine.StatusSucceeded, engine.StatusFailed} {
		if least := pipelines * scenarios / 5; endings[status] < least {
			t.Errorf("%d executions ended as %s, fewer than %d: the scenarios are one-sided", endings[status], status, least)
		}
	}
	if skipped < pipelines/2 || machines < 2*pipelines {
		t.Errorf("%d stages were skipped, %d machines ran in parts: the scenarios are one-sided", skipped, machines)
	}
}

// straight says whether an execution succeeded and passed nothing.
func straight(r run) bool {
	passed := func(name string) bool {
		return strings.HasPrefix(name, "Skip: ") || strings.HasSuffix(name, " skipped") ||
			strings.HasSuffix(name, " when") && !slices.Contains(r.visited, strings.TrimSuffix(name, " when"))
	}
	return r.result.Status == engine.StatusSucceeded && !slices.ContainsFunc(r.visited, passed)
}

// inParts executes a pipeline in as many machines as it has stages, and returns how many ran.
func inParts(t *testing.T, name string, s scenario) int {
	t.Helper()
	parts, err := statemachines.CompileInto(s.pipeline, 1)
	if err != nil || len(parts) != len(s.pipeline.Stages) {
		t.Fatalf("%s: %d machines for %d stages, %v", name, len(parts), len(s.pipeline.Stages), err)
	}
	for _, part := range parts {
		if problems := part.Machine.Validate(); len(problems) > 0 {
			t.Fatalf("%s, stage %q: %v", name, part.Stages, problems)
		}
	}
	runs := executeParts(t, s.pipeline, parts, s.handlers())
	together := runs[len(runs)-1]
	together.visited = nil
	for _, r := range runs {
		together.visited = append(together.visited, r.visited...)
	}
	compareWithModel(t, name, s, together)
	return len(runs)
}

func compareWithModel(t *testing.T, name string, s scenario, r run) outcome {
	t.Helper()
	want, got := predict(s), observe(s.pipeline, r)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-model +engine):\n%s", name, diff)
	}
	status := engine.StatusSucceeded
	if want.Failed != "" {
		status = engine.StatusFailed
	}
	if r.result.Status != status {
		t.Errorf("%s ended as %+v", name, r.result)
	}
	return got
}
