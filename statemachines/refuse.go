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

// refusals lists what a pipeline has and a machine has no states for yet. A machine without them would do something
// else than its definition says.
func refusals(p *pipeline.Pipeline) []error {
	var errs []error
	for i := range p.Stages {
		errs = append(errs, refuseConditions(&p.Stages[i])...)
	}
	for a := range actions(p) {
		errs = append(errs, refuseAction(a)...)
	}
	return errs
}

func refuseConditions(s *pipeline.Stage) []error {
	var errs []error
	if s.BeforeEntry != nil {
		errs = append(errs, errConditions(s, "beforeEntry", s.BeforeEntry.At))
	}
	if s.OnSuccess != nil {
		errs = append(errs, errConditions(s, "onSuccess", s.OnSuccess.At))
	}
	if s.OnFailure != nil {
		errs = append(errs, errConditions(s, "onFailure", s.OnFailure.At))
	}
	return errs
}

// refuseAction refuses references where the handler reads the definition as it was written.
func refuseAction(a *pipeline.Action) []error {
	var errs []error
	if _, ok := functionOf(a.ActionTypeID.Category.Value); !ok {
		errs = append(errs, errCategory(a))
	}
	for _, command := range a.Commands {
		if len(pipeline.References(command.Value)) > 0 {
			errs = append(errs, errReference(a, "commands", command))
		}
	}
	for _, variable := range a.EnvironmentVariables {
		if len(pipeline.References(variable.Value.Value)) > 0 {
			errs = append(errs, errReference(a, "environmentVariables", variable.Value))
		}
	}
	return errs
}
