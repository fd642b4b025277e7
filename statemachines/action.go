package statemachines

import (
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// lone adds the state of an action that has its runOrder for itself.
func (c *compiler) lone(s *stagePlan, a actionPlan, next string) {
	called := callOf(a.action)
	task := called.task(c.actionPayload(s, a.action))
	task.Assign = c.assign(a.action, called)
	task.Catch = []asl.Catcher{catchEnded(), catchFailure(a.action.Name.Value, s.fail)}
	task.Next = next
	c.states.Add(a.name, task)
}

func (c *compiler) actionPayload(s *stagePlan, a *pipeline.Action) asl.Object {
	action := asl.Object{
		asl.Field("name", asl.Literal(a.Name.Value)),
		asl.Field("configuration", c.scope.configuration(a.Configuration)),
		asl.Field("inputArtifacts", inputArtifacts(a)),
	}
	if keys := c.scope.keys[a.Namespace.Value]; len(keys) > 0 {
		action = append(action, asl.Field("outputVariables", values(keys)))
	}
	return asl.Object{
		asl.Field("stage", asl.Literal(s.stage.Name.Value)),
		asl.Field("action", action),
	}
}

func inputArtifacts(a *pipeline.Action) []any {
	artifacts := make([]any, 0, len(a.InputArtifacts))
	for _, input := range a.InputArtifacts {
		artifacts = append(artifacts, asl.Expr(member("$"+varArtifacts, input.Value)))
	}
	return artifacts
}

func values(texts []string) []any {
	out := make([]any, 0, len(texts))
	for _, text := range texts {
		out = append(out, asl.Literal(text))
	}
	return out
}

// assign keeps what later states read of an action's result.
func (c *compiler) assign(a *pipeline.Action, called call) asl.Object {
	var assign asl.Object
	if c.scope.readsArtifacts(a) {
		assign = append(assign, mergeArtifacts(called.result(fieldOutputArtifacts)))
	}
	if c.scope.readsVariables(a) {
		assign = append(assign, asl.Field(c.scope.variables[a.Namespace.Value], asl.Expr(called.result(fieldOutputVariables))))
	}
	return assign
}

// Members of an events.TaskOutput.
const (
	fieldOutputArtifacts = "outputArtifacts"
	fieldOutputVariables = "outputVariables"
)

// mergeArtifacts adds artifacts to those known so far. An undefined source, of a branch that failed, adds nothing.
func mergeArtifacts(sources ...string) asl.Member {
	return asl.Field(varArtifacts, asl.Expr("$merge([$"+varArtifacts+", "+strings.Join(sources, ", ")+"])"))
}
