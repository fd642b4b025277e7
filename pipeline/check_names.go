package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkUniqueNames wants every stage name once in the pipeline and every action name once in its stage.
func checkUniqueNames(d *definition, list *diag.List) {
	stages := map[string]Text{}
	for i := range d.Stages {
		stage := &d.Stages[i]
		once(list, stages, stage.Name, func(first Text) diag.Diagnostic { return duplicateStage(stage.Name, first) })
		actions := map[string]Text{}
		for j := range stage.Actions {
			name := stage.Actions[j].Name
			once(list, actions, name, func(first Text) diag.Diagnostic {
				return duplicateAction(name, first, stage.Name.Value)
			})
		}
	}
}

// once reports a text that was seen before, and remembers it otherwise.
func once(list *diag.List, seen map[string]Text, t Text, report func(first Text) diag.Diagnostic) {
	if t.Value == "" || !t.IsKnown() {
		return // reported as missing or empty, or not to be judged
	}
	if first, twice := seen[t.Value]; twice {
		list.Add(report(first))
		return
	}
	seen[t.Value] = t
}
