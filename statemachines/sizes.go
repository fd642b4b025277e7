package statemachines

import (
	"unicode/utf8"

	"github.com/penstock-ci/penstock/pipeline"
)

// What CodePipeline's own limits leave of the values that a machine carries, as bytes of JSON text: a character of a
// variable may take six, as in \u0001.
const (
	mostOutputVariables  = 122_880                                                          // of one action
	mostConfiguration    = 100 << 10                                                        // of one action, resolved
	mostPipelineVariable = 6 * 1_000                                                        // its value
	mostTaskToken        = 1_024                                                            // Step Functions'
	mostIdentifiers      = 2 * 80                                                           // of the pipeline execution and of the machine's
	artifactBytes        = len(`{"name":"","actionExecutionId":"","sha256":""},`) + 36 + 64 // without its name
)

// payloads is the largest input of a handler.
func (f *forms) payloads() Use {
	u := Use{Name: "one payload", InBytes: true, Limit: limitPayload, Breaks: true, remedy: "shorten its configuration"}
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		for a := range s.actions() {
			if n := f.payloadBytes(s.stage, a.action); n > u.Most {
				u.Most, u.Stage, u.Action = n, s.stage.Name.Value, a.action.Name.Value
			}
		}
	}
	return u
}

func (f *forms) payloadBytes(s *pipeline.Stage, a *pipeline.Action) int {
	const around = functionBytes + mostTaskToken + mostIdentifiers + 300 // the names of the members
	n := around + jsonBytes(s.Name.Value) + jsonBytes(a.Name.Value)
	for _, input := range a.InputArtifacts {
		n += artifactBytes + jsonBytes(input.Value)
	}
	for _, key := range f.scope.keys[a.Namespace.Value] {
		n += jsonBytes(key) + 1
	}
	return n + configurationBytes(a.Configuration)
}

// configurationBytes is what a configuration takes at most: what is written, and where something is filled in, as much
// as CodePipeline allows.
func configurationBytes(properties []pipeline.Property) int {
	n, open := 0, false
	for _, p := range properties {
		n += jsonBytes(p.Key.Value) + jsonBytes(p.Value.Value) + 2
		open = open || len(pipeline.References(p.Value.Value)) > 0
	}
	if open {
		return max(n, mostConfiguration)
	}
	return n
}

// artifactsUse is the variable that holds references to artifacts. It only grows.
func (f *forms) artifactsUse() Use {
	u := Use{Name: "references to artifacts", InBytes: true, Limit: limitPayload, Breaks: true, remedy: divide}
	most := -1
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		total := 0
		for a := range s.actions() {
			total += f.referenceBytes(a.action)
		}
		u.Most += total
		if total > most {
			most, u.Stage = total, s.stage.Name.Value
		}
	}
	return u
}

// referenceBytes is what an action adds to the references to artifacts.
func (f *forms) referenceBytes(a *pipeline.Action) int {
	if !f.scope.readsArtifacts(a) {
		return 0
	}
	n := 0
	for _, output := range a.OutputArtifacts {
		n += artifactBytes + 2*jsonBytes(output.Name.Value)
	}
	return n
}

// results is the largest result of a group in which every action succeeds and gives as much as it may. A group whose
// result is larger fails its stage; the records of its actions stay as they are.
func (f *forms) results() Use {
	u := Use{Name: "one group's result", InBytes: true, Limit: limitPayload}
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		for j := range s.groups {
			if n := f.resultBytes(&s.groups[j]); n > u.Most {
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
	for _, a := range g.actions {
		n += len(`{"action":,"outputArtifacts":{},"outputVariables":},`) + jsonBytes(a.action.Name.Value)
		n += f.referenceBytes(a.action)
		if f.scope.readsVariables(a.action) {
			n += mostOutputVariables
		}
	}
	return n
}

// variablesUse is all variables together; the one with a group's failures and the one with the end of an execution are
// never larger than a payload.
func (f *forms) variablesUse() Use {
	u := Use{Name: "all variables", InBytes: true, Limit: limitVariables}
	u.Most = f.artifactsUse().Most + 2*limitPayload
	for i := range f.pipeline.Variables {
		u.Most += jsonBytes(f.pipeline.Variables[i].Name.Value) + mostPipelineVariable
	}
	u.Most += len(f.scope.order) * mostOutputVariables
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
