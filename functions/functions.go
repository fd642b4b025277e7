// Package functions is what the Lambda functions in the folders below share: how one starts, what it logs, and how an
// error leaves it. Each folder is one function: its main says what it does with an invocation.
package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
)

// Open makes the platform of this function, of the parts that it needs. A function whose settings are not whole says which are
// missing, and ends: an invocation must not find that out halfway.
func Open(parts platform.Parts) *platform.Platform {
	settings, err := platform.ReadSettings(os.Getenv)
	if err != nil {
		exit(err)
	}
	return platform.New(settings, cloud.New(cloud.Config{Region: settings.Region}), os.Stdout, parts)
}

// exit says why this function cannot start, and ends it.
func exit(err error) {
	line, _ := json.Marshal(map[string]string{"level": "FATAL", "message": err.Error()})
	fmt.Println(string(line))
	os.Exit(1)
}

// Beside is the path of another program of the function's bundle.
func Beside(program string) string {
	own, err := os.Executable()
	if err != nil {
		exit(fmt.Errorf("find the folder of %s: %w", program, err))
	}
	return filepath.Join(filepath.Dir(own), program)
}

// margin is how long before Lambda ends an invocation its context ends: then what was begun is told to the records and to
// Step Functions by the handler itself, and not by its death.
const margin = 5 * time.Second

// Tasks answers Task states: those whose handlers this function answers for, by the providers among its parts.
func Tasks(function string, parts platform.Parts) {
	p := Open(parts)
	lambda.Start(&tasks{function: function, platform: p})
}

type tasks struct {
	function string
	platform *platform.Platform
}

// called is what a payload says of its place.
type called struct {
	Function            string `json:"function"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
	Stage               string `json:"stage"`
	Action              *struct {
		Name string `json:"name"`
	} `json:"action"`
}

// Invoke is that of lambda.Handler.
func (t *tasks) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	began := time.Now()
	t.platform.Logs().Begin()
	var in called
	_ = json.Unmarshal(payload, &in) // what is wrong with it is the handler's to say
	at := platform.Place{Function: t.function, PipelineExecutionID: in.PipelineExecutionID, StageName: in.Stage, RequestID: requestID(ctx)}
	if in.Action != nil {
		at.ActionName = in.Action.Name
	}
	if resources.Lambda()[in.Function] != t.function {
		return nil, t.failed(at, &task.Error{Name: "InvalidInput", Cause: fmt.Sprintf("%s does not answer for %q: this is an error of the deployment", t.function, in.Function)})
	}
	ctx, cancel := early(ctx)
	defer cancel()
	out, err := t.platform.Handlers().Invoke(ctx, in.Function, payload)
	Settle(ctx, t.platform, at)
	if err != nil {
		return nil, t.failed(at, err)
	}
	t.platform.Logs().Done(at, in.Function, began)
	return out, nil
}

// failed logs an error and gives it the name that Retry and Catch match: Lambda would take that of the Go type.
func (t *tasks) failed(at platform.Place, err error) error {
	name, cause := "Internal", err.Error()
	var named *task.Error
	if errors.As(err, &named) {
		name, cause = named.Name, named.Cause
	}
	t.platform.Logs().Failed(at, "the task has failed", name, cause)
	return messages.InvokeResponse_Error{Type: name, Message: cause}
}

// Settle removes the stored effects that this invocation has done: nobody knows whether another one follows, and what
// stays the sweep would do again. Where it cannot the sweep does just that, which does no harm.
func Settle(ctx context.Context, p *platform.Platform, at platform.Place) {
	if err := p.Records().Close(ctx); err != nil {
		named := task.Classify(err)
		p.Logs().Failed(at, "what was done is kept as not done", named.Name, named.Cause)
	}
}

func early(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

func requestID(ctx context.Context) string {
	if c, ok := lambdacontext.FromContext(ctx); ok {
		return c.AwsRequestID
	}
	return ""
}

// Events answers events: handle does what one is for. An error has Lambda repeat the invocation, and after that keep the event
// in the dead-letter queue.
func Events[In any](function string, parts platform.Parts, handle func(context.Context, *platform.Platform, In) error) {
	p := Open(parts)
	lambda.Start(func(ctx context.Context, in In) error {
		began := time.Now()
		p.Logs().Begin()
		at := platform.Place{Function: function, RequestID: requestID(ctx)}
		ctx, cancel := early(ctx)
		defer cancel()
		err := handle(ctx, p, in)
		Settle(ctx, p, at)
		if err != nil {
			named := task.Classify(err)
			p.Logs().Failed(at, "the event was not handled", named.Name, named.Cause)
			return messages.InvokeResponse_Error{Type: named.Name, Message: named.Cause}
		}
		p.Logs().Done(at, "handled", began)
		return nil
	})
}
