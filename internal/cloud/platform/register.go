package platform

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// Registration is what a deployment says of a pipeline: the properties of its custom resource.
type Registration struct {
	PipelineName string
	// Bundle is where the definition lies, with what it was compiled into.
	Bundle struct{ Bucket, Key string }
	// Substitutions are the values of what the definition's template left open.
	Substitutions map[string]string
	RoleArn       string
	// StateMachines are the deployed machines in their order. RevisionId is what was deployed of each.
	StateMachines []DeployedMachine
}

// DeployedMachine is a state machine as a deployment has left it.
type DeployedMachine struct {
	Arn        string
	RevisionID string `json:"RevisionId"`
}

// RegisterPipeline makes what was deployed the newest version of its pipeline, unless it is that already. Each state machine
// is published as a version, so that executions which run keep theirs. It may be called again, and for what was
// registered earlier: after a rollback that is the newest version.
func (p *Platform) RegisterPipeline(ctx context.Context, r Registration) (execution.Definition, error) {
	b, err := p.bundle(ctx, r)
	if err != nil {
		return execution.Definition{}, fmt.Errorf("register pipeline %s: %w", r.PipelineName, err)
	}
	d := execution.Definition{PipelineName: r.PipelineName, RoleARN: r.RoleArn}
	if d.Webhooks, err = resources.FillWebhooks(b.Webhooks, r.Substitutions); err != nil {
		return execution.Definition{}, fmt.Errorf("register pipeline %s: %w", r.PipelineName, err)
	}
	if d.Source, err = p.source(r, b); err != nil {
		return execution.Definition{}, fmt.Errorf("register pipeline %s: %w", r.PipelineName, err)
	}
	if len(b.StateMachines) != len(r.StateMachines) {
		return execution.Definition{}, fmt.Errorf("register pipeline %s: %d state machines are deployed, its bundle has %d",
			r.PipelineName, len(r.StateMachines), len(b.StateMachines))
	}
	for _, m := range b.StateMachines {
		d.Machines = append(d.Machines, execution.StateMachine{Stages: m.Stages, Definition: execution.Compressed(m.Definition)})
	}
	d.Digest = execution.DigestOf(d.Source, d.Machines)
	if d.Machines, err = p.publish(ctx, r, d); err != nil {
		return execution.Definition{}, fmt.Errorf("register pipeline %s: %w", r.PipelineName, err)
	}
	return p.records.RegisterPipeline(ctx, d)
}

// publish publishes the state machines of a definition, and returns them with their versions. Where a stack is rolled back
// the registration may come with the revisions of before, which Step Functions does not publish again: what was published
// of this definition then is what runs it now.
func (p *Platform) publish(ctx context.Context, r Registration, d execution.Definition) ([]execution.StateMachine, error) {
	published := slices.Clone(d.Machines)
	for i, deployed := range r.StateMachines {
		arn, err := p.publishVersion(ctx, r.PipelineName, deployed, "digest "+d.Digest)
		if execution.CodeOf(err) == execution.Conflict {
			if known, before := p.records.Definition(ctx, r.PipelineName, d.Digest); before == nil {
				return known.Machines, nil
			}
		}
		if err != nil {
			return nil, err
		}
		published[i].ARN, published[i].Definition = arn, nil // Step Functions has it
	}
	return published, nil
}

// deletedVersions is how many versions make room for others, once a state machine has as many as it can.
const deletedVersions = 100

// publishVersion publishes a state machine. Where it has as many versions as it can, the oldest are deleted that no open execution
// is of: what was deployed that long ago is not rolled back to.
func (p *Platform) publishVersion(ctx context.Context, pipelineName string, m DeployedMachine, description string) (string, error) {
	arn, err := p.account.PublishVersion(ctx, m.Arn, m.RevisionID, description)
	if !cloud.TooManyVersions(err) {
		return arn, err
	}
	used, err := p.usedVersions(ctx, pipelineName)
	if err != nil {
		return "", err
	}
	if err := p.account.DeleteVersions(ctx, m.Arn, deletedVersions, func(arn string) bool { return used[arn] }); err != nil {
		return "", err
	}
	return p.account.PublishVersion(ctx, m.Arn, m.RevisionID, description)
}

// usedVersions are those of the newest definition of a pipeline, to which a deployment that fails is rolled back, and of those
// that its open executions run: also of parts that are yet to come.
func (p *Platform) usedVersions(ctx context.Context, pipelineName string) (map[string]bool, error) {
	open, err := p.records.OpenExecutions(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := p.records.GetPipeline(ctx, pipelineName, 0)
	if err != nil && execution.CodeOf(err) != execution.NotFound {
		return nil, err
	}
	definitions := []execution.Definition{newest}
	for _, e := range open {
		if e.PipelineName != pipelineName {
			continue
		}
		d, err := p.records.Definition(ctx, e.PipelineName, e.DefinitionDigest)
		if err != nil {
			return nil, err
		}
		definitions = append(definitions, d)
	}
	used := map[string]bool{}
	for _, d := range definitions {
		for _, m := range d.Machines {
			used[m.ARN] = true
		}
	}
	return used, nil
}

// bundle reads what a deployment has stored.
func (p *Platform) bundle(ctx context.Context, r Registration) (resources.Bundle, error) {
	at := artifact.Location{Bucket: r.Bundle.Bucket, Key: r.Bundle.Key}
	stored, err := p.account.Objects(cloud.BucketOptions{}).Open(ctx, at)
	if err != nil {
		return resources.Bundle{}, err
	}
	defer stored.Close()
	b, err := resources.ReadBundle(io.NewSectionReader(stored, 0, stored.Size()))
	if err != nil {
		return resources.Bundle{}, fmt.Errorf("%s: %w", at, err)
	}
	return b, nil
}

// source is the definition with everything that its template left open.
func (p *Platform) source(r Registration, b resources.Bundle) (execution.Compressed, error) {
	filled, err := resources.Fill(b.Source, r.Substitutions)
	if err != nil {
		return nil, err
	}
	parsed, diagnostics := pipeline.Parse(r.PipelineName, filled)
	if diagnostics.HasErrors() {
		return nil, fmt.Errorf("its definition cannot be read once it is deployed: %s", diagnostics[0].Message)
	}
	if parsed.Name.Value != r.PipelineName {
		return nil, fmt.Errorf("its definition is that of pipeline %q", parsed.Name.Value)
	}
	return pipeline.Canonical(parsed), nil
}
