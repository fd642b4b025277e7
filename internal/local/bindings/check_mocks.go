package bindings

import (
	"iter"
	"maps"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/local/mask"
	"github.com/penstock-ci/penstock/pipeline"
)

func (b *Bindings) isMocked(a declared) bool {
	_, mocked := b.Mocks[a.key]
	return mocked
}

// checkMocks wants of every mock an action, and of one that succeeds what certainly is asked of it: its output artifacts,
// and the variables that later actions read.
func (b *Bindings) checkMocks(actions []declared, list *diag.List) {
	byKey := map[string]declared{}
	for _, a := range actions {
		byKey[a.key] = a
	}
	hidden := b.hidden()
	for _, key := range slices.Sorted(maps.Keys(b.Mocks)) {
		b.checkMockedSecrets(key, hidden, list)
		a, known := byKey[key]
		if !known {
			list.Add(unknownMock(key, b.keys["mock "+key], slices.Sorted(maps.Keys(byKey))))
			continue
		}
		b.checkMockedArtifacts(a, list)
		if !b.Mocks[key].Failed {
			b.checkMockedVariables(a, actions, list)
		}
	}
}

// hidden are the secrets that are bound. One that cannot be read is told elsewhere.
func (b *Bindings) hidden() *mask.Mask {
	hidden := &mask.Mask{}
	values, _ := b.SecretValues()
	for _, value := range values {
		hidden.Hide(value)
	}
	return hidden
}

// checkMockedSecrets wants no secret in what the records and events of a run show of a mock.
func (b *Bindings) checkMockedSecrets(key string, hidden *mask.Mask, list *diag.List) {
	m := b.Mocks[key]
	texts := map[string]string{"its summary": m.Summary, "the message of its error": m.Message}
	for name, value := range m.Variables {
		texts["variable "+name] = value
	}
	for _, where := range slices.Sorted(maps.Keys(texts)) {
		if hidden.Holds(texts[where]) {
			list.Add(secretInMock(key, where, b.keys["mock "+key]))
		}
	}
}

func (b *Bindings) checkMockedArtifacts(a declared, list *diag.List) {
	m := b.Mocks[a.key]
	var outputs, missing []string
	for _, output := range a.action.OutputArtifacts {
		outputs = append(outputs, output.Name.Value)
		if m.Artifacts[output.Name.Value] == "" && !m.Failed {
			missing = append(missing, output.Name.Value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Artifacts)) {
		if !slices.Contains(outputs, name) {
			list.Add(unknownMockArtifact(name, a, b.keys["mock "+a.key+" artifact "+name], outputs))
		}
	}
	if len(missing) > 0 {
		list.Add(missingMockArtifacts(missing, a, b.mockPlace(a)))
	}
}

func (b *Bindings) checkMockedVariables(a declared, actions []declared, list *diag.List) {
	told := map[string]bool{}
	for reference, text := range readsOf(a, actions) {
		if _, given := b.Mocks[a.key].Variables[reference.Key]; given || told[reference.Key] {
			continue
		}
		told[reference.Key] = true
		list.Add(missingMockVariable(reference, text, a, b.mockPlace(a)))
	}
}

// readsOf are the references to output variables of an action that are read without a doubt: in the configuration, the
// commands and the environment of an action, which begins only when each has a value.
func readsOf(a declared, actions []declared) iter.Seq2[pipeline.Reference, pipeline.Text] {
	return func(yield func(pipeline.Reference, pipeline.Text) bool) {
		for _, reader := range actions {
			for text := range reader.action.Performed() {
				for _, reference := range pipeline.References(text.Value) {
					ours := reference.Namespace == a.action.Namespace.Value && reference.Namespace != "" && reference.Key != ""
					if ours && !yield(reference, text) {
						return
					}
				}
			}
		}
	}
}

// mockPlace is where a mock is written, or its action where only a flag asks for it.
func (b *Bindings) mockPlace(a declared) diag.Range {
	if at := b.keys["mock "+a.key]; at.Start.IsKnown() {
		return at
	}
	return a.action.Name.At
}
