package execution

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// EnterStage leaves the stage before, as Succeeded, and asks for the next one in the same write; the task token is
// answered when the stage is granted. An execution that may not go on is refused with the error that its machine
// catches.
func (r *Records) EnterStage(ctx context.Context, in events.TaskInput) error {
	return r.changeStages(ctx, in.PipelineExecutionID, in.Stage, func(s *state) error { return reduceEnter(s, in) })
}

// changeStages runs a command that may touch any stage of an execution, and the lock of a stage that it is about; empty
// is none.
func (r *Records) changeStages(ctx context.Context, executionID, stage string, reduce func(*state) error) error {
	sc := scope{whole: true, locks: func(e *Execution) []string { return e.locked(stage) }}
	_, err := r.change(ctx, executionID, sc, reduce)
	return err
}

func reduceEnter(s *state, in events.TaskInput) error {
	e := s.execution
	if err := mayAct(e, in.MachineExecution); err != nil {
		return err
	}
	i := slices.Index(e.Stages, in.Stage)
	switch {
	case i < 0:
		return errorf(Invalid, "", "execution %s has no stage %q", e.PipelineExecutionID, in.Stage)
	case slices.Index(e.Stages, e.CurrentStage) >= i:
		// A repeated call, perhaps one that comes when the execution has gone on: it must not lead it back.
		s.effects = append(s.effects, granted(in.TaskToken))
		return nil
	case e.waitsFor(in.Stage):
		e.Inbound.TaskToken = in.TaskToken // a repeated call: the older token is dead
		reduceGrant(s, in.Stage)
		return nil
	}
	if i > 0 {
		s.endStage(e.Stages[i-1], StageSucceeded)
	}
	if s.until(i) {
		s.effects = append(s.effects, Effect{Answer: &TaskAnswer{Token: in.TaskToken, Error: events.ErrorStopped, Cause: e.StatusSummary}})
		return nil
	}
	s.arrive(in)
	return nil
}

// arrive leaves the stage that the execution is in and asks for another one.
func (s *state) arrive(in events.TaskInput) {
	e := s.execution
	before := e.CurrentStage
	asked := admission{granted: true}
	if e.Mode != pipeline.ModeParallel {
		asked = s.lock(in.Stage).arrive(e.claim(), e.Mode)
	}
	switch {
	case asked.granted:
		s.enter(in.Stage, in.TaskToken)
	case asked.supersededBy != "":
		s.supersede(in.TaskToken, asked.supersededBy)
	default:
		e.Inbound = &Inbound{StageName: in.Stage, Since: s.now, TaskToken: in.TaskToken}
		e.LastUpdateTime = s.now
		s.publishInbound()
	}
	if before != "" && e.Mode != pipeline.ModeParallel {
		s.effects = append(s.effects, s.lock(before).leave(e.PipelineExecutionID)...)
	}
	s.effects = append(s.effects, asked.effects...)
}

// enter begins a stage, whose lock the execution holds, and tells its machine.
func (s *state) enter(stage, token string) {
	e := s.execution
	st := &Stage{
		PipelineExecutionID: e.PipelineExecutionID, Name: stage, Status: StageInProgress,
		StartTime: s.now, LastUpdateTime: s.now, TaskToken: token,
	}
	s.stages[stage] = st
	e.CurrentStage, e.Inbound = stage, nil
	e.LastUpdateTime = s.now
	s.publishStage(st)
	s.effects = append(s.effects, granted(token))
}

func granted(token string) Effect {
	return Effect{Answer: &TaskAnswer{Token: token, Output: json.RawMessage(`{"status":"granted"}`)}}
}

// supersede ends an execution at the entry of a stage, in favour of a newer one, and tells its machine.
func (s *state) supersede(token, by string) {
	cause := "superseded by execution " + by
	s.endExecution(ExecutionSuperseded, cause)
	s.effects = append(s.effects, Effect{Answer: &TaskAnswer{Token: token, Error: events.ErrorSuperseded, Cause: cause}})
}

// SkipStage ends the current stage as Skipped: a condition before its entry led past it.
func (r *Records) SkipStage(ctx context.Context, in events.TaskInput) error {
	return r.changeStages(ctx, in.PipelineExecutionID, "", func(s *state) error { return reduceSkip(s, in) })
}

func reduceSkip(s *state, in events.TaskInput) error {
	if err := mayAct(s.execution, in.MachineExecution); err != nil {
		return err
	}
	s.endStage(in.Stage, StageSkipped)
	return nil
}

// endStage gives a stage that is in progress its end.
func (s *state) endStage(name string, status StageStatus) {
	st := s.stages[name]
	if st == nil || (st.Status != StageInProgress && st.Status != StageStopping) {
		return
	}
	st.Status = status
	st.LastUpdateTime = s.now
	s.publishStage(st)
}

