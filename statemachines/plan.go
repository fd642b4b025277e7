package statemachines

import (
	"iter"
	"strconv"

	"github.com/penstock-ci/penstock/pipeline"
)

// plan is the order of a machine's states and their names.
type plan struct{ stages []stagePlan }

// stagePlan is one stage: where it is entered, where it fails, and its groups by runOrder.
type stagePlan struct {
	stage       *pipeline.Stage
	enter, fail string
	groups      []groupPlan
}

// groupPlan is the actions of one runOrder. parallel and joined name its own states; a lone action has none.
type groupPlan struct {
	actions          []actionPlan
	parallel, joined string
}

// actionPlan is one action; failed names the state that ends its branch in a group when it failed.
type actionPlan struct {
	action       *pipeline.Action
	name, failed string
}

func planOf(p *pipeline.Pipeline) plan {
	n := newNames()
	out := plan{stages: make([]stagePlan, 0, len(p.Stages))}
	for i := range p.Stages {
		out.stages = append(out.stages, planStage(n, &p.Stages[i]))
	}
	return out
}

func planStage(n names, s *pipeline.Stage) stagePlan {
	out := stagePlan{stage: s, enter: n.unique("Enter: " + s.Name.Value)}
	for _, actions := range s.Groups() {
		out.groups = append(out.groups, planGroup(n, s.Name.Value, actions))
	}
	out.fail = n.unique("Fail: " + s.Name.Value)
	return out
}

func planGroup(n names, stage string, actions []*pipeline.Action) groupPlan {
	var out groupPlan
	alone := len(actions) == 1
	if !alone {
		out.parallel = n.unique(stage + " runOrder " + strconv.Itoa(actions[0].RunOrderOrDefault()))
	}
	for _, a := range actions {
		planned := actionPlan{action: a, name: n.unique(stage + "/" + a.Name.Value)}
		if !alone {
			planned.failed = n.unique(stage + "/" + a.Name.Value + " failed")
		}
		out.actions = append(out.actions, planned)
	}
	if !alone {
		out.joined = n.unique(stage + " runOrder " + strconv.Itoa(actions[0].RunOrderOrDefault()) + " joined")
	}
	return out
}

// entry is the state at which the group begins.
func (g *groupPlan) entry() string {
	if g.parallel != "" {
		return g.parallel
	}
	return g.actions[0].name
}

// first is the state after the machine's beginning.
func (p plan) first() string { return p.after(-1) }

// after is the state that follows stage i.
func (p plan) after(i int) string {
	if i+1 < len(p.stages) {
		return p.stages[i+1].enter
	}
	return nameFinish
}

// after is the state that follows group i; next is the one that follows the stage.
func (s *stagePlan) after(i int, next string) string {
	if i+1 < len(s.groups) {
		return s.groups[i+1].entry()
	}
	return next
}

// actions yields the actions of a stage, group by group.
func (s *stagePlan) actions() iter.Seq[actionPlan] {
	return func(yield func(actionPlan) bool) {
		for i := range s.groups {
			for _, a := range s.groups[i].actions {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// states names the stage's states, those in branches left out.
func (s *stagePlan) states() []string {
	names := []string{s.enter}
	for i := range s.groups {
		names = append(names, s.groups[i].entry())
		if s.groups[i].joined != "" {
			names = append(names, s.groups[i].joined)
		}
	}
	return append(names, s.fail)
}
