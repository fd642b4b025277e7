package task

import (
	"context"
	"fmt"
	"sync"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// definitions parses registered definitions once each: they never change under their digest.
type definitions struct {
	records *execution.Records
	mu      sync.Mutex
	parsed  map[string]registered // by pipeline, version and digest: a digest is registered again with another role
}

// registered is what of a registered definition handlers work with.
type registered struct {
	pipeline *pipeline.Pipeline
	roleARN  string
}

// roleARN is the role of the definition of an execution, which was read already.
func (d *definitions) roleARN(e *execution.Execution) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.parsed[parsedKey(e)].roleARN
}

func parsedKey(e *execution.Execution) string {
	return fmt.Sprintf("%s/%d/%s", e.PipelineName, e.PipelineVersion, e.DefinitionDigest)
}

// of returns an execution's record and the definition that it runs.
func (d *definitions) of(ctx context.Context, executionID string) (*execution.Execution, *pipeline.Pipeline, error) {
	e, err := d.records.Execution(ctx, executionID)
	if err != nil {
		return nil, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.parsed[parsedKey(e)]; ok {
		return e, known.pipeline, nil
	}
	def, err := d.records.Definition(ctx, e.PipelineName, e.DefinitionDigest)
	if err != nil {
		return nil, nil, err
	}
	p, err := parse(def)
	if err != nil {
		return nil, nil, err
	}
	d.parsed[parsedKey(e)] = registered{p, def.RoleARN}
	return e, p, nil
}

// newest returns the newest registered definition of a pipeline.
func (d *definitions) newest(ctx context.Context, name string) (execution.Definition, *pipeline.Pipeline, error) {
	def, err := d.records.GetPipeline(ctx, name, 0)
	if err != nil {
		return def, nil, err
	}
	p, err := parse(def)
	return def, p, err
}

func parse(def execution.Definition) (*pipeline.Pipeline, error) {
	p, diagnostics := pipeline.Parse(fmt.Sprintf("%s version %d", def.PipelineName, def.Version), def.Source)
	if diagnostics.HasErrors() {
		return nil, fmt.Errorf("parse registered definition %s version %d: %d errors", def.PipelineName, def.Version, diagnostics.Errors())
	}
	return p, nil
}

// errUndeclared says that a payload names an action that the definition lacks.
func errUndeclared(e *execution.Execution, stage, name string) error {
	return &Error{Name: "InvalidInput", Cause: fmt.Sprintf("pipeline %s version %d has no action %q in stage %q",
		e.PipelineName, e.PipelineVersion, name, stage)}
}

func declared(p *pipeline.Pipeline, stage, name string) (*pipeline.Action, bool) {
	for i := range p.Stages {
		if p.Stages[i].Name.Value != stage {
			continue
		}
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; a.Name.Value == name {
				return a, true
			}
		}
	}
	return nil, false
}

func actionType(a *pipeline.Action) execution.ActionTypeID {
	id := a.ActionTypeID
	return execution.ActionTypeID{
		Category: id.Category.Value, Owner: id.Owner.Value, Provider: id.Provider.Value, Version: id.Version.Value,
	}
}
