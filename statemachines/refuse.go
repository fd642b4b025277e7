package statemachines

import (
	"iter"

	"github.com/penstock-ci/penstock/pipeline"
)

// actions yields every action in the order of the definition.
func actions(p *pipeline.Pipeline) iter.Seq[*pipeline.Action] {
	return func(yield func(*pipeline.Action) bool) {
		for i := range p.Stages {
			for j := range p.Stages[i].Actions {
				if !yield(&p.Stages[i].Actions[j]) {
					return
				}
			}
		}
	}
}

// refusals lists what a pipeline has and no machine has states for. A machine without them would do something else than
// its definition says.
func refusals(p *pipeline.Pipeline) []error {
	var errs []error
	for a := range actions(p) {
		if _, ok := functionOf(a.ActionTypeID.Category.Value); !ok {
			errs = append(errs, errCategory(a))
		}
	}
	return errs
}
