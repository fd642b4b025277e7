package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/builds"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// Request asks for an execution of a definition that was checked.
type Request struct {
	Pipeline *pipeline.Pipeline
	Machines []statemachines.Part
	// Bindings say what this machine stands in for in this execution, Environ is the environment of its builds.
	Bindings *bindings.Bindings
	Environ  []string
	// OnBuildFailure is told of a build that has failed before its folder is removed; see builds.Options. It may be nil, and
	// is not told in another process.
	OnBuildFailure func(ctx context.Context, f builds.Failed)
	// Variables are the values that were given to the pipeline's variables.
	Variables map[string]string
	// SourceRevisions are asked for instead of the newest ones; they are exact, see ResolveRevisions.
	SourceRevisions []execution.SourceRevisionOverride
	Trigger         execution.Trigger
	// Until is the last stage to go through, From what is reused of another execution; empty and nil are the whole pipeline.
	Until string
	From  *execution.Reuse
	// New says that an interrupted execution is closed, and not taken up.
	New bool
}

// Begun is an execution that has begun to run.
type Begun struct {
	Execution *execution.Execution `json:"execution"`
	// Resumed says that the execution was interrupted, and is taken up. Before are the action executions that it had.
	Resumed bool                `json:"resumed"`
	Before  []*execution.Action `json:"before,omitempty"`
	// Closed are other executions of the pipeline, which were interrupted and are not taken up.
	Closed []Closed `json:"closed,omitempty"`
}

// Closed is an interrupted execution that was closed, and why.
type Closed struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
	Reason              string `json:"reason"`
}

// Ended is an execution that has ended, and what it cost where that is known.
type Ended struct {
	Execution *execution.Execution `json:"execution"`
	Figures   Figures              `json:"figures"`
}

// Run is an execution that somebody follows: its news come into the feed that was given, all of them before Wait returns.
type Run struct {
	Begun
	wait func(context.Context) (Ended, error)
}

// NewRun is a Run whose end wait tells.
func NewRun(begun Begun, wait func(context.Context) (Ended, error)) Run { return Run{begun, wait} }

// Wait waits until the execution has ended.
func (r *Run) Wait(ctx context.Context) (Ended, error) { return r.wait(ctx) }

// Reasons for which an interrupted execution is closed and not taken up again.
const (
	reasonDefinition = "the definition has changed since"
	reasonVariables  = "other values were given to its variables"
	reasonRevisions  = "other source revisions were asked for"
	reasonPart       = "another part of the pipeline was asked for"
	reasonNew        = "a new one was asked for"
)

// Run takes up the executions of the pipeline that an earlier process left, and follows the newest of them; where there is
// none that this request can mean, it starts one. Those that it does not mean are closed.
func (p *Platform) Run(ctx context.Context, r Request, feed *Feed) (Run, error) {
	cancel := p.hear(feed)
	begun, err := p.begin(ctx, r)
	if err != nil {
		cancel()
		return Run{}, err
	}
	return p.following(begun, cancel), nil
}

func (p *Platform) begin(ctx context.Context, r Request) (Begun, error) {
	p.beginning.Lock() // two requests must not take up the same execution
	defer p.beginning.Unlock()
	var begun Begun
	registered, err := p.Register(ctx, r.Pipeline, r.Machines)
	if err != nil {
		return begun, err
	}
	left, err := p.Interrupted(ctx, registered.PipelineName)
	if err != nil {
		return begun, err
	}
	var resumed []*execution.Execution
	for _, e := range left {
		reason := r.reasonToClose(e, registered.Digest)
		if reason == "" {
			resumed = append(resumed, e)
			continue
		}
		if err := p.CloseInterrupted(ctx, e, reason); err != nil {
			return begun, err
		}
		begun.Closed = append(begun.Closed, Closed{e.PipelineExecutionID, reason})
	}
	if len(resumed) == 0 {
		begun.Execution, err = p.start(ctx, registered, r)
		return begun, err
	}
	begun.Execution, begun.Resumed = resumed[0], true
	if begun.Before, err = p.records.ListActionExecutions(ctx, resumed[0].PipelineExecutionID); err != nil {
		return begun, err
	}
	for _, e := range resumed {
		if err := p.equip(e.PipelineExecutionID, r); err != nil {
			return begun, err
		}
		if err := p.Resume(ctx, e); err != nil {
			return begun, err
		}
	}
	return begun, nil
}

// start starts an execution of the registered definition, for which this machine is equipped first.
func (p *Platform) start(ctx context.Context, registered execution.Definition, r Request) (*execution.Execution, error) {
	if err := p.checkReuse(ctx, r); err != nil {
		return nil, err
	}
	token := Random{}.NewID()
	if err := p.equip(execution.ExecutionID(registered.PipelineName, token), r); err != nil {
		return nil, err
	}
	return p.Start(ctx, execution.StartInput{
		Definition: registered, Pipeline: r.Pipeline, Variables: r.Variables, Trigger: r.Trigger, ClientRequestToken: token,
		SourceRevisions: r.SourceRevisions, Until: r.Until, From: r.From,
	})
}

// StartPipelineExecution starts an execution of a registered definition, with the bindings and the environment of the
// request, whatever else of the pipeline was interrupted. A client request token that was used before returns the execution
// that it started.
func (p *Platform) StartPipelineExecution(ctx context.Context, in execution.StartInput, r Request) (*execution.Execution, error) {
	p.beginning.Lock()
	defer p.beginning.Unlock()
	if in.ClientRequestToken == "" {
		in.ClientRequestToken = Random{}.NewID()
	}
	id := execution.ExecutionID(in.Definition.PipelineName, in.ClientRequestToken)
	if started, err := p.records.Execution(ctx, id); err == nil || execution.CodeOf(err) != execution.NotFound {
		return started, err // it runs with the equipment that it has
	}
	if err := p.equipAlike(id, r); err != nil {
		return nil, err
	}
	e, err := p.Start(ctx, in)
	if execution.CodeOf(err) == execution.Invalid {
		p.unequip(id) // nothing was recorded
	}
	return e, err
}

