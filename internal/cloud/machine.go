package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/execution"
)

// FindMachine returns the published version of the state machine that runs, or ran, a machine execution; "" where that one
// is not, or not any more, the one that acts for its pipeline execution.
type FindMachine func(ctx context.Context, machineExecution string) (versionARN string, err error)

// Machine is an execution.Machine in Step Functions.
type Machine struct {
	account *Account
	find    FindMachine
}

// Machine are the state machines that find knows.
func (a *Account) Machine(find FindMachine) *Machine { return &Machine{a, find} }

// StartMachine is that of execution.Machine. Step Functions answers a repeated start of an execution that has ended, or that
// has other input, with ExecutionAlreadyExists: it was started.
func (m *Machine) StartMachine(ctx context.Context, start execution.MachineStart) error {
	doing := "start state machine execution " + start.Name
	version, err := m.find(ctx, start.Name)
	if err != nil || version == "" {
		return err
	}
	input, err := json.Marshal(start.Input)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	client, err := m.account.sfn()
	if err != nil {
		return m.account.Failed(doing, err)
	}
	_, err = client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &version, Name: &start.Name, Input: aws.String(string(input)),
	})
	if err == nil || apiCode(err) == "ExecutionAlreadyExists" {
		return nil
	}
	return m.account.Failed(doing, err)
}

// StopMachine is that of execution.Machine.
func (m *Machine) StopMachine(ctx context.Context, stop execution.MachineStop) error {
	doing := "stop state machine execution " + stop.Name
	version, err := m.find(ctx, stop.Name)
	if execution.CodeOf(err) == execution.NotFound || err == nil && version == "" {
		return nil
	}
	if err != nil {
		return err
	}
	client, err := m.account.sfn()
	if err != nil {
		return m.account.Failed(doing, err)
	}
	_, err = client.StopExecution(ctx, &sfn.StopExecutionInput{
		ExecutionArn: aws.String(ExecutionARN(version, stop.Name)), Error: aws.String("Stopped"), Cause: cut(stop.Cause, maxCause),
	})
	if err == nil || apiCode(err) == "ExecutionDoesNotExist" {
		return nil
	}
	return m.account.Failed(doing, err)
}

// DescribeMachine is that of execution.Machine. Step Functions knows an execution for 90 days after its end.
func (m *Machine) DescribeMachine(ctx context.Context, name string) (execution.MachineStatus, error) {
	doing := "describe state machine execution " + name
	var status execution.MachineStatus
	version, err := m.find(ctx, name)
	if err != nil {
		return status, err
	}
	if version == "" {
		return status, unknownMachine(name, nil)
	}
	client, err := m.account.sfn()
	if err != nil {
		return status, m.account.Failed(doing, err)
	}
	out, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(ExecutionARN(version, name))})
	switch {
	case apiCode(err) == "ExecutionDoesNotExist":
		return status, unknownMachine(name, err)
	case err != nil:
		return status, m.account.Failed(doing, err)
	}
	status = execution.MachineStatus{Status: string(out.Status), Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause)}
	return status, nil
}

func unknownMachine(name string, err error) error {
	return &execution.Error{Code: execution.NotFound, Message: fmt.Sprintf("Step Functions has no execution %q", name), Err: err}
}

// Bounds of SendTaskFailure and StopExecution, in characters.
const (
	maxError = 256
	maxCause = 32_768
)

// CompleteTask is that of execution.Machine.
func (m *Machine) CompleteTask(ctx context.Context, answer execution.TaskAnswer) error {
	const doing = "answer a task token"
	client, err := m.account.sfn()
	if err != nil {
		return m.account.Failed(doing, err)
	}
	if answer.Error != "" {
		_, err = client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{
			TaskToken: &answer.Token, Error: cut(answer.Error, maxError), Cause: cut(answer.Cause, maxCause),
		})
	} else {
		_, err = client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &answer.Token, Output: aws.String(string(answer.Output))})
	}
	switch apiCode(err) {
	case "InvalidToken", "TaskDoesNotExist", "TaskTimedOut":
		return &execution.Error{Code: execution.NotFound, Message: "the task token is not open", Err: err}
	}
	if err != nil {
		return m.account.Failed(doing, err)
	}
	return nil
}

// PublishVersion publishes a revision of a state machine and returns the version's ARN. A revision that is published
// already keeps its version.
func (a *Account) PublishVersion(ctx context.Context, stateMachineARN, revisionID, description string) (string, error) {
	doing := fmt.Sprintf("publish revision %s of %s", revisionID, stateMachineARN)
	client, err := a.sfn()
	if err != nil {
		return "", a.Failed(doing, err)
	}
	out, err := client.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{
		StateMachineArn: &stateMachineARN, RevisionId: Optional(revisionID), Description: cut(description, maxError),
	})
	if err != nil {
		return "", a.Failed(doing, err)
	}
	return aws.ToString(out.StateMachineVersionArn), nil
}

// ExecutionARN is the ARN of an execution by the version, or the state machine, that it was started with: versions do not
// stand in it.
func ExecutionARN(stateMachineARN, name string) string {
	parts := strings.SplitN(stateMachineARN, ":", 8) // arn partition states region account stateMachine name version
	if len(parts) < 7 {
		return stateMachineARN
	}
	parts[5] = "execution"
	return strings.Join(append(parts[:7], name), ":")
}

func apiCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// cut bounds a text that a person reads.
func cut(text string, most int) *string {
	if characters := []rune(text); len(characters) > most {
		text = string(characters[:most-1]) + "…"
	}
	return Optional(text)
}
