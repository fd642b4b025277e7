package execution

import (
	"context"
	"fmt"
)

// StopPipelineExecution stops an execution: without abandon its open actions finish and nothing further starts; with
// abandon they are abandoned and its state machine is stopped. It returns the abandoned actions, whose outside work
// the caller may end.
func (r *Records) StopPipelineExecution(ctx context.Context, executionID string, stop StopTrigger) ([]*Action, error) {
	var abandoned []*Action
	err := r.changeStages(ctx, executionID, "", func(s *state) error {
		var err error
		abandoned, err = reduceStop(s, stop)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stop execution %s: %w", executionID, err)
	}
	return abandoned, nil
}

func reduceStop(s *state, stop StopTrigger) ([]*Action, error) {
	e := s.execution
	if e.Ended() {
		return nil, errorf(Conflict, "PipelineExecutionNotStoppableException",
			"pipeline execution %s is %s and cannot be stopped", e.PipelineExecutionID, e.Status)
	}
	if e.Status == ExecutionStopping && (!stop.Abandon || e.StopTrigger.Abandon) {
		return nil, errorf(Conflict, "DuplicatedStopRequestException", "pipeline execution %s is stopping already", e.PipelineExecutionID)
	}
	if e.Status == ExecutionInProgress {
		e.Status = ExecutionStopping
		s.moveStage(StageStopping)
		e.StopTrigger = &stop
		s.publishPipeline()
	}
	if stop.Reason == "" {
		stop.Reason = e.StopTrigger.Reason // the second request only no longer waits
	}
	e.StopTrigger = &stop
	e.LastUpdateTime = s.now
	var open []*Action
	for _, id := range sorted(s.actions) {
		if a := s.actions[id]; !a.Ended() {
			open = append(open, a)
		}
	}
	if len(open) > 0 && !stop.Abandon {
		return nil, nil
	}
	for _, a := range open {
		s.endAction(a, ActionAbandoned, nil)
	}
	s.close()
	s.effects = append(s.effects, Effect{Stop: &MachineStop{Name: e.MachineExecution, Cause: e.StatusSummary}})
	return open, nil
}

func (s *state) moveStage(status StageStatus) {
	if st := s.stages[s.execution.CurrentStage]; st != nil && st.Status == StageInProgress {
		st.Status = status
		st.LastUpdateTime = s.now
		s.publishStage(st)
	}
}

// close turns a stopping execution into a stopped one.
func (s *state) close() {
	s.endStage(s.execution.CurrentStage, StageStopped)
	s.endExecution(ExecutionStopped, s.execution.StopTrigger.Reason)
}

// ExecutionEnded is told that a state machine execution, which names itself as Acting says, has ended, for whatever reason.
// Where the record is still open the engine ended it without us: open actions are abandoned and the record is closed, as
// Stopped where a stop was asked for, else as Failed with the cause. It returns the abandoned actions, whose outside work the
// caller may end.
func (r *Records) ExecutionEnded(ctx context.Context, executionID, machineExecution, cause string) ([]*Action, error) {
	var abandoned []*Action
	err := r.changeStages(ctx, executionID, "", func(s *state) error {
		abandoned = reduceEnded(s, machineExecution, cause)
		return nil
	})
	return abandoned, err
}

func reduceEnded(s *state, machineExecution, cause string) (abandoned []*Action) {
	e := s.execution
	if e.Ended() || !e.isActing(machineExecution) {
		return nil
	}
	for _, id := range sorted(s.actions) {
		if a := s.actions[id]; !a.Ended() {
			s.endAction(a, ActionAbandoned, nil)
			abandoned = append(abandoned, a)
		}
	}
	if e.Status == ExecutionStopping {
		s.close()
		return abandoned
	}
	s.endStage(e.CurrentStage, StageFailed)
	s.endExecution(ExecutionFailed, cause)
	return abandoned
}
