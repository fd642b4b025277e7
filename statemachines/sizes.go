package statemachines

import (
	"unicode/utf8"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// What a machine carries at most of values that are not known yet, as bytes of JSON text.
const (
	mostOutputVariable   = 2 * events.MaxInlineVariable                                     // that, or a reference to it
	mostPipelineVariable = 6 * 1_000                                                        // its value: \u0001 takes six
	mostTaskToken        = 1_024                                                            // Step Functions'
	mostIdentifiers      = 80 + 256                                                         // of the pipeline execution, and the machine's ARN
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
		if n := f.referencesOf(of); n > u.Most {
			u.Most, u.Stage = n, f.most(of, f.producedBytes)
		}
	}
	return u
}

// referencesOf is what the references to artifacts take at the end of a part: those that it makes, and those that it reads
// and did not make.
func (f *forms) referencesOf(of part) int {
	n := 0
	for i := of.first; i <= of.last; i++ {
		n += f.producedBytes(i)
	}
	if of != f.plan.whole() {
		read := scopeOf(f.plan, of)
		n += read.artifactsBytes()
	}
	return n
}

// most is the stage of a part that takes most.
func (f *forms) most(of part, takes func(stage int) int) string {
	most, name := -1, ""
	for i := of.first; i <= of.last; i++ {
		if n := takes(i); n > most {
			most, name = n, f.plan.stages[i].stage.Name.Value
		}
	}
	return name
}

// assignUse is the largest Assign: that of a state which is resumed, with everything that the part reads, or that of a
// group, with the references to artifacts and all variables that its actions set.
func (f *forms) assignUse() Use {
	u := Use{Name: "one Assign", InBytes: true, Limit: limitPayload, remedy: divideStage}
	for _, of := range f.parts {
		references := f.referencesOf(of)
		read := scopeOf(f.plan, of)
		if n := references + read.variablesBytes(); n > u.Most {
			u.Most, u.Stage = n, f.most(of, func(i int) int { return f.loadOf(i).assigned })
		}
		for i := of.first; i <= of.last; i++ {
			for g := range f.plan.stages[i].all() {
				if n := references + f.groupVariables(g); n > u.Most {
					u.Most, u.Stage = n, f.plan.stages[i].stage.Name.Value
				}
			}
		}
	}
	return u
}

// groupVariables is what the variables take that a group sets.
func (f *forms) groupVariables(g *groupPlan) int {
	n := 0
	for i := range g.units {
		n += f.scope.namespaceBytes(g.units[i].namespace)
	}
	return n
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
		n += f.referenceBytes(u) + f.scope.namespaceBytes(u.namespace)
	}
	return n
}

// namespaceBytes is what is carried of a namespace at most.
func (s *scope) namespaceBytes(namespace string) int {
	n := 0
	for _, key := range s.keys[namespace] {
		n += jsonBytes(key) + mostOutputVariable + 2
	}
	return n
}

// variablesBytes is what is carried of all namespaces at most.
func (s *scope) variablesBytes() int {
	n := 0
	for _, namespace := range s.order {
		n += s.namespaceBytes(namespace)
	}
	return n
}

// artifactsBytes is what references to all artifacts that are read take.
func (s *scope) artifactsBytes() int {
	n := 0
	for name := range s.artifacts {
		n += artifactBytes + 2*jsonBytes(name)
	}
	return n
}

// variablesUse is all variables together; the one with a group's failures and the one with the end of an execution are
// never larger than a payload.
func (f *forms) variablesUse() Use {
	u := Use{Name: "all variables", InBytes: true, Limit: limitVariables, remedy: divideStage}
	u.Most = f.artifactsUse().Most + 2*limitPayload + f.inputUse().Most + f.scope.variablesBytes()
	return u
}

// inputUse is the input of an execution: the values of the pipeline's variables.
func (f *forms) inputUse() Use {
	u := Use{Name: "input", InBytes: true, Limit: limitPayload, remedy: "declare fewer variables"}
	for i := range f.pipeline.Variables {
		u.Most += jsonBytes(f.pipeline.Variables[i].Name.Value) + mostPipelineVariable
	}
	u.Most = min(u.Most, events.MaxVariables) + mostIdentifiers
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
