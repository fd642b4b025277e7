package local

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/statemachines"
)

// A process that starts one execution after another keeps the histories of the last ones only; what each has cost it
// still knows.
func TestHistoriesAreDropped(t *testing.T) {
	files := small(greet)
	b := bind(t, files)
	p := b.open(t, Options{histories: 1})
	defer closed(t, p)
	approve(t, p, true)
	source := parse(t, files["pipeline.yaml"])
	machines, err := statemachines.Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Register(t.Context(), source, machines)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, token := range []string{"first", "second", "second"} {
		e, err := p.StartPipelineExecution(t.Context(), execution.StartInput{Definition: d, Pipeline: source, ClientRequestToken: token}, Request{Bindings: b.bindings})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ended(t, p, e))
	}
	if ids[0] == ids[1] || ids[1] != ids[2] {
		t.Errorf("the executions are %q, want that a token starts one", ids)
	}
	if p.equipped[ids[0]] == nil || p.equipped[ids[0]] != p.equipped[ids[1]] {
		t.Error("two executions with the same bindings have not the same equipment")
	}
	if kept := [2]int{len(p.engine.History(ids[0])), len(p.engine.History(ids[1]))}; kept[0] != 0 || kept[1] == 0 {
		t.Errorf("the histories have %d events, want none of the first one only", kept)
	}
	first, second := p.Figures(ids[0]), p.Figures(ids[1])
	if first.Transitions != second.Transitions || first.Transitions == 0 {
		t.Errorf("%d and %d transitions, want the same", first.Transitions, second.Transitions)
	}
}
