package owner

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// protocol is raised where an owner of before would not understand, or would do something else.
const protocol = "1"

// The paths of the operations.
const (
	pathGet     = "/" + protocol + "/table/get"
	pathQuery   = "/" + protocol + "/table/query"
	pathRun     = "/" + protocol + "/run"
	pathWatch   = "/" + protocol + "/watch"
	pathStop    = "/" + protocol + "/stop"
	pathApprove = "/" + protocol + "/approve"
)

// runRequest is a local.Request on its way. The owner compiles the definition again.
type runRequest struct {
	Definition      json.RawMessage                    `json:"definition"`
	BindingsFile    string                             `json:"bindingsFile"`
	Bindings        []byte                             `json:"bindings"`
	Mocks           []bindings.Asked                   `json:"mocks,omitempty"`
	Environ         []string                           `json:"environ"`
	Variables       map[string]string                  `json:"variables,omitempty"`
	SourceRevisions []execution.SourceRevisionOverride `json:"sourceRevisions,omitempty"`
	Trigger         execution.Trigger                  `json:"trigger"`
	Until           string                             `json:"until,omitempty"`
	From            *execution.Reuse                   `json:"from,omitempty"`
	New             bool                               `json:"new,omitempty"`
}

func encodeRequest(r local.Request) (runRequest, error) {
	out := runRequest{
		Definition: pipeline.Canonical(r.Pipeline), Environ: r.Environ, Variables: r.Variables,
		SourceRevisions: r.SourceRevisions, Trigger: r.Trigger, New: r.New,
		Until: r.Until, From: r.From,
	}
	if r.Bindings == nil {
		return out, nil
	}
	file, err := filepath.Abs(r.Bindings.File())
	out.BindingsFile, out.Bindings, out.Mocks = file, r.Bindings.Source(r.Bindings.File()), r.Bindings.Asked
	return out, err
}

func (r *runRequest) decode() (local.Request, error) {
	p, problems := pipeline.Parse("the definition", r.Definition)
	if problems.HasErrors() {
		return local.Request{}, fmt.Errorf("the definition that was handed over: %s", problems[0].Message)
	}
	machines, err := statemachines.Compile(p)
	if err != nil {
		return local.Request{}, err
	}
	stands, problems := bindings.Load(r.BindingsFile, r.Bindings)
	if problems.HasErrors() {
		return local.Request{}, fmt.Errorf("%s, which was handed over: %s", r.BindingsFile, problems[0].Message)
	}
	for _, m := range r.Mocks {
		stands.Mock(m.Key, m.Failed)
	}
	return local.Request{
		Pipeline: p, Machines: machines, Bindings: stands, Environ: r.Environ, Variables: r.Variables,
		SourceRevisions: r.SourceRevisions, Trigger: r.Trigger, New: r.New,
		Until: r.Until, From: r.From,
	}, nil
}

type watchRequest struct {
	ExecutionID string `json:"pipelineExecutionId"`
}

type stopRequest struct {
	ExecutionID string                `json:"pipelineExecutionId"`
	Stop        execution.StopTrigger `json:"stop"`
}

// message is one line of the answer to Run and Watch: exactly one field is set, Begun in the first line, Ended or Failed
// in the last.
type message struct {
	Begun  *local.Begun `json:"begun,omitempty"`
	News   *local.News  `json:"news,omitempty"`
	Ended  *local.Ended `json:"ended,omitempty"`
	Failed *failure     `json:"failed,omitempty"`
}

// failure is an operational error on its way.
type failure struct {
	Code    execution.Code `json:"code"`
	Name    string         `json:"name,omitempty"`
	Message string         `json:"message"`
}

func encodeError(err error) *failure {
	f := &failure{Code: execution.CodeOf(err), Message: err.Error()}
	var e *execution.Error
	if errors.As(err, &e) {
		f.Name = e.Name
	}
	return f
}

func (f *failure) err() error {
	return &execution.Error{Code: f.Code, Name: f.Name, Message: f.Message}
}
