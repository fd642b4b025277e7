package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

type listPipelinesInput struct {
	NextToken  string `json:"nextToken"`
	MaxResults int    `json:"maxResults"`
}

type listPipelinesOutput struct {
	Pipelines []pipelineSummary `json:"pipelines"`
	NextToken string            `json:"nextToken,omitempty"`
}

type pipelineSummary struct {
	Name          string    `json:"name"`
	Version       int       `json:"version"`
	PipelineType  string    `json:"pipelineType"`
	ExecutionMode string    `json:"executionMode"`
	Created       timestamp `json:"created"`
	Updated       timestamp `json:"updated"`
}

// mostPipelines is how many ListPipelines returns where nobody says.
const mostPipelines = 1000

// listPipelines lists by name. A token is the last name of the page before.
func (c *call) listPipelines(ctx context.Context, in listPipelinesInput) (listPipelinesOutput, error) {
	out := listPipelinesOutput{Pipelines: []pipelineSummary{}}
	of := scope("ListPipelines")
	after, err := readToken[string](of, in.NextToken)
	if err != nil {
		return out, err
	}
	names, err := c.Records.ListPipelines(ctx)
	if err != nil {
		return out, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name <= after })
	if most := cmp.Or(in.MaxResults, mostPipelines); len(names) > most {
		names = names[:most]
		if out.NextToken, err = writeToken(of, names[most-1]); err != nil {
			return out, err
		}
	}
	for _, name := range names {
		summary, err := c.summary(ctx, name)
		if err != nil {
			return out, err
		}
		out.Pipelines = append(out.Pipelines, summary)
	}
	return out, nil
}

func (c *call) summary(ctx context.Context, name string) (pipelineSummary, error) {
	d, err := c.registered(ctx, name, 0)
	if err != nil {
		return pipelineSummary{}, err
	}
	created, err := c.created(ctx, d)
	p := parsed(d)
	return pipelineSummary{
		Name: name, Version: d.Version, PipelineType: typeOf(p), ExecutionMode: p.Mode(),
		Created: created, Updated: timestamp{d.Registered},
	}, err
}

// typeOf is the effective type of a pipeline. Where the definition has none it may use what only V2 has.
func typeOf(p *pipeline.Pipeline) string { return cmp.Or(p.PipelineType.Value, "V2") }

// parsed is a registered definition: it was checked before it was registered.
func parsed(d execution.Definition) *pipeline.Pipeline {
	p, _ := pipeline.Parse(d.PipelineName, d.Source)
	return p
}

// registered is a version of a pipeline, 0 being the newest.
func (c *call) registered(ctx context.Context, name string, version int) (execution.Definition, error) {
	d, err := c.Records.GetPipeline(ctx, name, version)
	if exceptionIs(err, "PipelineNotFoundException") {
		err = noPipeline(c.Origin.Account, name)
	}
	return d, err
}

// created is when the first version was registered.
func (c *call) created(ctx context.Context, d execution.Definition) (timestamp, error) {
	first, err := c.Records.GetPipeline(ctx, d.PipelineName, 1)
	return timestamp{first.Registered}, err
}

type getPipelineInput struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

type getPipelineOutput struct {
	Pipeline map[string]any   `json:"pipeline"`
	Metadata pipelineMetadata `json:"metadata"`
}

type pipelineMetadata struct {
	PipelineArn string    `json:"pipelineArn"`
	Created     timestamp `json:"created"`
	Updated     timestamp `json:"updated"`
}

// getPipeline returns a definition in the API's form, secret configuration masked.
func (c *call) getPipeline(ctx context.Context, in getPipelineInput) (getPipelineOutput, error) {
	d, err := c.registered(ctx, in.Name, in.Version)
	if err != nil {
		return getPipelineOutput{}, err
	}
	created, err := c.created(ctx, d)
	if err != nil {
		return getPipelineOutput{}, err
	}
	declaration, err := declarationOf(d)
	return getPipelineOutput{declaration, pipelineMetadata{
		PipelineArn: c.Origin.PipelineARN(in.Name), Created: created, Updated: timestamp{d.Registered},
	}}, err
}

// declarationOf is a definition in the API's form. CodePipeline writes out what a definition may leave out, and masks
// secret configuration.
func declarationOf(d execution.Definition) (map[string]any, error) {
	p := parsed(d)
	mask(p)
	decoder := json.NewDecoder(bytes.NewReader(pipeline.Canonical(p)))
	decoder.UseNumber()
	var out map[string]any
	if err := decoder.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode pipeline %s: %w", d.PipelineName, err)
	}
	out["version"], out["pipelineType"], out["executionMode"] = d.Version, typeOf(p), p.Mode()
	for _, stage := range members(out, "stages") {
		for _, action := range members(stage, "actions") {
			writeOut(action, "configuration", map[string]any{})
			writeOut(action, "inputArtifacts", []any{})
			writeOut(action, "outputArtifacts", []any{})
		}
	}
	return out, nil
}

// members are the structures of a list.
func members(of map[string]any, name string) []map[string]any {
	var all []map[string]any
	list, _ := of[name].([]any)
	for _, element := range list {
		if m, ok := element.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

func writeOut(of map[string]any, name string, value any) {
	if of[name] == nil {
		of[name] = value
	}
}

// mask replaces the values of secret configuration keys.
func mask(p *pipeline.Pipeline) {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			a := &p.Stages[i].Actions[j]
			id := typeID(a)
			for k := range a.Configuration {
				if id.IsSecret(a.Configuration[k].Key.Value) {
					a.Configuration[k].Value.Value = execution.Mask
				}
			}
		}
	}
}

func typeID(a *pipeline.Action) execution.ActionTypeID {
	id := a.ActionTypeID
	return execution.ActionTypeID{
		Category: id.Category.Value, Owner: id.Owner.Value, Provider: id.Provider.Value, Version: id.Version.Value,
	}
}
