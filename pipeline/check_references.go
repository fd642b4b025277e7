package pipeline

import (
	"iter"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// checkReferences wants every #{namespace.key} to have a value when it is read.
func checkReferences(d *definition, list *diag.List) {
	for a := range d.performers() {
		r := referenceReader{definition: d, list: list, reader: a}
		for t := range a.resolved() {
			r.read(t)
		}
	}
}

// resolved goes through the texts in which variables get their values. Everywhere else a text is used as it is written.
func (a *placedAction) resolved() iter.Seq[Text] {
	return func(yield func(Text) bool) {
		for _, texts := range []iter.Seq[Text]{a.asked(), a.Performed()} {
			for t := range texts {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// asked goes through the texts that decide whether the action does anything: the checks of when.
func (a *placedAction) asked() iter.Seq[Text] {
	return func(yield func(Text) bool) {
		for _, check := range a.When {
			if !yield(check.Variable) || !yield(check.Value) {
				return
			}
		}
	}
}

// Performed goes through the texts that say what the action does: configuration, commands and the values of environment
// variables.
func (a *Action) Performed() iter.Seq[Text] {
	return func(yield func(Text) bool) {
		for _, entry := range a.Configuration {
			if !yield(entry.Value) {
				return
			}
		}
		for _, command := range a.Commands {
			if !yield(command) {
				return
			}
		}
		for _, variable := range a.EnvironmentVariables {
			if !yield(variable.Value) {
				return
			}
		}
	}
}

// referenceReader checks the texts that are resolved for one action or rule.
type referenceReader struct {
	*definition
	list   *diag.List
	reader *placedAction
}

func (r referenceReader) read(t Text) {
	for _, reference := range References(t.Value) {
		if hasPlaceholder(t, reference) {
			continue
		}
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

// hasPlaceholder reports whether a part of the reference is not known.
func hasPlaceholder(t Text, reference Reference) bool {
	return slices.ContainsFunc(t.Placeholders, func(p tree.Placeholder) bool {
		return p.Start < reference.End && reference.Start < p.End
	})
}

func (r referenceReader) pipelineVariable(at diag.Range, key string) {
	if r.reader.isSource() {
		r.list.Add(pipelineVariableInSource(at, key))
		return
	}
	if !r.variables[key] && !r.openVariables {
		r.list.Add(undeclaredVariable(at, key, len(r.variables) == 0, candidates(r.list, r.variableNames)))
	}
}

func (r referenceReader) outputVariable(at diag.Range, reference Reference) {
	producer, known := r.spaces[reference.Namespace]
	switch {
	case !known && r.openSpaces:
	case !known:
		r.list.Add(unknownNamespace(at, reference.Namespace, candidates(r.list, r.spaceNames)))
	case !producer.moment.before(r.reader.moment):
		r.list.Add(variableNotYetSet(at, reference, r.reader, producer))
	default:
		names, open := producer.outputs()
		if !open && !slices.Contains(names, reference.Key) {
			r.list.Add(as(r.options.severity(diag.Warning), unknownVariable(at, reference, producer, names)))
		}
	}
}

// outputs returns the names of an action's output variables, and whether there may be others.
func (a *placedAction) outputs() (names []string, open bool) {
	if a.ActionTypeID.Category.Value == "Compute" {
		for _, name := range a.OutputVariables {
			names = append(names, name.Value)
			open = open || !name.IsKnown()
		}
		return names, open
	}
	return a.actionType.Variables, a.actionType.OpenVariables || !a.known
}
