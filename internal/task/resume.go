package task

import (
	"context"
	"fmt"

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
	recorded, err := h.records.ListActionExecutions(ctx, in.PipelineExecutionID)
	if err != nil {
		return nil, fmt.Errorf("read what execution %s has made: %w", in.PipelineExecutionID, err)
	}
	out := events.ResumeOutput{OutputArtifacts: map[string]events.ArtifactReference{}, Namespaces: map[string]map[string]string{}}
	for _, read := range in.Reads.Namespaces {
		out.Namespaces[read.Namespace] = map[string]string{}
	}
	for _, a := range recorded { // in the order in which they began: a later attempt goes before an earlier one
		if declaration, ok := declared(p, a.StageName, a.ActionName); ok {
			resumeFrom(a, declaration, *in.Reads, out)
		}
	}
	return out, nil
}

// resumeFrom puts into out what is read of one action execution.
func resumeFrom(a *execution.Action, declaration *pipeline.Action, reads events.TaskReads, out events.ResumeOutput) {
	for _, name := range reads.Artifacts {
		if ref, made := a.Reference(name); made {
			out.OutputArtifacts[name] = ref
		}
	}
	for _, read := range reads.Namespaces {
		if read.Namespace == declaration.Namespace.Value {
			out.Namespaces[read.Namespace] = a.Carried(read.Variables)
		}
	}
}
