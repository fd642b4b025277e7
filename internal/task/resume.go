package task

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// resumeExecution answers, from the records, what the rest of the machine reads of actions that an earlier machine
// execution ran. What was not made, because its action was skipped, is left out: whoever reads it fails, as it would have.
func (h *Handlers) resumeExecution(ctx context.Context, in events.TaskInput) (any, error) {
	if in.Reads == nil {
		return nil, &Error{Name: "InvalidInput", Cause: "the payload does not say what is read"}
	}
	_, p, err := h.definitions.of(ctx, in.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	out := events.ResumeOutput{OutputArtifacts: map[string]events.ArtifactReference{}, Namespaces: map[string]map[string]string{}}
	for _, name := range in.Reads.Artifacts {
		makes := func(a *pipeline.Action) bool { return makesArtifact(a, name) }
		a, found, err := h.producer(ctx, in.PipelineExecutionID, p, makes)
		if err != nil {
			return nil, fmt.Errorf("find artifact %q: %w", name, err)
		}
		if ref, made := a.Reference(name); found && made {
			out.OutputArtifacts[name] = ref
		}
	}
	for _, read := range in.Reads.Namespaces {
		sets := func(a *pipeline.Action) bool { return a.Namespace.Value == read.Namespace }
		a, _, err := h.producer(ctx, in.PipelineExecutionID, p, sets)
		if err != nil {
			return nil, fmt.Errorf("find namespace %q: %w", read.Namespace, err)
		}
		out.Namespaces[read.Namespace] = a.Carried(read.Variables)
	}
	return out, nil
}

// producer returns the record of the action that is meant; an empty one where that has none.
func (h *Handlers) producer(
	ctx context.Context, executionID string, p *pipeline.Pipeline, meant func(*pipeline.Action) bool,
) (a *execution.Action, found bool, err error) {
	for i := range p.Stages {
		s := &p.Stages[i]
		for j := range s.Actions {
			if meant(&s.Actions[j]) {
				id := execution.ActionExecutionID(executionID, s.Name.Value, s.Actions[j].Name.Value, 1)
				a, err = h.records.Action(ctx, executionID, id)
				if err != nil && execution.CodeOf(err) == execution.NotFound {
					return &execution.Action{}, false, nil
				}
				return a, err == nil, err
			}
		}
	}
	return &execution.Action{}, false, nil
}

func makesArtifact(a *pipeline.Action, name string) bool {
	return slices.ContainsFunc(a.OutputArtifacts, func(o pipeline.OutputArtifact) bool { return o.Name.Value == name })
}