// TakeUp takes up the executions of a pipeline that an earlier process left, each with its own version of the definition
// and the bindings and environment of the request, and returns them, newest first.
func (p *Platform) TakeUp(ctx context.Context, pipelineName string, r Request) ([]*execution.Execution, error) {
	p.beginning.Lock()
	defer p.beginning.Unlock()
	left, err := p.Interrupted(ctx, pipelineName)
	if err != nil {
		return nil, err
	}
	for _, e := range left {
		if err := p.equipAlike(e.PipelineExecutionID, r); err != nil {
			return nil, err
		}
		if err := p.Resume(ctx, e); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// checkReuse refuses to reuse artifacts that are not stored any more.
func (p *Platform) checkReuse(ctx context.Context, r Request) error {
	if r.From == nil {
		return nil
	}
	actions, err := p.records.ListActionExecutions(ctx, r.From.PipelineExecutionID)
	if err != nil {
		return err
	}
	before := map[string]bool{}
	for i := range r.Pipeline.Stages {
		if r.Pipeline.Stages[i].Name.Value == r.From.StageName {
			break
		}
		before[r.Pipeline.Stages[i].Name.Value] = true
	}
	actions = slices.DeleteFunc(actions, func(a *execution.Action) bool { return !before[a.StageName] })
	lost, err := p.LostArtifacts(ctx, actions)
	if err != nil || len(lost) == 0 {
		return err
	}
	return &execution.Error{Code: execution.Conflict, Name: execution.StageNotRetryable, Message: fmt.Sprintf(
		"artifact %s of execution %s is not stored any more: penstock gc removed it", lost[0].Name, r.From.PipelineExecutionID)}
}

// reasonToClose says why an interrupted execution is not what is asked for; empty where it is.
func (r *Request) reasonToClose(e *execution.Execution, digest string) string {
	switch {
	case r.New:
		return reasonNew
	case e.DefinitionDigest != digest:
		return reasonDefinition
	case !r.samePart(e):
		return reasonPart
	case !r.sameVariables(e):
		return reasonVariables
	case !r.sameRevisions(e):
		return reasonRevisions
	}
	return ""
}

// samePart says whether an execution goes through the stages that are asked for.
func (r *Request) samePart(e *execution.Execution) bool {
	if r.From == nil || e.From == nil {
		return r.Until == e.Until && r.From == e.From
	}
	return r.Until == e.Until && *r.From == *e.From
}

// sameRevisions says whether the source revisions that are asked for are those of an execution; where none is, any are.
func (r *Request) sameRevisions(e *execution.Execution) bool {
	sorted := func(all []execution.SourceRevisionOverride) []execution.SourceRevisionOverride {
		return slices.SortedFunc(slices.Values(all), func(a, b execution.SourceRevisionOverride) int {
			return cmp.Or(cmp.Compare(a.ActionName, b.ActionName), cmp.Compare(a.RevisionType, b.RevisionType))
		})
	}
	return len(r.SourceRevisions) == 0 || slices.Equal(sorted(r.SourceRevisions), sorted(e.SourceRevisions))
}

// sameVariables says whether the given variables are those of an execution; where none is given, any are.
func (r *Request) sameVariables(e *execution.Execution) bool {
	if len(r.Variables) == 0 {
		return true
	}
	for _, v := range r.Pipeline.Variables {
		value, given := r.Variables[v.Name.Value]
		if !given {
			value = v.DefaultValue.Value
		}
		if e.Variables[v.Name.Value] != value {
			return false
		}
	}
	return true
}

// Watch follows an execution. One that was interrupted is taken up, where this platform can run something.
func (p *Platform) Watch(ctx context.Context, executionID string, feed *Feed) (Run, error) {
	cancel := p.hear(feed)
	begun, err := p.watched(ctx, executionID)
	if err != nil {
		cancel()
		return Run{}, err
	}
	return p.following(begun, cancel), nil
}

func (p *Platform) watched(ctx context.Context, executionID string) (Begun, error) {
	p.beginning.Lock()
	defer p.beginning.Unlock()
	e, err := p.records.Execution(ctx, executionID)
	if err != nil {
		return Begun{}, err
	}
	begun := Begun{Execution: e}
	if begun.Before, err = p.records.ListActionExecutions(ctx, executionID); err != nil {
		return begun, err
	}
	if e.Ended() || p.runs(executionID) {
		return begun, nil
	}
	begun.Resumed = true
	return begun, p.Resume(ctx, e)
}

func (p *Platform) following(begun Begun, cancel func()) Run {
	id := begun.Execution.PipelineExecutionID
	return Run{Begun: begun, wait: func(ctx context.Context) (Ended, error) {
		defer cancel()
		e, err := p.Wait(ctx, id)
		return Ended{Execution: e, Figures: p.Figures(id)}, err
	}}
}

// PutApprovalResult answers an open approval.
func (p *Platform) PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error) {
	return p.records.PutApprovalResult(ctx, in)
}

// WaitForAll waits until nothing runs here any more.
func (p *Platform) WaitForAll(ctx context.Context) error {
	for {
		id := p.anyRunning()
		if id == "" {
			return nil
		}
		if _, err := p.Wait(ctx, id); err != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// Running are the executions that run in this process.
func (p *Platform) Running() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for id, r := range p.running {
		select {
		case <-r.done:
		default:
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *Platform) anyRunning() string {
	if ids := p.Running(); len(ids) > 0 {
		return ids[0]
	}
	return ""
}
