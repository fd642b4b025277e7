// Package task has one function for each kind of Task state: it decodes the input, finds the record, runs the
// provider and records what came of it. The Lambda functions and the engine on this machine call the same functions.
//
// In comes the name of a function and the payload of its Task state; out goes the answer, or an *Error with the name
// that the state's Retry and Catch match. A handler whose input has a task token answers by that token as well.
package task

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// Providers finds the provider of an action type for a pipeline execution.
type Providers func(pipelineExecutionID string, id pipeline.ActionTypeID) (action.Provider, bool)

// Logs is the port to the logs of actions. Writer appends to the log of one action; whoever asked for it closes it.
type Logs interface {
	Writer(pipelineExecutionID, stage, action string) (io.WriteCloser, error)
}

// Handlers answers Task states. It may be used concurrently.
type Handlers struct {
	records     *execution.Records
	providers   Providers
	logs        Logs
	clock       execution.Clock
	ids         execution.IDs
	secrets     Secrets
	bucket      string
	definitions definitions
}

// Ports are what Handlers needs. Bucket is the platform's artifact store, for definitions that name none; Secrets may be nil
// where no webhook is received.
type Ports struct {
	Records   *execution.Records
	Providers Providers
	Logs      Logs
	Clock     execution.Clock
	IDs       execution.IDs
	Secrets   Secrets
	Bucket    string
}

// New returns the handlers over ports.
func New(p Ports) *Handlers {
	return &Handlers{
		records: p.Records, providers: p.Providers, logs: p.Logs, clock: p.Clock, ids: p.IDs, secrets: p.Secrets, bucket: p.Bucket,
		definitions: definitions{records: p.Records, parsed: map[string]registered{}},
	}
}

// functions names the handler of each function that a compiled machine calls.
var functions = map[string]func(*Handlers, context.Context, events.TaskInput) (any, error){
	events.ResumeExecutionFunction:   (*Handlers).resumeExecution,
	events.GateStageFunction:         (*Handlers).gateStage,
	events.EvaluateRuleFunction:      (*Handlers).evaluateRule,
	events.SkipStageFunction:         (*Handlers).skipStage,
	events.FetchSourceFunction:       (*Handlers).runAction,
	events.StartBuildFunction:        (*Handlers).runAction,
	events.DeployFunction:            (*Handlers).runAction,
	events.RequestApprovalFunction:   (*Handlers).runAction,
	events.InvokeFunction:            (*Handlers).runAction,
	events.FailStageFunction:         (*Handlers).failStage,
	events.ContinueExecutionFunction: (*Handlers).continueExecution,
	events.FinishExecutionFunction:   (*Handlers).finishExecution,
}

// Invoke runs the named function on a payload, which must be meant for it. Its error is an *Error.
func (h *Handlers) Invoke(ctx context.Context, function string, payload []byte) ([]byte, error) {
	run, ok := functions[function]
	if !ok {
		return nil, &Error{Name: "Lambda.ResourceNotFoundException", Cause: fmt.Sprintf("there is no function %q", function)}
	}
	var in events.TaskInput
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, &Error{Name: "InvalidInput", Cause: fmt.Sprintf("the payload of %s: %v", function, err)}
	}
	if in.Function != function {
		return nil, &Error{Name: "InvalidInput", Cause: fmt.Sprintf("the payload is for function %q, this is %s", in.Function, function)}
	}
	if err := h.resolve(ctx, &in); err != nil {
		return nil, Classify(err)
	}
	out, err := run(h, ctx, in)
	if err != nil {
		return nil, Classify(err)
	}
	encoded, err := json.Marshal(out)
	if err != nil {
		return nil, &Error{Name: "Internal", Cause: fmt.Sprintf("encode the answer of %s: %v", function, err)}
	}
	return encoded, nil
}

// empty is the answer of handlers whose states read nothing.
type empty struct{}

func (h *Handlers) gateStage(ctx context.Context, in events.TaskInput) (any, error) {
	return empty{}, h.records.EnterStage(ctx, in)
}

func (h *Handlers) skipStage(ctx context.Context, in events.TaskInput) (any, error) {
	return empty{}, h.records.SkipStage(ctx, in)
}

func (h *Handlers) continueExecution(ctx context.Context, in events.TaskInput) (any, error) {
	return empty{}, h.records.ContinueExecution(ctx, in)
}

func (h *Handlers) finishExecution(ctx context.Context, in events.TaskInput) (any, error) {
	return empty{}, h.records.FinishExecution(ctx, in)
}

func (h *Handlers) failStage(ctx context.Context, in events.TaskInput) (any, error) {
	_, p, err := h.definitions.of(ctx, in.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	types := func(name string) execution.ActionTypeID {
		if a, ok := declared(p, in.Stage, name); ok {
			return actionType(a)
		}
		return execution.ActionTypeID{}
	}
	for i := range in.Failures {
		in.Failures[i].Cause = said(in.Failures[i].Cause)
	}
	return empty{}, h.records.FailStage(ctx, in, types)
}

// said is what a handler said of its failure: the cause that Step Functions knows of a Lambda function is JSON around it.
func said(cause string) string {
	var told struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}
	if err := json.Unmarshal([]byte(cause), &told); err != nil || told.ErrorType == "" {
		return cause
	}
	return told.ErrorMessage
}

// Functions names every function that Invoke knows, in order.
func Functions() []string { return slices.Sorted(maps.Keys(functions)) }
