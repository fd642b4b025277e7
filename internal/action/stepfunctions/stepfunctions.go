// Package stepfunctions performs Invoke/AWS/StepFunctions actions: it starts an execution of a state machine, and its
// output is what the action gives. In goes the request for an action, out come the ARN of the execution and how it ended.
// What runs state machines is behind the port StateMachines.
//
// The rules are those of "AWS Step Functions invoke action reference" of the CodePipeline User Guide.
package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// StateMachines is the port to what runs state machines.
//
// StartExecution starts an execution and returns its ARN; called again with a name that it knows, it returns the ARN of
// the execution of that name and starts nothing. DescribeExecution looks at an execution once; StopExecution ends one, if
// it has not ended. Both answer a *NotFoundError for an ARN that is not known, or not any more: then StartExecution with
// the same name may start it, or take it up. When an execution ends, the port tells whoever wired it.
type StateMachines interface {
	StartExecution(ctx context.Context, e Execution) (arn string, err error)
	DescribeExecution(ctx context.Context, arn string) (Description, error)
	StopExecution(ctx context.Context, arn string) error
}

// NotFoundError is the answer to the ARN of an execution that is not known.
type NotFoundError struct{ ExecutionARN string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("execution %s is not known", e.ExecutionARN)
}

// Execution asks for an execution.
type Execution struct {
	StateMachineARN string
	// Name is unique among the executions of the state machine.
	Name string
	// Input is JSON text.
	Input []byte
	// Log takes what the work of the execution prints; who gets it closes it, once nothing more is written.
	Log io.WriteCloser
}

// Description is an execution as it stands. Status is one of Step Functions' own.
type Description struct {
	ARN, Status  string
	Output       []byte // JSON text, where it succeeded
	Error, Cause string
}

// Statuses of an execution.
const (
	Running   = "RUNNING"
	Succeeded = "SUCCEEDED"
)

// Artifacts reads input artifacts and stores outputs; *artifact.Store is one.
type Artifacts interface {
	OpenZip(ctx context.Context, o artifact.Object) (*artifact.Zip, error)
	PackFiles(ctx context.Context, files []artifact.File, to artifact.Location) (artifact.Object, error)
}

// Provider performs actions through a StateMachines port.
type Provider struct {
	machines  StateMachines
	artifacts Artifacts
}

var _ action.Describer = (*Provider)(nil)

// New makes a Provider.
func New(machines StateMachines, artifacts Artifacts) *Provider {
	return &Provider{machines, artifacts}
}

// Keys of the configuration.
const (
	stateMachineARN     = "StateMachineArn"
	executionNamePrefix = "ExecutionNamePrefix"
	inputType           = "InputType"
	input               = "Input"
)

// maxName is the number of characters that Step Functions allows in the name of an execution.
const maxName = 80

// Start starts the execution of an action execution, or finds it.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	e := Execution{StateMachineARN: r.Configuration[stateMachineARN], Name: r.ActionExecutionID, Log: r.Log}
	if prefix := r.Configuration[executionNamePrefix]; prefix != "" {
		e.Name = prefix + "-" + e.Name
	}
	switch {
	case e.StateMachineARN == "":
		return action.Outcome{}, action.Fail(action.ConfigurationError, "%s is empty", stateMachineARN)
	case len(e.Name) > maxName:
		return action.Outcome{}, action.Fail(action.ConfigurationError,
			"%s %q is too long: with the action execution's ID the execution's name has %d characters, and may have %d",
			executionNamePrefix, r.Configuration[executionNamePrefix], len(e.Name), maxName)
	}
	var err error
	if e.Input, err = p.input(ctx, r); err != nil {
		return action.Outcome{}, err
	}
	arn, err := p.machines.StartExecution(ctx, e)
	if err != nil {
		return action.Outcome{}, fmt.Errorf("start an execution of state machine %s: %w", e.StateMachineARN, err)
	}
	return action.Outcome{Pending: true, ExternalExecutionID: arn, Summary: summary(r)}, nil
}

