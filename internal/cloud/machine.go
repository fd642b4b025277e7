package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/cloud/wire"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Step Functions, and what is called of it (API reference, version 2016-11-23). Only what is used is here.

var stepFunctions = wire.Service{ID: "SFN", Prefix: "states", Protocol: wire.JSON10, Model: "AWSStepFunctions"}

type (
	startExecution struct {
		StateMachineARN string `json:"stateMachineArn"`
		Name            string `json:"name"`
		Input           string `json:"input"`
	}
	startedExecution struct {
		ExecutionARN string `json:"executionArn"`
	}
	stopExecution struct {
		ExecutionARN string `json:"executionArn"`
		Error        string `json:"error"`
		Cause        string `json:"cause,omitempty"`
	}
	describeExecution struct {
		ExecutionARN string `json:"executionArn"`
	}
	describedExecution struct {
		Status string  `json:"status"`
		Output *string `json:"output"`
		Error  string  `json:"error"`
		Cause  string  `json:"cause"`
	}
	sendTaskFailure struct {
		TaskToken string `json:"taskToken"`
		Error     string `json:"error"`
		Cause     string `json:"cause,omitempty"`
	}
	sendTaskSuccess struct {
		TaskToken string `json:"taskToken"`
		Output    string `json:"output"`
	}
	publishVersion struct {
		StateMachineARN string `json:"stateMachineArn"`
		RevisionID      string `json:"revisionId,omitempty"`
		Description     string `json:"description,omitempty"`
	}
	publishedVersion struct {
		ARN string `json:"stateMachineVersionArn"`
	}
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
	in := startExecution{StateMachineARN: version, Name: start.Name, Input: string(input)}
	err = m.account.Service(stepFunctions).Call(ctx, "StartExecution", in, nil)
	if err == nil || ErrorCode(err) == "ExecutionAlreadyExists" {
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
	in := stopExecution{ExecutionARN: ExecutionARN(version, stop.Name), Error: "Stopped", Cause: cut(stop.Cause, maxCause)}
	err = m.account.Service(stepFunctions).Call(ctx, "StopExecution", in, nil)
	if err == nil || ErrorCode(err) == "ExecutionDoesNotExist" {
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
	var out describedExecution
	err = m.account.Service(stepFunctions).Call(ctx, "DescribeExecution", describeExecution{ExecutionARN(version, name)}, &out)
	switch {
	case ErrorCode(err) == "ExecutionDoesNotExist":
		return status, unknownMachine(name, err)
	case err != nil:
		return status, m.account.Failed(doing, err)
	}
	return execution.MachineStatus{Status: out.Status, Error: out.Error, Cause: out.Cause}, nil
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
	client := m.account.Service(stepFunctions)
	var err error
	if answer.Error != "" {
		in := sendTaskFailure{TaskToken: answer.Token, Error: cut(answer.Error, maxError), Cause: cut(answer.Cause, maxCause)}
		err = client.Call(ctx, "SendTaskFailure", in, nil)
	} else {
		err = client.Call(ctx, "SendTaskSuccess", sendTaskSuccess{TaskToken: answer.Token, Output: string(answer.Output)}, nil)
	}
	switch ErrorCode(err) {
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
	var out publishedVersion
	in := publishVersion{StateMachineARN: stateMachineARN, RevisionID: revisionID, Description: cut(description, maxError)}
	if err := a.Service(stepFunctions).Call(ctx, "PublishStateMachineVersion", in, &out); err != nil {
		return "", a.Failed(doing, err)
	}
	return out.ARN, nil
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

// cut bounds a text that a person reads.
func cut(text string, most int) string {
	if characters := []rune(text); len(characters) > most {
		text = string(characters[:most-1]) + "…"
	}
	return text
}
