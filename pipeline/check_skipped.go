package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkSkippedProducers finds what is read from an action that a condition may skip, its own or its stage's: then there
// is nothing to read.
func checkSkippedProducers(d *definition, list *diag.List) {
	r := skipReader{list: list, stages: d.skippedStages()}
	conditional := func(a placedAction) bool { return len(a.When) > 0 }
	if len(r.stages) == 0 && !slices.ContainsFunc(d.actions, conditional) {
		return
	}
	for a := range d.performers() {
		r.reader = a
		for _, input := range a.InputArtifacts {
			if producer, known := d.artifacts[input.Value]; known {
				r.read(producer, input.At, "the artifact "+quote(input.Value))
			}
		}
		for t := range a.resolved() {
			for _, reference := range References(t.Value) {
				if producer, known := d.spaces[reference.Namespace]; known {
					at := within(t, reference.Start, reference.End)
					r.read(producer, at, "the variable "+quote(reference.Namespace+"."+reference.Key))
				}
			}
		}
	}
}

// skippedStages returns the stages that a condition may skip, with the result that says so.
func (d *definition) skippedStages() map[*Stage]Text {
	skips := map[*Stage]Text{}
	for i := range d.Stages {
		if before := d.Stages[i].BeforeEntry; before != nil {
			for _, c := range before.Conditions {
				if c.Result.Value == resultSkip {
					skips[&d.Stages[i]] = c.Result
				}
			}
		}
	}
	return skips
}

// skipReader looks at what one action or rule reads.
type skipReader struct {
	list   *diag.List
	stages map[*Stage]Text
	reader *placedAction
}

func (r skipReader) read(producer *placedAction, at diag.Range, what string) {
	if result, may := r.stages[producer.stage]; may && producer.stage != r.reader.stage {
		r.list.Add(mayBeSkipped(at, what, producer, result))
	}
	if producer.moment.before(r.reader.moment) && !producer.isSource() && !r.reader.hasChecksOf(producer) {
		r.list.Add(mayDoNothing(at, what, r.reader, producer))
	}
}

// hasChecksOf reports whether the action runs only where the other one does: it has the same checks, and perhaps more.
func (a *placedAction) hasChecksOf(other *placedAction) bool {
	for _, check := range other.When {
		same := func(c VariableCheck) bool {
			return c.Variable.Value == check.Variable.Value && c.Operator.Value == check.Operator.Value &&
				c.Value.Value == check.Value.Value
		}
		if !slices.ContainsFunc(a.When, same) {
			return false
		}
	}
	return true
}
