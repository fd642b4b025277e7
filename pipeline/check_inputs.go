package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkInputArtifacts wants every input artifact to be the output of an action that surely ran before.
func checkInputArtifacts(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		for _, input := range a.InputArtifacts {
			if input.Value == "" {
				continue // reported as empty
			}
			producer, known := d.artifacts[input.Value]
			switch {
			case !known:
				list.Add(d.unknownInput(input, a.moment))
			case !producer.moment.before(a.moment):
				list.Add(artifactNotYetProduced(input, a, producer))
			}
		}
	}
}

// unknownInput suggests an artifact with a similar name, or says what there is at that moment.
func (d *definition) unknownInput(input Text, when moment) diag.Diagnostic {
	names := keysOf(d.artifacts)
	if near, found := diag.Nearest(input.Value, names); found {
		return unknownArtifact(input, near, d.artifacts[near])
	}
	var produced []string
	for _, name := range names {
		if d.artifacts[name].moment.before(when) {
			produced = append(produced, name)
		}
	}
	return unknownArtifactAmong(input, produced)
}
