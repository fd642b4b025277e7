package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkSkippedProducers finds what is read from a stage that a condition may skip: then there is nothing to read.
func checkSkippedProducers(d *definition, list *diag.List) {
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
	if len(skips) == 0 {
		return
	}
	for a := range d.performers() {
		for _, input := range a.InputArtifacts {
			if producer, known := d.artifacts[input.Value]; known && producer.stage != a.stage {
				if result, may := skips[producer.stage]; may {
					list.Add(mayBeSkipped(input.At, "the artifact "+quote(input.Value), producer, result))
				}
			}
		}
		for t := range a.resolved() {
			d.checkSkippedVariables(list, skips, a, t)
		}
	}
}

func (d *definition) checkSkippedVariables(list *diag.List, skips map[*Stage]Text, a *placedAction, t Text) {
	for _, reference := range References(t.Value) {
		producer, known := d.spaces[reference.Namespace]
		if !known || producer.stage == a.stage {
			continue
		}
		if result, may := skips[producer.stage]; may {
			at := within(t, reference.Start, reference.End)
			list.Add(mayBeSkipped(at, "the variable "+quote(reference.Namespace+"."+reference.Key), producer, result))
		}
	}
}
