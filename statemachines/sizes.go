package statemachines

import (
	"unicode/utf8"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// What a machine carries at most of values that are not known yet, as bytes of JSON text.
const (
	mostOutputVariable   = 2 * events.MaxInlineVariable                                     // a quote and a backslash take two
	mostPipelineVariable = 6 * 1_000                                                        // its value: \u0001 takes six
	mostTaskToken        = 1_024                                                            // Step Functions'
	mostIdentifiers      = 2 * 80                                                           // of the pipeline execution and of the machine's
	artifactBytes        = len(`{"name":"","actionExecutionId":"","sha256":""},`) + 36 + 64 // without its name
)

// payloads is the largest input of a handler.
func (f *forms) payloads() Use {
	u := Use{Name: "one payload", InBytes: true, Limit: limitPayload, remedy: "shorten its configuration"}
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		for unit := range s.units() {
			if n := f.payloadBytes(s.stage, unit); n > u.Most {
				u.Most, u.Stage, u.Action = n, s.stage.Name.Value, unit.path()
			}
		}
	}
	return u
}

func (f *forms) payloadBytes(s *pipeline.Stage, u *unit) int {
	const around = functionBytes + mostTaskToken + mostIdentifiers + 300 // the names of the members
	n := around + jsonBytes(s.Name.Value) + jsonBytes(u.own)
	for _, input := range u.inputs {
		n += artifactBytes + jsonBytes(input.Value)
	}
	for _, key := range f.scope.keys[u.namespace] {
		n += jsonBytes(key) + 1
	}
	for _, property := range u.configuration {
		n += jsonBytes(property.Key.Value) + 2
	}
	for _, v := range u.environment {
		n += jsonBytes(v.Name.Value) + len(`{"name":,"value":},`)
	}
	for text := range u.texts() {
		n += textBytes(text) + 1
	}
	return n
}

// textBytes is what a text takes at most once its parts have their values.
func textBytes(text pipeline.Text) int {
	n := jsonBytes(text.Value)
	for _, r := range pipeline.References(text.Value) {
		if r.Namespace == namespaceVariables {
			n += mostPipelineVariable
		} else {
			n += mostOutputVariable
		}
	}
	return n
}

// artifactsUse is the variable that holds references to artifacts. In one machine it only grows.
func (f *forms) artifactsUse() Use {
	u := Use{Name: "references to artifacts", InBytes: true, Limit: limitPayload, remedy: divideStage}
	for _, of := range f.parts {
		total, most, stage := 0, -1, ""
		for i := of.first; i <= of.last; i++ {
			n := f.loadOf(i).references
			if len(f.parts) == 1 {
				n = f.producedBytes(i)
			}
			total += n
			if n > most {
				most, stage = n, f.plan.stages[i].stage.Name.Value
			}
		}
		if total > u.Most {
			u.Most, u.Stage = total, stage
		}
	}
	return u
}

// producedBytes is what a stage adds to the references to artifacts.
func (f *forms) producedBytes(stage int) int {
	n := 0
	for u := range f.plan.stages[stage].units() {
		n += f.referenceBytes(u)
	}
	return n
}

// referenceBytes is what a unit adds to the references to artifacts.
func (f *forms) referenceBytes(u *unit) int {
	if !f.scope.readsArtifacts(u) {
		return 0
	}
	n := 0
	for _, output := range u.outputs {
		n += artifactBytes + 2*jsonBytes(output.Name.Value)
	}
	return n
}

// results is the largest result of a group in which everything succeeds and gives as much as it may.
func (f *forms) results() Use {
	u := Use{Name: "one group's result", InBytes: true, Limit: limitPayload, remedy: divideStage}
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		for g := range s.all() {
			if n := f.resultBytes(g); n > u.Most {
				u.Most, u.Stage = n, s.stage.Name.Value
			}
		}
	}
	return u
}

func (f *forms) resultBytes(g *groupPlan) int {
	if g.parallel == "" {
		return 0
	}
	n := 0
	for i := range g.units {
		u := &g.units[i]
		n += len(`{"action":,"outputArtifacts":{},"outputVariables":},`) + jsonBytes(u.own)
		n += f.referenceBytes(u) + f.variablesBytes(u.namespace)
	}
	return n
}

// variablesBytes is what is carried of a namespace at most.
func (f *forms) variablesBytes(namespace string) int {
	n := 0
	for _, key := range f.scope.keys[namespace] {
		n += jsonBytes(key) + mostOutputVariable + 2
	}
	return n
}

// variablesUse is all variables together; the one with a group's failures and the one with the end of an execution are
// never larger than a payload.
func (f *forms) variablesUse() Use {
	u := Use{Name: "all variables", InBytes: true, Limit: limitVariables, remedy: divideStage}
	u.Most = f.artifactsUse().Most + 2*limitPayload
	for i := range f.pipeline.Variables {
		u.Most += jsonBytes(f.pipeline.Variables[i].Name.Value) + mostPipelineVariable
	}
	for _, namespace := range f.scope.order {
		u.Most += f.variablesBytes(namespace)
	}
	return u
}

// jsonBytes is the length of a text as a JSON string, as package asl writes it.
func jsonBytes(text string) int {
	n := len(`""`)
	for _, r := range text {
		switch {
		case r == '"', r == '\\', r == '\b', r == '\f', r == '\n', r == '\r', r == '\t':
			n += len(`\n`)
		case r < ' ', r == '\u2028', r == '\u2029', r == utf8.RuneError:
			n += len(`\u0001`)
		default:
			n += utf8.RuneLen(r)
		}
	}
	return n
}
