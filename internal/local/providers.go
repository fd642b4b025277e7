package local

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/builds"
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

// set holds one provider of each family.
type set struct {
	source, build, commands, s3, approval action.Provider
}

// families says what runs on this machine; a Source of any provider is whatever it is bound to.
var families = []family{
	{"Source", "", "", func(s set) action.Provider { return s.source }},
	{"Build", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Test", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Compute", "AWS", "Commands", func(s set) action.Provider { return s.commands }},
	{"Deploy", "AWS", "S3", func(s set) action.Provider { return s.s3 }},
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

// equipment is what this machine stands in for in some executions: their providers, and the builds behind these.
type equipment struct {
	providers set
	builds    *builds.Builds
}

// wire makes the handlers, and the engine that calls them. Executions have the equipment of the options, where they get
// none of their own.
func (p *Platform) wire(o Options) error {
	bound, environ := o.Bindings, o.Environ
	if bound == nil {
		bound = &bindings.Bindings{}
	}
	if environ == nil {
		environ = os.Environ()
	}
	var err error
	if p.standard, err = p.newEquipment(Request{Bindings: bound, Environ: environ}); err != nil {
		return err
	}
	p.handlers = task.New(task.Ports{
		Records: p.records, Logs: p.logs, Clock: Clock{}, IDs: Random{}, Bucket: ArtifactBucket,
		Providers: func(executionID string, id pipeline.ActionTypeID) (action.Provider, bool) {
			f, ok := familyOf(id.Category.Value, id.Owner.Value, id.Provider.Value)
			if !ok {
				return nil, false
			}
			return f.of(p.equipmentOf(executionID).providers), true
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

func (p *Platform) newEquipment(r Request) (*equipment, error) {
	store, bound := artifact.NewStore(p.artifacts), r.Bindings
	run, err := builds.New(p.buildOptions(r, store))
	if err != nil {
		return nil, err
	}
	return &equipment{builds: run, providers: set{
		source:   p.meter.wrap(source.New(sources.New(sourceBindings(bound), p.objects), store)),
		build:    p.meter.wrap(codebuild.NewProvider(run)),
		commands: p.meter.wrap(codebuild.NewCommandsProvider(run)),
		s3:       p.meter.wrap(s3.New(p.objects, store)),
		approval: p.meter.wrap(approval.New(notifications{}, region)),
	}}, nil
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

func (p *Platform) equipmentOf(executionID string) *equipment {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own := p.equipped[executionID]; own != nil {
		return own
	}
	return p.standard
}

// closeEquipment ends what builds still run.
func (p *Platform) closeEquipment() error {
	p.mu.Lock()
	all := slices.Collect(maps.Values(p.equipped))
	p.mu.Unlock()
	if p.standard != nil {
		all = append(all, p.standard)
	}
	errs := make([]error, len(all))
	var closing sync.WaitGroup
	for i, e := range all {
		closing.Go(func() { errs[i] = e.builds.Close() })
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

// buildEnded wakes the action that waits for a build.
func (p *Platform) buildEnded(ctx context.Context, e events.Envelope) error {
	id, err := codebuild.BuildOf(e)
	if err != nil {
		return err
	}
	return p.handlers.CompleteAction(ctx, id)
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
