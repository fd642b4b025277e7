package local

import (
	"context"
	"os"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/builds"
	"github.com/penstock-ci/penstock/internal/local/functions"
	"github.com/penstock-ci/penstock/internal/local/machines"
	"github.com/penstock-ci/penstock/internal/local/mocks"
	"github.com/penstock-ci/penstock/internal/local/sources"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// family is a set of action types that one provider performs on this machine. An empty field is any.
type family struct {
	category, owner, provider string
	of                        func(set) action.Provider
}

// set holds one provider of each family, and other, that of actions which only mocks stand for.
type set struct {
	source, build, commands, s3, lambda, stepfunctions, approval, other action.Provider
}

// families says what runs on this machine; a Source of any provider is whatever it is bound to.
var families = []family{
	{"Source", "", "", func(s set) action.Provider { return s.source }},
	{"Build", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Test", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Compute", "AWS", "Commands", func(s set) action.Provider { return s.commands }},
	{"Deploy", "AWS", "S3", func(s set) action.Provider { return s.s3 }},
	{"Invoke", "AWS", "Lambda", func(s set) action.Provider { return s.lambda }},
	{"Invoke", "AWS", "StepFunctions", func(s set) action.Provider { return s.stepfunctions }},
	{"Approval", "AWS", "Manual", func(s set) action.Provider { return s.approval }},
}

func familyOf(category, owner, provider string) (family, bool) {
	for _, f := range families {
		if f.category == category && (f.owner == "" || f.owner == owner) && (f.provider == "" || f.provider == provider) {
			return f, true
		}
	}
	return family{}, false
}

// Runs says whether actions of a type run on this machine; it is what Check asks for.
func Runs(t pipeline.ActionType) bool {
	_, ok := familyOf(t.Category, t.Owner, t.Provider)
	return ok
}

// wire makes the providers, the handlers over them, and the engine that calls these.
func (p *Platform) wire(o Options) error {
	bound := o.Bindings
	if bound == nil {
		bound = &bindings.Bindings{}
	}
	store := artifact.NewStore(p.artifacts)
	var err error
	if p.builds, err = builds.New(p.buildOptions(bound, store)); err != nil {
		return err
	}
	if p.functions, err = functions.New(p.functionOptions(bound, store)); err != nil {
		return err
	}
	p.machines = machines.New(p.machineOptions(bound))
	mocked := mocks.New(mocksOf(bound), store, Clock{})
	providers := set{
		source:        p.meter.wrap(mocked.Before(source.New(sources.New(sourceBindings(bound)), store))),
		build:         p.meter.wrap(mocked.Before(codebuild.NewProvider(p.builds))),
		commands:      p.meter.wrap(mocked.Before(codebuild.NewCommandsProvider(p.builds))),
		s3:            p.meter.wrap(mocked.Before(s3.New(p.objects, store))),
		lambda:        p.meter.wrap(mocked.Before(lambda.New(p.functions, Clock{}))),
		stepfunctions: p.meter.wrap(mocked.Before(stepfunctions.New(p.machines, store))),
		approval:      p.meter.wrap(mocked.Before(approval.New(notifications{}, region))),
		other:         p.meter.wrap(mocked.Before(nil)),
	}
	p.handlers = task.New(task.Ports{
		Records: p.records, Logs: p.logs, Clock: Clock{}, IDs: Random{}, Bucket: ArtifactBucket,
		Providers: func(id pipeline.ActionTypeID) (action.Provider, bool) {
			f, ok := familyOf(id.Category.Value, id.Owner.Value, id.Provider.Value)
			if !ok {
				return providers.other, true
			}
			return f.of(providers), true
		},
	})
	var entries engine.Store = p.state.journal
	if o.store != nil {
		entries = o.store(entries)
	}
	p.engine = engine.New(engine.Options{
		Clock: Clock{}, Store: entries, Tasks: tasks{p.handlers}, Seeds: Random{}, Region: region, Account: account,
	})
	return nil
}

func (p *Platform) buildOptions(bound *bindings.Bindings, store *artifact.Store) builds.Options {
	projects := map[string]builds.Project{}
	for name, project := range bound.Projects {
		projects[name] = builds.Project(project)
	}
	return builds.Options{
		Work: p.state.path(workFolder), Home: p.state.path("home"), Environ: os.Environ(),
		Projects: projects, Parameters: parameters(bound), Secrets: secrets(bound), BindingFile: bindings.FileName,
		Artifacts: store, Clock: Clock{}, Region: region, Account: account, Ended: p.buildEnded,
	}
}

func (p *Platform) functionOptions(bound *bindings.Bindings, store *artifact.Store) functions.Options {
	return functions.Options{
		Work: p.state.path(workFolder), Home: p.state.path("home"), Environ: os.Environ(), BindingFile: bindings.FileName,
		Find: func(reference string) (string, functions.Function, bool) {
			f, found := bound.FunctionNamed(reference)
			return bindings.FunctionName(reference), functions.Function(f), found
		},
		Hidden: bound.SecretValues, Artifacts: store, Clock: Clock{}, Secret: Random{}.Seed, Region: region, Account: account,
	}
}

func (p *Platform) machineOptions(bound *bindings.Bindings) machines.Options {
	return machines.Options{
		Find: bound.ReadStateMachine, Functions: p.functions, Journal: p.state.journal, Clock: Clock{}, Seeds: Random{},
		Ended:  func(ctx context.Context, arn string) error { return p.handlers.CompleteAction(ctx, arn) },
		Region: region, Account: account,
	}
}

// buildEnded wakes the action that waits for a build.
func (p *Platform) buildEnded(ctx context.Context, e events.Envelope) error {
	id, err := codebuild.BuildOf(e)
	if err != nil {
		return err
	}
	return p.handlers.CompleteAction(ctx, id)
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

// notifications is approval.Notifications where nobody is notified: whoever runs the pipeline sees that it waits.
type notifications struct{}

// Notify does nothing.
func (notifications) Notify(context.Context, string, events.ApprovalMessage) error { return nil }

// After sends the time once, when d has passed.
func (Clock) After(d time.Duration) <-chan time.Time { return time.After(d) }
