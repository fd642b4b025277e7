package statemachines

import (
	"iter"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// unit is what one Task state performs: an action, or a rule of a condition.
type unit struct {
	title     string // what its state is called, if that name is free
	action    *pipeline.Action
	rule      *pipeline.Rule
	condition string // the member of the stage that holds the rule

	name string // of its Task state
	when string // of the Task state before it that asks whether the action is to run; empty where it always is
	// In a group, the states that end its branch when it is not to run, and when it failed.
	skipped, failed string
}

func (u *unit) planNames(n names, alone bool) {
	conditional := u.action != nil && len(u.action.When) > 0
	if conditional {
		u.when = n.unique(u.title + " when")
	}
	u.name = n.unique(u.title)
	if alone {
		return
	}
	if conditional {
		u.skipped = n.unique(u.title + " skipped")
	}
	u.failed = n.unique(u.title + " failed")
}

// entry is the state at which the unit begins.
func (u *unit) entry() string {
	if u.when != "" {
		return u.when
	}
	return u.name
}

// own is the name that the definition gives the unit.
func (u *unit) own() string {
	if u.action != nil {
		return u.action.Name.Value
	}
	return u.rule.Name.Value
}

// path is what messages call the unit inside its stage.
func (u *unit) path() string {
	if u.action != nil {
		return u.own()
	}
	return u.condition + "/" + u.own()
}

// call is how the unit's Task state reaches its handler.
func (u *unit) call() call {
	if u.action != nil {
		return callOf(u.action)
	}
	if !u.rule.CallsBack() {
		return call{function: events.EvaluateRuleFunction}
	}
	return call{function: events.EvaluateRuleFunction, token: true, timeout: u.rule.Timeout() + net}
}

// inputs are the names of the artifacts that the unit takes.
func (u *unit) inputs() []pipeline.Text {
	if u.action != nil {
		return u.action.InputArtifacts
	}
	return u.rule.InputArtifacts
}

// outputs are the artifacts that the unit makes.
func (u *unit) outputs() []pipeline.OutputArtifact {
	if u.action != nil {
		return u.action.OutputArtifacts
	}
	return nil
}

// namespace is where the unit's output variables go; empty for none.
func (u *unit) namespace() string {
	if u.action != nil {
		return u.action.Namespace.Value
	}
	return ""
}

func (u *unit) configuration() []pipeline.Property {
	if u.action != nil {
		return u.action.Configuration
	}
	return u.rule.Configuration
}

func (u *unit) commands() []pipeline.Text {
	if u.action != nil {
		return u.action.Commands
	}
	return u.rule.Commands
}

// environment are the environment variables whose values are resolved by the machine.
func (u *unit) environment() []pipeline.EnvironmentVariable {
	if u.action == nil {
		return nil
	}
	var out []pipeline.EnvironmentVariable
	for _, v := range u.action.EnvironmentVariables {
		if isOpen(v.Value) {
			out = append(out, v)
		}
	}
	return out
}

// checks are those that must hold for the unit to run.
func (u *unit) checks() []pipeline.VariableCheck {
	if u.action == nil {
		return nil
	}
	return u.action.When
}

// texts yields the texts of the unit that the machine carries, and in which it resolves every #{}.
func (u *unit) texts() iter.Seq[pipeline.Text] {
	return func(yield func(pipeline.Text) bool) {
		for _, group := range [][]pipeline.Text{u.values(), u.openCommands()} {
			for _, text := range group {
				if !yield(text) {
					return
				}
			}
		}
	}
}

func (u *unit) values() []pipeline.Text {
	var out []pipeline.Text
	for _, property := range u.configuration() {
		out = append(out, property.Value)
	}
	for _, v := range u.environment() {
		out = append(out, v.Value)
	}
	for _, c := range u.checks() {
		out = append(out, c.Variable, c.Value)
	}
	return out
}

// openCommands are all commands where one of them holds a #{}: otherwise the handler takes them from the definition.
func (u *unit) openCommands() []pipeline.Text {
	for _, command := range u.commands() {
		if isOpen(command) {
			return u.commands()
		}
	}
	return nil
}

// isOpen says whether a text has parts that get their value when the execution comes to it.
func isOpen(text pipeline.Text) bool { return len(pipeline.References(text.Value)) > 0 }

// failure describes what a catcher caught as an [events.ActionFailure].
func (u *unit) failure() asl.Object {
	if u.action != nil {
		return failureOf(asl.Field("action", asl.Literal(u.own())))
	}
	return failureOf(asl.Field("condition", u.condition), asl.Field("rule", asl.Literal(u.own())))
}
