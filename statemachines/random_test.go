package statemachines_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// scenario is a random pipeline together with what its actions do in one execution.
type scenario struct {
	pipeline *pipeline.Pipeline
	errors   map[string][]string // by stage/action: what each call answers before the action succeeds
	silent   map[string]bool     // actions that set none of their output variables
}

// produced is what later actions of a random pipeline may read.
type produced struct{ artifacts, references []string }

// randomPipeline makes one of two to five stages with up to five actions, in groups and not, that take artifacts
// and read variables of those before them, some with a condition. Action types that answer at once, and that call back, take
// turns. Some stages have conditions, whose rules compare such variables.
func randomPipeline(r *rand.Rand) *pipeline.Pipeline {
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	p := &pipeline.Pipeline{Name: text("random"), Variables: []pipeline.Variable{{Name: text("V"), DefaultValue: text("v")}}}
	known := produced{references: []string{"#{variables.V}", "#{codepipeline.PipelineExecutionId}"}}
	for i := range 2 + r.IntN(4) {
		stage := pipeline.Stage{Name: text(fmt.Sprintf("S%d", i))}
		orders := make([]int, 1+r.IntN(5))
		for j := range orders {
			orders[j] = 1 + r.IntN(3)
		}
		byOrder := map[int]produced{}
		for j, order := range orders {
			// What runs before: earlier stages, and the actions of this stage with a lower runOrder made so far.
			before := produced{slices.Clone(known.artifacts), slices.Clone(known.references)}
			for o := 1; o < order; o++ {
				before.artifacts = append(before.artifacts, byOrder[o].artifacts...)
				before.references = append(before.references, byOrder[o].references...)
			}
			a := randomAction(r, i, j, before)
			a.RunOrder = pipeline.Number{Set: true, Value: order}
			made := byOrder[order]
			for _, output := range a.OutputArtifacts {
				made.artifacts = append(made.artifacts, output.Name.Value)
			}
			if ns := a.Namespace.Value; ns != "" {
				made.references = append(made.references, "#{"+ns+".A}", "#{"+ns+".B-1}")
			}
			byOrder[order] = made
			stage.Actions = append(stage.Actions, a)
		}
		if r.IntN(4) == 0 {
			stage.BeforeEntry = &pipeline.StageConditions{Conditions: randomCondition(r, known, "FAIL", "SKIP")}
		}
		for o := 1; o <= 3; o++ {
			known.artifacts = append(known.artifacts, byOrder[o].artifacts...)
			known.references = append(known.references, byOrder[o].references...)
		}
		if r.IntN(5) == 0 {
			stage.OnSuccess = &pipeline.StageConditions{Conditions: randomCondition(r, known, "FAIL", "ROLLBACK")}
		}
		if r.IntN(4) == 0 {
			stage.OnFailure = &pipeline.FailureConditions{Conditions: randomCondition(r, known, "ROLLBACK")}
		}
		p.Stages = append(p.Stages, stage)
	}
	return p
}

// randomCondition has one to three rules, most of which hold.
func randomCondition(r *rand.Rand, before produced, results ...string) []pipeline.Condition {
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	c := pipeline.Condition{Result: text(results[r.IntN(len(results))])}
	for n := range 1 + r.IntN(3) {
		check := randomCheck(r, before)
		c.Rules = append(c.Rules, pipeline.Rule{
			Name: text(fmt.Sprintf("R%d", n)), RuleTypeID: actionType("Rule", "VariableCheck"),
			Configuration: []pipeline.Property{
				{Key: text("Operator"), Value: check.Operator}, {Key: text("Value"), Value: check.Value}, {Key: text("Variable"), Value: check.Variable},
			},
		})
	}
	return []pipeline.Condition{c}
}

// randomCheck compares a variable with a value that hardly any has.
func randomCheck(r *rand.Rand, before produced) pipeline.VariableCheck {
	return pipeline.VariableCheck{
		Variable: pipeline.Text{Value: before.references[r.IntN(len(before.references))]},
		Operator: pipeline.Text{Value: []string{"NE", "NE", "NE", "NE", "NE", "NE", "EQ"}[r.IntN(7)]},
		Value:    pipeline.Text{Value: []string{"v", "w"}[r.IntN(2)]},
	}
}

func randomAction(r *rand.Rand, stage, index int, before produced) pipeline.Action {
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	id := fmt.Sprintf("%d-%d", stage, index)
	a := pipeline.Action{Name: text("A" + id), ActionTypeID: actionType("Source", "S3")}
	if stage > 0 {
		a.ActionTypeID = []pipeline.ActionTypeID{
			actionType("Build", "CodeBuild"), actionType("Deploy", "S3"), actionType("Approval", "Manual"),
		}[r.IntN(3)]
	}
	if r.IntN(2) == 0 {
		a.Namespace = text([]string{"ns_", "ns@"}[r.IntN(2)] + id)
	}
	for n := range r.IntN(3) {
		a.OutputArtifacts = append(a.OutputArtifacts, pipeline.OutputArtifact{Name: text(fmt.Sprintf("out-%s-%d", id, n))})
	}
	for range r.IntN(3) {
		if len(before.artifacts) > 0 {
			a.InputArtifacts = append(a.InputArtifacts, text(before.artifacts[r.IntN(len(before.artifacts))]))
		}
	}
	for n := range r.IntN(4) {
		value := "plain " + before.references[r.IntN(len(before.references))] + before.references[r.IntN(len(before.references))]
		a.Configuration = append(a.Configuration, pipeline.Property{Key: text(fmt.Sprintf("K%d", n)), Value: text(value)})
	}
	if stage > 0 && r.IntN(4) == 0 {
		for range 1 + r.IntN(2) {
			a.When = append(a.When, randomCheck(r, before))
		}
	}
	return a
}

// randomScenario decides what each action of a pipeline does.
func randomScenario(r *rand.Rand, p *pipeline.Pipeline) scenario {
	s := scenario{pipeline: p, errors: map[string][]string{}, silent: map[string]bool{}}
	for i, stage := range p.Stages {
		for _, a := range stage.Actions {
			s.decide(r, stage.Name.Value+"/"+a.Name.Value, i)
		}
	}
	return s
}

// decide says what an action does. Now and then it is throttled more often than the machine retries.
func (s *scenario) decide(r *rand.Rand, id string, stage int) {
	if r.IntN(6) == 0 {
		for range 1 + r.IntN(10) {
			s.errors[id] = append(s.errors[id], events.ErrorThrottled)
		}
	}
	switch r.IntN(18 + 2*stage) {
	case 0:
		s.errors[id] = append(s.errors[id], "JobFailed")
	case 1:
		s.silent[id] = true
	}
}

// handlers answers as the scenario has it; tokens are answered late.
func (s *scenario) handlers() *handlers {
	h := &handlers{errors: map[string][]string{}, silent: s.silent, late: true, judges: true}
	for id, names := range s.errors {
		h.errors[id] = slices.Clone(names)
	}
	return h
}
