package execution

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/events"
)

// ContinueExecution goes over to the next machine of the definition, which takes the execution on from a stage: from now
// on only that machine's execution may act.
func (r *Records) ContinueExecution(ctx context.Context, in events.TaskInput) error {
	return r.changeStages(ctx, in.PipelineExecutionID, func(s *state) error { return reduceContinue(s, in) })
}

func reduceContinue(s *state, in events.TaskInput) error {
	e := s.execution
	next := resumption(in.MachineExecution)
	if e.MachineExecution == next {
		return nil
	}
	if err := mayAct(e, in.MachineExecution); err != nil {
		return err
	}
	if !slices.Contains(e.Stages, in.Stage) {
		return errorf(Invalid, "", "execution %s has no stage %q", e.PipelineExecutionID, in.Stage)
	}
	e.MachineExecution, e.ResumedAt = next, in.Stage
	e.LastUpdateTime = s.now
	start := e.MachineStart()
	s.effects = append(s.effects, Effect{Start: &start})
	return nil
}

// resumption names the machine execution that follows another one of the same pipeline execution: ID, then ID.2, ID.3 and
// so on.
func resumption(name string) string {
	id, number, found := strings.Cut(name, ".")
	n, err := strconv.Atoi(number)
	if !found || err != nil {
		n = 1
	}
	return fmt.Sprintf("%s.%d", id, n+1)
}

// HasBegun says whether the current machine execution has entered a stage.
func (e *Execution) HasBegun() bool {
	return e.CurrentStage != "" && slices.Index(e.Stages, e.CurrentStage) >= slices.Index(e.Stages, e.ResumedAt)
}
