package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkInputArtifacts wants every input artifact to be the output of an action that surely ran before.
func checkInputArtifacts(d *definition, list *diag.List) {
	for a := range d.performers() {
		for _, input := range a.InputArtifacts {
			if input.Value == "" || !input.IsKnown() {
				continue // reported as empty, or not to be judged
			}
			producer, known := d.artifacts[input.Value]
			switch {
			case !known && !d.openArtifacts:
				list.Add(d.unknownInput(candidates(list, d.artifactNames), input, a.moment))
			case known && !producer.moment.before(a.moment):
				list.Add(artifactNotYetProduced(input, a, producer))
			}
		}
		seen := map[string]Text{}
		for _, input := range a.InputArtifacts {
			once(list, seen, input, func(first Text) diag.Diagnostic { return inputTwice(input, first, a) })
		}
	}
}

// unknownInput suggests an artifact with a similar name, or says what there is at that moment.
func (d *definition) unknownInput(names []string, input Text, when moment) diag.Diagnostic {
	if names == nil {
		return unknownArtifactHere(input)
	}
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

// candidates returns the names to suggest from: none once more is wrong than is shown at once. To compare thousands of
// mistakes with thousands of names would take minutes.
func candidates(list *diag.List, names []string) []string {
	if len(*list) > diag.Limit {
		return nil
	}
	return names
}
