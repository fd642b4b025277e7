package pipeline

import (
	"math"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkReferences wants every #{namespace.key} to have a value when it is read.
func checkReferences(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		r := referenceReader{definition: d, list: list, moment: a.moment, inSource: a.isSource()}
		for _, entry := range a.Configuration {
			r.read(entry.Value)
		}
		r.readAll(a.Commands)
		for _, variable := range a.EnvironmentVariables {
			r.read(variable.Value)
		}
	}
	for i := range d.Stages {
		checkRuleReferences(d, list, i)
	}
}

// checkRuleReferences looks at the rules of a stage: those before entry run before its actions, the others after.
func checkRuleReferences(d *definition, list *diag.List, stage int) {
	for _, set := range conditionsOf(&d.Stages[stage]) {
		r := referenceReader{definition: d, list: list, moment: moment{stage, math.MaxInt}}
		if set.kind == beforeEntry {
			r.moment.runOrder = 0
		}
		for _, condition := range set.conditions {
			for _, rule := range condition.Rules {
				for _, entry := range rule.Configuration {
					r.read(entry.Value)
				}
				r.readAll(rule.Commands)
			}
		}
	}
}

// referenceReader checks the texts that are resolved at one moment.
type referenceReader struct {
	*definition
	list     *diag.List
	moment   moment
	inSource bool
}

func (r referenceReader) readAll(texts []Text) {
	for _, t := range texts {
		r.read(t)
	}
}

func (r referenceReader) read(t Text) {
	for _, reference := range References(t.Value) {
		at := within(t, reference.Start, reference.End)
		switch {
		case reference.Key == "":
			r.list.Add(malformedReference(at, t.Value[reference.Start:reference.End]))
		case reference.Namespace == executionNamespace:
			if reference.Key != executionIDKey {
				r.list.Add(unknownExecutionVariable(at, reference.Key))
			}
		case reference.Namespace == variablesNamespace:
			r.pipelineVariable(at, reference.Key)
		default:
			r.outputVariable(at, reference)
		}
	}
}

func (r referenceReader) pipelineVariable(at diag.Range, key string) {
	if r.inSource {
		r.list.Add(pipelineVariableInSource(at, key))
		return
	}
	names := make([]string, len(r.Variables))
	for i := range r.Variables {
		names[i] = r.Variables[i].Name.Value
	}
	if !slices.Contains(names, key) {
		r.list.Add(undeclaredVariable(at, key, names))
	}
}

func (r referenceReader) outputVariable(at diag.Range, reference Reference) {
	producer, known := r.spaces[reference.Namespace]
	switch {
	case !known:
		r.list.Add(unknownNamespace(at, reference.Namespace, r.namespaces()))
	case !producer.moment.before(r.moment):
		r.list.Add(variableNotYetSet(at, reference, producer))
	default:
		names, open := producer.variables()
		if !open && !slices.Contains(names, reference.Key) {
			r.list.Add(as(r.options.severity(diag.Warning), unknownVariable(at, reference, producer, names)))
		}
	}
}

func (r referenceReader) namespaces() []string {
	return append(keysOf(r.spaces), executionNamespace, variablesNamespace)
}

// variables returns the names of an action's output variables, and whether there may be others.
func (a *placedAction) variables() (names []string, open bool) {
	if a.ActionTypeID.Category.Value == "Compute" {
		for _, name := range a.OutputVariables {
			names = append(names, name.Value)
		}
		return names, false
	}
	return a.actionType.Variables, a.actionType.OpenVariables || !a.known
}
