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
	e.MachineExecution = next
	e.LastUpdateTime = s.now
	start := s.machineStart()
	start.Input.Resume = &events.Resume{Stage: in.Stage}
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

// machineStart asks for the current machine execution, from the first stage on.
func (s *state) machineStart() MachineStart {
	e := s.execution
	return MachineStart{
		Name: e.MachineExecution, PipelineName: e.PipelineName, DefinitionDigest: e.DefinitionDigest,
		Input: events.ExecutionInput{PipelineExecutionID: e.PipelineExecutionID, Variables: e.Variables},
	}
}
