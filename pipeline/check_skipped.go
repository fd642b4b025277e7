package pipeline

import (
	"iter"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkSkippedProducers finds what is read from an action that a condition may skip, its own or its stage's: then there
// is nothing to read.
func checkSkippedProducers(d *definition, list *diag.List) {
	stages := d.skippedStages()
	conditional := func(a placedAction) bool { return len(a.When) > 0 }
	if len(stages) == 0 && !slices.ContainsFunc(d.actions, conditional) {
		return
	}
	for a := range d.performers() {
		asking := skipReader{definition: d, list: list, stages: stages, reader: a}
		asking.readVariables(a.asked())
		running := asking
		if a.condition == nil {
			running.guarded = a
		}
		running.readArtifacts()
		running.readVariables(a.Performed())
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
	*definition
	list    *diag.List
	stages  map[*Stage]Text // that may be skipped
	reader  *placedAction
	guarded *placedAction // the reader, once its own checks hold; nil before, and for rules, which have none
}

func (r skipReader) readArtifacts() {
	for _, input := range r.reader.InputArtifacts {
		if producer, known := r.artifacts[input.Value]; known {
			r.read(producer, input.At, "the artifact "+quote(input.Value))
		}
	}
}

func (r skipReader) readVariables(texts iter.Seq[Text]) {
	for t := range texts {
		for _, reference := range References(t.Value) {
			if producer, known := r.spaces[reference.Namespace]; known {
				at := within(t, reference.Start, reference.End)
				r.read(producer, at, "the variable "+quote(reference.Namespace+"."+reference.Key))
			}
		}
	}
}

func (r skipReader) read(producer *placedAction, at diag.Range, what string) {
	if result, may := r.stages[producer.stage]; may && producer.stage != r.reader.stage {
		r.list.Add(mayBeSkipped(at, what, producer, result))
	}
	if producer.isSource() || !producer.moment.before(r.reader.moment) {
		return // reported elsewhere: it cannot be skipped, or what it makes is not there yet
	}
	if !r.guarded.hasChecksOf(producer) {
		r.list.Add(mayDoNothing(at, what, producer, r.guarded))
	}
}

// hasChecksOf reports whether an action runs only where the other one does: it has the same checks, and perhaps more.
// A nil one has none.
func (a *placedAction) hasChecksOf(other *placedAction) bool {
	var checks []VariableCheck
	if a != nil {
		checks = a.When
	}
	for _, check := range other.When {
		if !slices.ContainsFunc(checks, check.isSameAs) {
			return false
		}
	}
	return true
}

// isSameAs reports whether another check always has the same answer: it is the same text.
func (c VariableCheck) isSameAs(other VariableCheck) bool {
	return c.Variable.Value == other.Variable.Value && c.Operator.Value == other.Operator.Value && c.Value.Value == other.Value.Value
}
