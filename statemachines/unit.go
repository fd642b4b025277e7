package statemachines

import (
	"iter"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// unit is what one Task state performs: an action, or a rule of a condition.
type unit struct {
	own           string // the name that the definition gives it
	condition     string // the member of the stage that holds the rule; empty for an action
	call          call   // how its Task state reaches its handler
	inputs        []pipeline.Text
	outputs       []pipeline.OutputArtifact
	namespace     string // where its output variables go; empty for none
	configuration []pipeline.Property
	commands      []pipeline.Text                // all, where one of them holds a #{}; else the handler takes them from the definition
	environment   []pipeline.EnvironmentVariable // those whose values hold a #{}
	checks        []pipeline.VariableCheck       // that must hold for it to run

	name string // of its Task state
	when string // of the Task state before it that asks whether the action is to run; empty where it always is
	// In a group, the states that end its branch when it is not to run, and when it failed.
	skipped, failed string
}

func actionUnit(a *pipeline.Action) unit {
	u := unit{
		own: a.Name.Value, call: callOf(a), inputs: a.InputArtifacts, outputs: a.OutputArtifacts, namespace: a.Namespace.Value,
		configuration: byKey(a.Configuration), commands: openCommands(a.Commands), checks: a.When,
	}
	for _, v := range a.EnvironmentVariables {
		if isOpen(v.Value) {
			u.environment = append(u.environment, v)
		}
	}
	return u
}

func ruleUnit(condition string, r *pipeline.Rule) unit {
	u := unit{
		own: r.Name.Value, condition: condition, call: call{function: events.EvaluateRuleFunction}, inputs: r.InputArtifacts,
		configuration: byKey(r.Configuration), commands: openCommands(r.Commands),
	}
	if r.CallsBack() {
		u.call.token, u.call.timeout = true, r.Timeout()+net
	}
	return u
}

// byKey puts a configuration into the order of its keys: the order in which they are written means nothing, and a
// definition in canonical form must compile to the same machine.
func byKey(configuration []pipeline.Property) []pipeline.Property {
	return slices.SortedFunc(slices.Values(configuration), func(a, b pipeline.Property) int {
		return strings.Compare(a.Key.Value, b.Key.Value)
	})
}

func openCommands(commands []pipeline.Text) []pipeline.Text {
	if slices.ContainsFunc(commands, isOpen) {
		return commands
	}
	return nil
}

// isOpen says whether a text has parts that get their value when the execution comes to it.
func isOpen(text pipeline.Text) bool { return len(pipeline.References(text.Value)) > 0 }

// nameStates names the unit's states, the first as title says if that is free.
func (u *unit) nameStates(n names, title string, alone bool) {
	conditional := len(u.checks) > 0
	if conditional {
		u.when = n.unique(title + " when")
	}
	u.name = n.unique(title)
	if alone {
		return
	}
	if conditional {
		u.skipped = n.unique(title + " skipped")
	}
	u.failed = n.unique(title + " failed")
}

// entry is the state at which the unit begins.
func (u *unit) entry() string {
	if u.when != "" {
		return u.when
	}
	return u.name
}

// path is what messages call the unit inside its stage.
func (u *unit) path() string {
	if u.condition == "" {
		return u.own
	}
	return u.condition + "/" + u.own
}

// texts yields the texts of the unit that the machine carries, and in which it resolves every #{}.
func (u *unit) texts() iter.Seq[pipeline.Text] {
	return func(yield func(pipeline.Text) bool) {
		for _, property := range u.configuration {
			if !yield(property.Value) {
				return
			}
		}
		for _, command := range u.commands {
			if !yield(command) {
				return
			}
		}
		for _, v := range u.environment {
			if !yield(v.Value) {
				return
			}
		}
		for _, c := range u.checks {
			if !yield(c.Variable) || !yield(c.Value) {
				return
			}
		}
	}
}

// failure describes what a catcher caught as an [events.ActionFailure].
func (u *unit) failure() asl.Object {
	if u.condition == "" {
		return failureOf(asl.Field("action", asl.Literal(u.own)))
	}
	return failureOf(asl.Field("condition", u.condition), asl.Field("rule", asl.Literal(u.own)))
}
