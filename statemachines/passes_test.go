package statemachines

import (
	"slices"
	"testing"
)

// passOrder says which pass comes before which, and why: change the order of the passes, and the row that breaks tells
// what would go wrong.
var passOrder = []struct{ before, after, because string }{
	{passSupported, passPlan, "only what has states gets names for them"},
	{passPlan, passScope, "what the rules and actions of a stage read is found in their order"},
	{passPlan, passStates, "a state names the states that follow it, and those are made later"},
	{passScope, passStates, "a producer's Assign holds only what later actions read"},
	{passStates, passParts, "how many stages fit into a machine depends on the length and the worst history of their states"},
	{passStates, passMachines, "a machine is nothing but the states of its stages, and those around them"},
	{passParts, passMachines, "the last stage of a part leads to the next machine"},
	{passPlan, passFigures, "a figure names the stage and the action to which most of it is due"},
	{passScope, passFigures, "variables take room only where something reads them"},
	{passMachines, passFigures, "bytes and history events are counted on the machines themselves"},
	{passFigures, passLimits, "a limit is exceeded by a figure"},
}

func TestPassesAreInOrder(t *testing.T) {
	position := func(name string) int {
		i := slices.Index(Passes(), name)
		if i < 0 {
			t.Fatalf("there is no pass %q", name)
		}
		return i
	}
	for _, row := range passOrder {
		if position(row.before) >= position(row.after) {
			t.Errorf("%s runs after %s, but must be before it, because %s", row.before, row.after, row.because)
		}
	}
}

// Every need of the table has its reason above, and every reason is a need of the table.
func TestNeedsHaveReasons(t *testing.T) {
	for _, p := range passes {
		for _, need := range p.needs {
			if !slices.ContainsFunc(passOrder, func(row struct{ before, after, because string }) bool {
				return row.before == need && row.after == p.name
			}) {
				t.Errorf("%s needs %s, and no row says why", p.name, need)
			}
		}
	}
	for _, row := range passOrder {
		i := slices.IndexFunc(passes, func(p pass) bool { return p.name == row.after })
		if i < 0 || !slices.Contains(passes[i].needs, row.before) {
			t.Errorf("%s before %s, because %s: the table does not need it", row.before, row.after, row.because)
		}
	}
}