// mayAct is the fence: only the current machine execution of an execution in progress may act for it.
func mayAct(e *Execution, machineExecution string) error {
	switch {
	case !e.isActing(machineExecution):
		return errorf(NotAllowed, events.ErrorNotCurrent,
			"state machine execution %s is not the current one of pipeline execution %s", machineExecution, e.PipelineExecutionID)
	case e.Status == ExecutionSuperseded:
		return errorf(NotAllowed, events.ErrorSuperseded, "pipeline execution %s was superseded", e.PipelineExecutionID)
	case e.Status == ExecutionCancelled:
		return errorf(NotAllowed, events.ErrorCancelled, "pipeline execution %s was cancelled", e.PipelineExecutionID)
	case e.Status != ExecutionInProgress:
		return errorf(NotAllowed, events.ErrorStopped, "pipeline execution %s is %s", e.PipelineExecutionID, e.Status)
	}
	return nil
}

// FinishExecution ends an execution whose last stage has succeeded.
func (r *Records) FinishExecution(ctx context.Context, in events.TaskInput) error {
	return r.changeStages(ctx, in.PipelineExecutionID, "", func(s *state) error { return reduceFinish(s, in) })
}

func reduceFinish(s *state, in events.TaskInput) error {
	if s.execution.Status == ExecutionSucceeded && s.execution.isActing(in.MachineExecution) {
		return nil
	}
	if err := mayAct(s.execution, in.MachineExecution); err != nil {
		return err
	}
	s.endStage(s.execution.CurrentStage, StageSucceeded)
	s.endExecution(ExecutionSucceeded, "")
	return nil
}

func (s *state) endExecution(status ExecutionStatus, summary string) {
	s.execution.Status = status
	s.execution.StatusSummary = summary
	s.execution.LastUpdateTime = s.now
	s.execution.NextCheck = time.Time{}
	s.ended = true
	s.publishPipeline()
	s.leaveStage()
}

// FailStage ends an execution in the stage that failed. An action without a record, because its configuration could
// not be resolved or its handler was never reached, is recorded as failed with the cause; so is one that was still
// open, because its Task state gave up.
func (r *Records) FailStage(ctx context.Context, in events.TaskInput, types func(action string) ActionTypeID) error {
	return r.changeStages(ctx, in.PipelineExecutionID, "", func(s *state) error { return reduceFail(s, in, types) })
}

func reduceFail(s *state, in events.TaskInput, types func(action string) ActionTypeID) error {
	e := s.execution
	if e.Status == ExecutionFailed && e.isActing(in.MachineExecution) {
		return nil
	}
	if err := mayAct(e, in.MachineExecution); err != nil {
		return err
	}
	for _, f := range in.Failures {
		if f.Action != "" {
			s.failAction(in.Stage, f, types)
		}
	}
	s.endStage(in.Stage, StageFailed)
	s.endExecution(ExecutionFailed, failureSummary(s, in))
	return nil
}

func (s *state) failAction(stage string, f events.ActionFailure, types func(string) ActionTypeID) {
	id := ActionExecutionID(s.execution.PipelineExecutionID, stage, f.Action, 1)
	a := s.actions[id]
	if a == nil {
		a = &Action{
			ActionExecutionID: id, PipelineExecutionID: s.execution.PipelineExecutionID,
			PipelineVersion: s.execution.PipelineVersion, StageName: stage, ActionName: f.Action, Attempt: 1,
			Type: types(f.Action), Region: s.region, Status: ActionInProgress, StartTime: s.now,
		}
		s.actions[id] = a
	}
	if a.Ended() {
		return
	}
	code := "JobFailed"
	switch f.Error {
	case "States.QueryEvaluationError":
		code = "ConfigurationError"
	case "States.Timeout", "States.HeartbeatTimeout":
		code = "Timeout"
	}
	s.endAction(a, ActionFailed, &ErrorDetails{Code: code, Message: f.Cause})
}

// failureSummary names the first action or rule that failed, or the cause where it was neither: a stage that could not be
// entered.
func failureSummary(s *state, in events.TaskInput) string {
	if len(in.Failures) == 0 {
		return ""
	}
	f := in.Failures[0]
	switch {
	case f.Rule != "":
		return fmt.Sprintf("rule %s of %s: %s: %s", f.Rule, f.Condition, f.Error, f.Cause)
	case f.Action == "":
		return f.Error + ": " + f.Cause
	}
	a := s.actions[ActionExecutionID(s.execution.PipelineExecutionID, in.Stage, f.Action, 1)]
	if a != nil && a.Error != nil {
		return fmt.Sprintf("action %s failed (%s)", a.ActionName, a.Error.Code)
	}
	// It did its work, and that could not be told: its record says nothing of that.
	return fmt.Sprintf("action %s: %s: %s", f.Action, f.Error, f.Cause)
}
