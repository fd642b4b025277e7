package statemachines

import (
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// lone adds the states of a unit that has its group for itself.
func (c *compiler) lone(s *stagePlan, u *unit, to exits) {
	if u.when != "" {
		task := c.whenTask(s, u)
		task.Catch = []asl.Catcher{catchEnded(), {ErrorEquals: []string{events.ErrorRuleFailed}, Next: to.next}, to.catch(u)}
		task.Next = u.name
		c.states.Add(u.when, task)
	}
	task := c.task(s, u)
	task.Assign = c.assign(u)
	task.Catch = []asl.Catcher{catchEnded()}
	if to.skip != "" {
		task.Catch = append(task.Catch, asl.Catcher{ErrorEquals: []string{events.ErrorRuleFailed}, Next: to.skip})
	}
	task.Catch = append(task.Catch, to.catch(u))
	task.Next = to.next
	c.states.Add(u.name, task)
}

// task is a unit's Task state without catchers and successor.
func (c *compiler) task(s *stagePlan, u *unit) *asl.Task {
	payload := asl.Object{asl.Field("stage", asl.Literal(s.stage.Name.Value))}
	if u.condition == "" {
		payload = append(payload, asl.Field("action", c.actionPayload(u)))
	} else {
		payload = append(payload, asl.Field("rule", c.rulePayload(u)))
	}
	return u.call.task(payload)
}

// whenTask asks whether an action is to run, before anything else of it is resolved: what it reads may be missing where
// it is not.
func (c *compiler) whenTask(s *stagePlan, u *unit) *asl.Task {
	checks := make([]any, 0, len(u.checks))
	for _, check := range u.checks {
		checks = append(checks, asl.Object{
			asl.Field("variable", c.scope.value(check.Variable)),
			asl.Field("operator", asl.Literal(check.Operator.Value)),
			asl.Field("value", c.scope.value(check.Value)),
		})
	}
	return call{function: events.EvaluateRuleFunction}.task(asl.Object{
		asl.Field("stage", asl.Literal(s.stage.Name.Value)),
		asl.Field("when", asl.Object{asl.Field("action", asl.Literal(u.own)), asl.Field("checks", checks)}),
	})
}

func (c *compiler) actionPayload(u *unit) asl.Object {
	payload := append(asl.Object{asl.Field("name", asl.Literal(u.own))}, c.commonPayload(u)...)
	if variables := u.environment; len(variables) > 0 {
		list := make([]any, 0, len(variables))
		for _, v := range variables {
			list = append(list, asl.Object{asl.Field("name", asl.Literal(v.Name.Value)), asl.Field("value", c.scope.value(v.Value))})
		}
		payload = append(payload, asl.Field("environmentVariables", list))
	}
	if keys := c.scope.keys[u.namespace]; len(keys) > 0 {
		payload = append(payload, asl.Field("outputVariables", literals(keys)))
	}
	return payload
}

func (c *compiler) rulePayload(u *unit) asl.Object {
	return append(asl.Object{asl.Field("condition", u.condition), asl.Field("name", asl.Literal(u.own))}, c.commonPayload(u)...)
}

// commonPayload is what the payloads of actions and of rules share.
func (c *compiler) commonPayload(u *unit) asl.Object {
	payload := asl.Object{
		asl.Field("configuration", c.scope.configuration(u.configuration)),
		asl.Field("inputArtifacts", inputArtifacts(u)),
	}
	if commands := u.commands; len(commands) > 0 {
		list := make([]any, 0, len(commands))
		for _, command := range commands {
			list = append(list, c.scope.value(command))
		}
		payload = append(payload, asl.Field("commands", list))
	}
	return payload
}

func inputArtifacts(u *unit) []any {
	artifacts := make([]any, 0, len(u.inputs))
	for _, input := range u.inputs {
		artifacts = append(artifacts, asl.Expr(member("$"+varArtifacts, input.Value)))
	}
	return artifacts
}

func literals(texts []string) []any {
	out := make([]any, 0, len(texts))
	for _, text := range texts {
		out = append(out, asl.Literal(text))
	}
	return out
}

// assign keeps what later states read of a unit's result.
func (c *compiler) assign(u *unit) asl.Object {
	var assign asl.Object
	called := u.call
	if c.scope.readsArtifacts(u) {
		assign = append(assign, mergeArtifacts(called.result(fieldOutputArtifacts)))
	}
	if c.scope.readsVariables(u) {
		assign = append(assign, asl.Field(c.scope.variables[u.namespace], asl.Expr(called.result(fieldOutputVariables))))
	}
	return assign
}

// Members of an events.TaskOutput, and of an events.ResumeOutput.
const (
	fieldOutputArtifacts = "outputArtifacts"
	fieldOutputVariables = "outputVariables"
	fieldNamespaces      = "namespaces"
)

// mergeArtifacts adds artifacts to those known so far. An undefined source, of a branch that failed, adds nothing.
func mergeArtifacts(sources ...string) asl.Member {
	return asl.Field(varArtifacts, asl.Expr("$merge([$"+varArtifacts+", "+strings.Join(sources, ", ")+"])"))
}

// orEmpty is the source of an object that may be missing.
func orEmpty(source string) string { return "$exists(" + source + ") ? " + source + " : {}" }
