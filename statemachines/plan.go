package statemachines

import (
	"iter"
	"strconv"

	"github.com/penstock-ci/penstock/pipeline"
)

// plan is the order of a machine's states and their names, and that of the namespaces, by the first action that has each.
type plan struct {
	stages     []stagePlan
	namespaces map[string]int
}

// stagePlan is one stage: where it is entered, skipped and failed, its groups by runOrder, and around them the groups of
// the rules of its conditions; one without rules has no units.
type stagePlan struct {
	stage             *pipeline.Stage
	enter, skip, fail string // skip is empty where no condition skips the stage
	groups            []groupPlan
	beforeEntry       groupPlan
	onSuccess         groupPlan
	onFailure         groupPlan
}

// groupPlan is what runs together: the actions of one runOrder, or the rules of one condition. parallel and joined name
// the group's own states; a lone unit has none.
type groupPlan struct {
	title, within    string // what the group is called, and what its units are called below
	units            []unit
	parallel, joined string
}

func planOf(p *pipeline.Pipeline) plan {
	n := newNames()
	out := plan{stages: make([]stagePlan, 0, len(p.Stages)), namespaces: map[string]int{}}
	for i := range p.Stages {
		out.stages = append(out.stages, planStage(n, &p.Stages[i]))
		for u := range out.stages[i].units() {
			if _, known := out.namespaces[u.namespace]; !known && u.namespace != "" {
				out.namespaces[u.namespace] = len(out.namespaces)
			}
		}
	}
	return out
}

func planStage(n names, s *pipeline.Stage) stagePlan {
	out := stagePlan{stage: s, enter: n.unique("Enter: " + s.Name.Value)}
	if s.BeforeEntry != nil {
		out.beforeEntry = planRules(n, s, beforeEntry, s.BeforeEntry.Conditions)
		if skips(s) {
			out.skip = n.unique("Skip: " + s.Name.Value)
		}
	}
	for _, actions := range s.Groups() {
		out.groups = append(out.groups, planActions(n, s.Name.Value, actions))
	}
	if s.OnSuccess != nil {
		out.onSuccess = planRules(n, s, onSuccess, s.OnSuccess.Conditions)
	}
	if s.OnFailure != nil {
		out.onFailure = planRules(n, s, onFailure, s.OnFailure.Conditions)
	}
	out.fail = n.unique("Fail: " + s.Name.Value)
	return out
}

func planActions(n names, stage string, actions []*pipeline.Action) groupPlan {
	g := groupPlan{title: stage + " runOrder " + strconv.Itoa(actions[0].RunOrderOrDefault()), within: stage}
	for _, a := range actions {
		g.units = append(g.units, actionUnit(a))
	}
	g.nameStates(n)
	return g
}

func planRules(n names, s *pipeline.Stage, condition string, conditions []pipeline.Condition) groupPlan {
	title := s.Name.Value + " " + condition
	g := groupPlan{title: title, within: title}
	for i := range conditions {
		for j := range conditions[i].Rules {
			g.units = append(g.units, ruleUnit(condition, &conditions[i].Rules[j]))
		}
	}
	g.nameStates(n)
	return g
}

// nameStates names the states of the group and of its units, in their order.
func (g *groupPlan) nameStates(n names) {
	alone := len(g.units) < 2
	if !alone {
		g.parallel = n.unique(g.title)
	}
	for i := range g.units {
		g.units[i].nameStates(n, g.within+"/"+g.units[i].own, alone)
	}
	if !alone {
		g.joined = n.unique(g.title + " joined")
	}
}

// entry is the state at which the group begins; otherwise is where to go if it has no units.
func (g *groupPlan) entry(otherwise string) string {
	switch {
	case g.parallel != "":
		return g.parallel
	case len(g.units) > 0:
		return g.units[0].entry()
	default:
		return otherwise
	}
}

// first is the state that follows the entry of the stage; next is the one that follows the stage.
func (s *stagePlan) first(next string) string { return s.beforeEntry.entry(s.after(-1, next)) }

// after is the state that follows group i; next is the one that follows the stage.
func (s *stagePlan) after(i int, next string) string {
	if i+1 < len(s.groups) {
		return s.groups[i+1].entry(next)
	}
	return s.onSuccess.entry(next)
}

// failing is the state to which a failure leads.
func (s *stagePlan) failing() string { return s.onFailure.entry(s.fail) }

// all yields the stage's groups in the order in which an execution meets them.
func (s *stagePlan) all() iter.Seq[*groupPlan] {
	return func(yield func(*groupPlan) bool) {
		if !yield(&s.beforeEntry) {
			return
		}
		for i := range s.groups {
			if !yield(&s.groups[i]) {
				return
			}
		}
		if yield(&s.onSuccess) {
			yield(&s.onFailure)
		}
	}
}

// units yields the actions and rules of a stage, group by group.
func (s *stagePlan) units() iter.Seq[*unit] {
	return func(yield func(*unit) bool) {
		for g := range s.all() {
			for i := range g.units {
				if !yield(&g.units[i]) {
					return
				}
			}
		}
	}
}
