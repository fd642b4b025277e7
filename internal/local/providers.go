package local

import (
	"context"
	"os"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/local/bindings"
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
	source, build, commands, s3, codepipeline, lambda, stepfunctions, approval, other action.Provider
}

// families says what runs on this machine; a Source of any provider is whatever it is bound to.
var families = []family{
	{"Source", "", "", func(s set) action.Provider { return s.source }},
	{"Build", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Test", "AWS", "CodeBuild", func(s set) action.Provider { return s.build }},
	{"Compute", "AWS", "Commands", func(s set) action.Provider { return s.commands }},
	{"Deploy", "AWS", "S3", func(s set) action.Provider { return s.s3 }},
	{"Invoke", "AWS", "CodePipeline", func(s set) action.Provider { return s.codepipeline }},
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
			all := p.equipmentOf(executionID).providers
			f, ok := familyOf(id.Category.Value, id.Owner.Value, id.Provider.Value)
			if !ok {
				return all.other, true
			}
			return f.of(all), true
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

// buildEnded wakes the action that waits for a build.
func (p *Platform) buildEnded(ctx context.Context, e events.Envelope) error {
	id, err := codebuild.BuildOf(e)
	if err != nil {
		return err
	}
	return p.handlers.CompleteAction(ctx, id)
}

// notifications is approval.Notifications where nobody is notified: whoever runs the pipeline sees that it waits.
type notifications struct{}

// Notify does nothing.
func (notifications) Notify(context.Context, string, events.ApprovalMessage) error { return nil }

// After sends the time once, when d has passed.
func (Clock) After(d time.Duration) <-chan time.Time { return time.After(d) }
