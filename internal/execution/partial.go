package execution

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// Reuse says that an execution begins with a stage, and takes what came before from another execution of the pipeline.
// CodePipeline has no such start; it is Penstock's own.
type Reuse struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
	StageName           string `json:"stageName"`
}

// StageNotRetryable is CodePipeline's exception for a stage that cannot be begun again with what came before.
const StageNotRetryable = "StageNotRetryableException"

// until ends an execution that was asked to go no further than the stage that it is in; it says whether it does.
func (s *state) until(next int) bool {
	e := s.execution
	if e.Until == "" || next <= slices.Index(e.Stages, e.Until) {
		return false
	}
	s.endExecution(ExecutionStopped, "it was to run until stage "+e.Until)
	return true
}

// ReachedUntil says whether an execution has ended where it was asked to.
func (e *Execution) ReachedUntil() bool {
	return e.Until != "" && e.Status == ExecutionStopped && e.StopTrigger == nil
}

// checkStages refuses stages that a pipeline does not have, or that are in the wrong order.
func checkStages(in StartInput) error {
	var names []string
	for i := range in.Pipeline.Stages {
		names = append(names, in.Pipeline.Stages[i].Name.Value)
	}
	from := ""
	if in.From != nil {
		from = in.From.StageName
	}
	for _, name := range []string{in.Until, from} {
		if name != "" && !slices.Contains(names, name) {
			return errorf(NotFound, "StageNotFoundException", "pipeline %q has no stage %q", in.Pipeline.Name.Value, name)
		}
	}
	if in.Until != "" && slices.Index(names, in.Until) < slices.Index(names, from) {
		return errorf(Invalid, "ValidationException", "stage %q, until which it is to run, comes before stage %q, with which it begins", in.Until, from)
	}
	return nil
}

// reused returns copies of the action executions before the stage that a start begins with: what the rest of the pipeline
// reads. All of these actions must have succeeded in the execution that is reused, under the same names.
func (r *Records) reused(ctx context.Context, in StartInput, id string) ([]*Action, error) {
	if in.From == nil {
		return nil, nil
	}
	from, err := r.Execution(ctx, in.From.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	if from.PipelineName != in.Definition.PipelineName {
		return nil, errorf(Invalid, "ValidationException", "execution %s is one of pipeline %q, not of %q",
			from.PipelineExecutionID, from.PipelineName, in.Definition.PipelineName)
	}
	recorded, err := r.ListActionExecutions(ctx, from.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	var all []*Action
	var missing []string
	for _, place := range before(in.Pipeline, in.From.StageName) {
		a := latest(recorded, place)
		if a == nil || a.Status != ActionSucceeded {
			missing = append(missing, place.stage+"/"+place.action)
			continue
		}
		all = append(all, a.reuse(id))
	}
	if len(missing) > 0 {
		return nil, errorf(Conflict, StageNotRetryable, "execution %s has nothing of %s that can be reused: %s",
			from.PipelineExecutionID, strings.Join(missing, ", "), fate(recorded, missing))
	}
	return all, nil
}

type place struct{ stage, action string }

// before are the actions of the stages before one.
func before(p *pipeline.Pipeline, stage string) []place {
	var all []place
	for i := range p.Stages {
		if p.Stages[i].Name.Value == stage {
			break
		}
		for j := range p.Stages[i].Actions {
			all = append(all, place{p.Stages[i].Name.Value, p.Stages[i].Actions[j].Name.Value})
		}
	}
	return all
}

// latest is the last attempt of an action.
func latest(recorded []*Action, at place) *Action {
	var found *Action
	for _, a := range recorded { // in the order in which they began
		if a.StageName == at.stage && a.ActionName == at.action {
			found = a
		}
	}
	return found
}

// fate says what became of the first of some actions.
func fate(recorded []*Action, names []string) string {
	stage, action, _ := strings.Cut(names[0], "/")
	if a := latest(recorded, place{stage, action}); a != nil {
		return fmt.Sprintf("%s is %s there", names[0], a.Status)
	}
	return names[0] + " has not run there"
}

// reuse is a copy of an action execution for another pipeline execution. What it made stays where it is.
func (a *Action) reuse(id string) *Action {
	copied := *a
	copied.ReusedFrom = a.PipelineExecutionID
	if a.ReusedFrom != "" {
		copied.ReusedFrom = a.ReusedFrom
	}
	copied.PipelineExecutionID = id
	copied.ActionExecutionID = ActionExecutionID(id, a.StageName, a.ActionName, 1)
	copied.Attempt = 1
	copied.TaskToken, copied.ApprovalToken = "", ""
	return &copied
}

// putReused writes copies before the execution's own record: as many writes as they need. A start that is killed between
// them leaves records that nothing names.
func (r *Records) putReused(ctx context.Context, id string, all []*Action) error {
	for chunk := range slices.Chunk(all, MaxWrites) {
		var w writer
		for _, a := range chunk {
			w.put(Item{}, actionKey(id, a.ActionExecutionID), a, false)
		}
		if err := r.write(ctx, id, &w, nil); err != nil {
			return fmt.Errorf("reuse what execution %s made: %w", all[0].ReusedFrom, err)
		}
	}
	return nil
}
