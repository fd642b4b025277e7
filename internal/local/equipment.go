package local

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codepipeline"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/builds"
	"github.com/penstock-ci/penstock/internal/local/functions"
	"github.com/penstock-ci/penstock/internal/local/machines"
	"github.com/penstock-ci/penstock/internal/local/mocks"
	"github.com/penstock-ci/penstock/internal/local/sources"
)

// equipment is what this machine stands in for in some executions: their providers, and what runs behind these.
type equipment struct {
	providers set
	builds    *builds.Builds
	machines  *machines.Machines
}

func (p *Platform) newEquipment(r Request) (*equipment, error) {
	store, bound := artifact.NewStore(p.artifacts), r.Bindings
	run, err := builds.New(p.buildOptions(r, store))
	if err != nil {
		return nil, err
	}
	invoked, err := functions.New(p.functionOptions(r, store))
	if err != nil {
		return nil, err
	}
	started := machines.New(p.machineOptions(bound, invoked))
	mocked := mocks.New(mocksOf(bound), store, Clock{})
	wrap := func(provider action.Provider) action.Provider { return p.meter.wrap(mocked.Before(provider)) }
	return &equipment{builds: run, machines: started, providers: set{
		source:        wrap(source.New(sources.New(sourceBindings(bound), p.objects), store)),
		build:         wrap(codebuild.NewProvider(run)),
		commands:      wrap(codebuild.NewCommandsProvider(run)),
		s3:            wrap(s3.New(s3.Over(p.objects), store)),
		codepipeline:  wrap(codepipeline.New(pipelines{p.records, p, r}, "")),
		lambda:        wrap(lambda.New(invoked, Clock{})),
		stepfunctions: wrap(stepfunctions.New(started, store)),
		approval:      wrap(approval.New(notifications{}, region)),
		other:         wrap(nil),
	}}, nil
}

// pipelines starts executions of what is registered here, each with the equipment of the one that asks.
type pipelines struct {
	*execution.Records
	platform *Platform
	request  Request
}

// GetPipeline is that of codepipeline.Pipelines. A pipeline is registered here once it was run or served.
func (p pipelines) GetPipeline(ctx context.Context, name string, version int) (execution.Definition, error) {
	d, err := p.Records.GetPipeline(ctx, name, version)
	if execution.CodeOf(err) == execution.NotFound {
		return d, action.Fail(action.ConfigurationError,
			"pipeline %q is not known in this folder: run it here once, or serve both with penstock serve FILE...", name)
	}
	return d, err
}

// StartPipelineExecution is that of codepipeline.Pipelines.
func (p pipelines) StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error) {
	return p.platform.StartPipelineExecution(ctx, in, p.request)
}

// equip gives an execution the equipment of its request; it has that of the options where the request brings none.
func (p *Platform) equip(executionID string, r Request) error {
	if r.Bindings == nil {
		return nil
	}
	own, err := p.newEquipment(r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.equipped[executionID] = own
	return nil
}

// equipAlike gives an execution the equipment that every request with these bindings has: a process that starts executions
// for as long as it lives must not make it anew for each.
func (p *Platform) equipAlike(executionID string, r Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	alike := p.alike[r.Bindings]
	if alike == nil {
		var err error
		if alike, err = p.newEquipment(r); err != nil {
			return err
		}
		p.alike[r.Bindings] = alike
	}
	p.equipped[executionID] = alike
	return nil
}

// unequip takes an execution's equipment from it, where the execution did not come to be.
func (p *Platform) unequip(executionID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.equipped, executionID)
}

func (p *Platform) equipmentOf(executionID string) *equipment {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own := p.equipped[executionID]; own != nil {
		return own
	}
	return p.standard
}

// closeEquipment ends what still runs behind the providers.
func (p *Platform) closeEquipment() error {
	p.mu.Lock()
	each := map[*equipment]bool{}
	for _, own := range p.equipped {
		each[own] = true
	}
	for _, alike := range p.alike {
		each[alike] = true
	}
	p.mu.Unlock()
	if p.standard != nil {
		each[p.standard] = true
	}
	all := slices.Collect(maps.Keys(each))
	errs := make([]error, len(all))
	var closing sync.WaitGroup
	for i, e := range all {
		closing.Go(func() {
			e.machines.Close()
			errs[i] = e.builds.Close()
		})
	}
	closing.Wait()
	return errors.Join(errs...)
}

func (p *Platform) buildOptions(r Request, store *artifact.Store) builds.Options {
	bound := r.Bindings
	projects := map[string]builds.Project{}
	for name, project := range bound.Projects {
		projects[name] = builds.Project(project)
	}
	return builds.Options{
		Work: p.state.path(workFolder), Home: p.state.path("home"), Cache: p.state.path("cache"), Environ: r.Environ,
		Projects: projects, Parameters: parameters(bound), Secrets: secrets(bound), BindingFile: bindings.FileName,
		Artifacts: store, Clock: Clock{}, Region: region, Account: account, Ended: p.buildEnded, OnFailure: r.OnBuildFailure,
	}
}

func (p *Platform) functionOptions(r Request, store *artifact.Store) functions.Options {
	bound := r.Bindings
	return functions.Options{
		Work: p.state.path(workFolder), Home: p.state.path("home"), Environ: r.Environ, BindingFile: bindings.FileName,
		Find: func(reference string) (string, functions.Function, bool) {
			f, found := bound.FunctionNamed(reference)
			return bindings.FunctionName(reference), functions.Function(f), found
		},
		Hidden: bound.SecretValues, Artifacts: store, Clock: Clock{}, Secret: Random{}.Seed, Region: region, Account: account,
	}
}

func (p *Platform) machineOptions(bound *bindings.Bindings, invoked *functions.Functions) machines.Options {
	return machines.Options{
		Find: bound.ReadStateMachine, Functions: invoked, Journal: p.state.journal, Clock: Clock{}, Seeds: Random{},
		Ended:  func(ctx context.Context, arn string) error { return p.handlers.CompleteAction(ctx, arn) },
		Region: region, Account: account,
	}
}

func mocksOf(bound *bindings.Bindings) map[string]mocks.Mock {
	out := map[string]mocks.Mock{}
	for name, m := range bound.Mocks {
		out[name] = mocks.Mock(m)
	}
	return out
}

func sourceBindings(bound *bindings.Bindings) map[string]sources.Binding {
	out := map[string]sources.Binding{}
	for name, s := range bound.Sources {
		out[name] = sources.Binding(s)
	}
	return out
}

func parameters(bound *bindings.Bindings) builds.Lookup {
	return func(_ context.Context, name string) (string, error) {
		value, ok := bound.Parameters[name]
		if !ok {
			return "", builds.ErrNotBound
		}
		return value, nil
	}
}

func secrets(bound *bindings.Bindings) builds.Lookup {
	return func(_ context.Context, name string) (string, error) {
		value, ok, err := bound.Secret(name)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", builds.ErrNotBound
		}
		return value, nil
	}
}
