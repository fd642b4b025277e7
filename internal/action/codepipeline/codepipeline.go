// Package codepipeline performs Invoke/AWS/CodePipeline actions: it starts an execution of another pipeline. In goes the
// request for an action, out comes the ID of the execution; nobody waits for its end. What starts pipelines is behind the
// port Pipelines.
//
// The rules are those of "AWS CodePipeline invoke action reference" of the CodePipeline User Guide, which speaks of
// triggering, and of no waiting.
package codepipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// Pipelines is the port to the pipelines that are registered; *execution.Records is one. A start with a client request token
// that was used before returns the execution that it started.
type Pipelines interface {
	GetPipeline(ctx context.Context, name string, version int) (execution.Definition, error)
	StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error)
}

// Provider performs actions through a Pipelines port.
type Provider struct {
	pipelines Pipelines
	// by is who starts, which the started execution tells as its trigger: an ARN; empty is the pipeline by its name.
	by string
}

// New makes a Provider.
func New(pipelines Pipelines, by string) *Provider { return &Provider{pipelines, by} }

// Keys of the configuration.
const (
	pipelineName    = "PipelineName"
	sourceRevisions = "SourceRevisions"
	variables       = "Variables"
)

// Start starts an execution of the newest version of the pipeline, or finds the one that an earlier call has started.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	name := r.Configuration[pipelineName]
	switch name {
	case "":
		return action.Outcome{}, action.Fail(action.ConfigurationError, "%s is empty", pipelineName)
	case r.PipelineName:
		return action.Outcome{}, action.Fail(action.ConfigurationError,
			"%s is %q, which this action is in: it would start itself again and again", pipelineName, name)
	}
	in, err := p.input(r)
	if err != nil {
		return action.Outcome{}, err
	}
	if in.Definition, err = p.pipelines.GetPipeline(ctx, name, 0); err != nil {
		return action.Outcome{}, failure(name, err)
	}
	// What is registered was checked before.
	in.Pipeline, _ = pipeline.Parse(name, in.Definition.Source)
	started, err := p.pipelines.StartPipelineExecution(ctx, in)
	if err != nil {
		return action.Outcome{}, failure(name, err)
	}
	id := started.PipelineExecutionID
	fmt.Fprintf(r.Log, "started execution %s of pipeline %s\n", id, name)
	return action.Outcome{ExternalExecutionID: id, Summary: "pipeline " + name}, nil
}

// failure is what CodePipeline's user did wrong, or the error as it is.
func failure(name string, err error) error {
	var known *action.Failure
	if errors.As(err, &known) {
		return known
	}
	if code := execution.CodeOf(err); code == execution.Invalid || code == execution.NotFound {
		return action.Fail(action.ConfigurationError, "start pipeline %s: %v", name, err)
	}
	return fmt.Errorf("start pipeline %s: %w", name, err)
}

func (p *Provider) input(r action.Request) (execution.StartInput, error) {
	in := execution.StartInput{
		Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: cmp.Or(p.by, "pipeline "+r.PipelineName)}, Variables: map[string]string{},
		ClientRequestToken: r.ActionExecutionID,
	}
	var given []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	if err := decode(r, variables, &given); err != nil {
		return in, err
	}
	for _, v := range given {
		if _, twice := in.Variables[v.Name]; twice || v.Name == "" {
			return in, action.Fail(action.ConfigurationError, "configuration key %s: variable %q has no name, or is there twice", variables, v.Name)
		}
		in.Variables[v.Name] = v.Value
	}
	return in, decode(r, sourceRevisions, &in.SourceRevisions)
}

// decode reads a JSON list in a configuration key; an empty one is no list.
func decode(r action.Request, key string, into any) error {
	text := r.Configuration[key]
	if strings.TrimSpace(text) == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("more follows after the list")
	}
	if err != nil {
		return action.Fail(action.ConfigurationError, "configuration key %s is not the JSON list that it must be: %s", key, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
