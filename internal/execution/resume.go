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
	next, err := r.machineOf(ctx, in)
	if err != nil {
		return err
	}
	return r.changeStages(ctx, in.PipelineExecutionID, "", func(s *state) error { return reduceContinue(s, in, next) })
}

// machineOf is the machine that takes an execution through the stage of an input.
func (r *Records) machineOf(ctx context.Context, in events.TaskInput) (StateMachine, error) {
	e, err := r.Execution(ctx, in.PipelineExecutionID)
	if err != nil {
		return StateMachine{}, err
	}
	d, err := r.Definition(ctx, e.PipelineName, e.DefinitionDigest)
	machine, _ := d.Machine(in.Stage)
	return machine, err
}

func reduceContinue(s *state, in events.TaskInput, machine StateMachine) error {
	e := s.execution
	next := resumption(nameOf(in.MachineExecution))
	if e.MachineExecution == next {
		return nil
	}
	if err := mayAct(e, in.MachineExecution); err != nil {
		return err
	}
	if !slices.Contains(e.Stages, in.Stage) {
		return errorf(Invalid, "", "execution %s has no stage %q", e.PipelineExecutionID, in.Stage)
	}
	e.MachineExecution, e.ResumedAt, e.StateMachine = next, in.Stage, machine.ARN
	e.LastUpdateTime = s.now
	start := e.MachineStart()
	s.effects = append(s.effects, Effect{Start: &start})
	return nil
}

// nameOf is the name of a machine execution that may be given by its ARN.
func nameOf(machineExecution string) string {
	return machineExecution[strings.LastIndexByte(machineExecution, ':')+1:]
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

// ExecutionOf returns the identity of the pipeline execution that a state machine execution acts for, by its name or its ARN.
func ExecutionOf(machineExecution string) string {
	id, _, _ := strings.Cut(nameOf(machineExecution), ".")
	return id
}

// HasBegun says whether the current machine execution has entered a stage.
func (e *Execution) HasBegun() bool {
	return e.CurrentStage != "" && slices.Index(e.Stages, e.CurrentStage) >= slices.Index(e.Stages, e.ResumedAt)
}

// RepeatAnswers gives the current machine of an execution, which was interrupted and runs again, the answers that came
// while it did not run: that its stage was granted, and the ends of that stage's actions. It has most of them already, and
// for those the tokens are dead. A stage whose lock was given to the execution is entered.
func (r *Records) RepeatAnswers(ctx context.Context, executionID string) error {
	e, err := r.Execution(ctx, executionID)
	if err != nil || e.Ended() {
		return err
	}
	if e.Inbound != nil {
		return r.grant(ctx, StageGrant{PipelineExecutionID: executionID, StageName: e.Inbound.StageName})
	}
	answers, err := r.answers(ctx, e)
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if _, err := r.complete(ctx, answer); err != nil {
			return fmt.Errorf("repeat the answers to execution %s: %w", executionID, err)
		}
	}
	return nil
}

// answers are those that were given to the machine in the stage that it is in.
func (r *Records) answers(ctx context.Context, e *Execution) ([]TaskAnswer, error) {
	stages, err := r.Stages(ctx, e)
	if err != nil {
		return nil, err
	}
	var answers []TaskAnswer
	for _, st := range stages {
		if st.Name == e.CurrentStage && st.TaskToken != "" {
			answers = append(answers, *granted(st.TaskToken).Answer)
		}
	}
	actions, err := r.ListActionExecutions(ctx, e.PipelineExecutionID)
	for _, a := range actions {
		if a.StageName == e.CurrentStage && a.Ended() && a.Status != ActionAbandoned && a.TaskToken != "" {
			answers = append(answers, *a.taskAnswer())
		}
	}
	return answers, err
}
