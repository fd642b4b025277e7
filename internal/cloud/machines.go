package cloud

import (
	"context"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
)

// StateMachines is a stepfunctions.StateMachines in Step Functions: users' own state machines, which actions invoke.
type StateMachines struct{ account *Account }

var _ stepfunctions.StateMachines = (*StateMachines)(nil)

// StateMachines are those of the account.
func (a *Account) StateMachines() *StateMachines { return &StateMachines{account: a} }

// StartExecution is that of stepfunctions.StateMachines. An execution of that name which has ended already is the one that
// an earlier call has started: names are of one action execution alone. Of an express state machine Step Functions does not
// tell, so that a repeated call starts another execution.
func (m *StateMachines) StartExecution(ctx context.Context, e stepfunctions.Execution) (string, error) {
	doing := "start execution " + e.Name + " of state machine " + e.StateMachineARN
	in := startExecution{StateMachineARN: e.StateMachineARN, Name: e.Name, Input: string(e.Input)}
	var out startedExecution
	err := m.account.Service(stepFunctions).Call(ctx, "StartExecution", in, &out)
	switch {
	case ErrorCode(err) == "ExecutionAlreadyExists":
		out.ExecutionARN, err = executionARN(e.StateMachineARN, e.Name), nil
	case err != nil:
		return "", m.account.Failed(doing, err)
	}
	if e.Log != nil {
		err = e.Log.Close() // what it prints is in logs of its own
	}
	return out.ExecutionARN, err
}

// executionARN is that of an execution of a state machine, which may be named with a version or an alias behind it.
func executionARN(stateMachineARN, name string) string {
	before, machine, _ := strings.Cut(stateMachineARN, ":stateMachine:")
	machine, _, _ = strings.Cut(machine, ":")
	return before + ":execution:" + machine + ":" + name
}

// express is in the ARN of an execution of an express state machine.
const express = ":express:"

// DescribeExecution is that of stepfunctions.StateMachines. Executions of express state machines cannot be looked at: as
// under CodePipeline one that has started has succeeded.
func (m *StateMachines) DescribeExecution(ctx context.Context, arn string) (stepfunctions.Description, error) {
	if strings.Contains(arn, express) {
		return stepfunctions.Description{ARN: arn, Status: stepfunctions.Succeeded, Output: []byte("{}")}, nil
	}
	doing := "describe execution " + arn
	var out describedExecution
	err := m.account.Service(stepFunctions).Call(ctx, "DescribeExecution", describeExecution{arn}, &out)
	switch {
	case ErrorCode(err) == "ExecutionDoesNotExist":
		return stepfunctions.Description{}, &stepfunctions.NotFoundError{ExecutionARN: arn}
	case err != nil:
		return stepfunctions.Description{}, m.account.Failed(doing, err)
	}
	d := stepfunctions.Description{ARN: arn, Status: out.Status, Error: out.Error, Cause: out.Cause}
	if out.Output != nil {
		d.Output = []byte(*out.Output)
	}
	return d, nil
}

// StopExecution lets the execution of an abandoned action go on, as CodePipeline does.
func (m *StateMachines) StopExecution(context.Context, string) error { return nil }