// input is the literal one, or that of a file of the input artifact.
func (p *Provider) input(ctx context.Context, r action.Request) ([]byte, error) {
	text, from := []byte(r.Configuration[input]), input
	if r.Configuration[inputType] == "FilePath" {
		if len(r.Inputs) != 1 {
			return nil, action.Fail(action.ConfigurationError, "%s is FilePath, and the action has no input artifact", inputType)
		}
		var err error
		path := strings.TrimPrefix(r.Configuration[input], r.Inputs[0].Name+"::")
		if text, err = p.file(ctx, r.Inputs[0], path); err != nil {
			return nil, err
		}
		from = fmt.Sprintf("file %s of input artifact %s", path, r.Inputs[0].Name)
	} else if len(text) == 0 {
		text = []byte("{}")
	}
	if !json.Valid(text) {
		return nil, action.Fail(action.ConfigurationError, "%s is no JSON: %.60q", from, text)
	}
	return text, nil
}

// maxInput is the most that Step Functions takes as input, 256 KiB, and a byte that tells that there is more.
const maxInput = 256<<10 + 1

func (p *Provider) file(ctx context.Context, in action.Input, path string) ([]byte, error) {
	z, err := p.artifacts.OpenZip(ctx, in.Object)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	at := slices.IndexFunc(z.Files, func(f artifact.File) bool { return f.Path == path && f.Link == "" })
	if at < 0 {
		return nil, action.Fail(action.ConfigurationError, "input artifact %s has no file %q", in.Name, path)
	}
	body, err := z.Files[at].Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, maxInput))
}

// Describe looks at the execution once.
func (p *Provider) Describe(ctx context.Context, r action.Request, arn string) (action.Outcome, error) {
	d, err := p.machines.DescribeExecution(ctx, arn)
	var unknown *NotFoundError
	switch {
	case errors.As(err, &unknown):
		return action.Outcome{}, &action.LostError{ExternalExecutionID: arn}
	case err != nil:
		return action.Outcome{}, fmt.Errorf("describe execution %s: %w", arn, err)
	case d.Status == Running:
		return action.Outcome{Pending: true, ExternalExecutionID: arn, Summary: summary(r)}, nil
	case d.Status != Succeeded:
		return action.Outcome{}, failure(r, d)
	}
	outcome := action.Outcome{
		ExternalExecutionID: arn, Summary: summary(r), Artifacts: map[string]artifact.Object{},
		Variables: map[string]string{"StateMachineArn": r.Configuration[stateMachineARN], "ExecutionArn": arn},
	}
	for _, output := range r.Outputs {
		if outcome.Artifacts[output.Name], err = p.store(ctx, d.Output, output); err != nil {
			return action.Outcome{}, err
		}
	}
	return outcome, nil
}

// outputFile is the file of the output artifact. CodePipeline's pages say only that the artifact has the execution's output.
const outputFile = "output.json"

func (p *Provider) store(ctx context.Context, text []byte, to action.Output) (artifact.Object, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(text))), nil }
	stored, err := p.artifacts.PackFiles(ctx, []artifact.File{{Path: outputFile, Size: int64(len(text)), Open: open}}, to.Location)
	if err != nil {
		return stored, fmt.Errorf("store output artifact %s: %w", to.Name, err)
	}
	return stored, nil
}

func failure(r action.Request, d Description) *action.Failure {
	message := "the execution ended as " + d.Status
	if d.Error != "" {
		message += ": " + d.Error
	}
	if d.Cause != "" {
		message += ": " + d.Cause
	}
	f := action.Fail(action.JobFailed, "%s", message)
	f.ExternalExecutionID, f.Summary = d.ARN, summary(r)
	return f
}

// Stop ends the execution of an action that was abandoned. On AWS such an execution goes on; a port may leave it so.
func (p *Provider) Stop(ctx context.Context, _ action.Request, arn string) error {
	err := p.machines.StopExecution(ctx, arn)
	var unknown *NotFoundError
	if err == nil || errors.As(err, &unknown) {
		return nil
	}
	return fmt.Errorf("stop execution %s: %w", arn, err)
}

// summary is the name of the state machine.
func summary(r action.Request) string {
	arn := r.Configuration[stateMachineARN]
	return arn[strings.LastIndexByte(arn, ':')+1:]
}
