package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkTransitions wants the stages whose transitions a template disables to exist, and to have one: nothing comes
// before the first.
func checkTransitions(d *definition, list *diag.List) {
	if d.Template == nil {
		return
	}
	names, open := make([]string, len(d.Stages)), false
	for i := range d.Stages {
		names[i] = d.Stages[i].Name.Value
		open = open || !d.Stages[i].Name.IsKnown()
	}
	for _, t := range d.Template.DisableInboundStageTransitions {
		switch name := t.StageName; {
		case open || name.Value == "" || !name.IsKnown():
		case !slices.Contains(names, name.Value):
			list.Add(unknownStage(name, names))
		case name.Value == names[0]:
			list.Add(firstTransition(name))
		}
	}
}
