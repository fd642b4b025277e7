// Package cloudformation performs Deploy/AWS/CloudFormation actions: it creates, updates and deletes stacks, and makes and
// executes change sets. In goes the request for an action, out come the stack's outputs, or the reason for which its first
// resource failed. What makes stacks is behind the port Stacks.
//
// The rules are those of "AWS CloudFormation deploy action reference" of the CodePipeline User Guide and of
// "Configuration properties reference" for continuous delivery of the CloudFormation User Guide.
package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Artifacts reads input artifacts and stores outputs; *artifact.Store is one.
type Artifacts interface {
	OpenZip(ctx context.Context, o artifact.Object) (*artifact.Zip, error)
	PackFiles(ctx context.Context, files []artifact.File, to artifact.Location) (artifact.Object, error)
}

// Provider performs actions through a Stacks port.
type Provider struct {
	stacks    Stacks
	artifacts Artifacts
}

var _ action.Describer = (*Provider)(nil)

// New makes a Provider.
func New(stacks Stacks, artifacts Artifacts) *Provider { return &Provider{stacks, artifacts} }

// starts says how each ActionMode begins.
var starts = map[string]func(*Provider, context.Context, work) (action.Outcome, error){
	createUpdate:     (*Provider).createOrUpdate,
	replaceOnFailure: (*Provider).replaceOnFailure,
	deleteOnly:       (*Provider).delete,
	changeSetReplace: (*Provider).replaceChangeSet,
	changeSetExecute: (*Provider).executeChangeSet,
}

// work is one action execution: what it asks for, and the stack as it was found.
type work struct {
	request action.Request
	change  Change
	stack   Stack
	// exists says that there is a stack of that name.
	exists bool
}

// Start begins the change that an action asks for, or finds the one that was begun before. Where there is nothing to do the
// action has succeeded.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	start, ok := starts[r.Configuration[actionMode]]
	if !ok {
		return action.Outcome{}, unknownMode(r.Configuration[actionMode])
	}
	change, err := p.changeOf(ctx, r)
	if err != nil {
		return action.Outcome{}, err
	}
	w := work{request: r, change: change}
	w.stack, w.exists, err = p.find(ctx, change.StackName)
	if err != nil {
		return action.Outcome{}, err
	}
	return start(p, ctx, w)
}

func (p *Provider) find(ctx context.Context, nameOrID string) (Stack, bool, error) {
	stack, err := p.stacks.DescribeStack(ctx, nameOrID)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return Stack{}, false, nil
	}
	return stack, err == nil, err
}

func (p *Provider) createOrUpdate(ctx context.Context, w work) (action.Outcome, error) {
	if begun, err := p.begun(ctx, w); begun || err != nil {
		return pending(w, w.stack.ID), err
	}
	w.change.Operation = CreateStack
	if w.exists {
		w.change.Operation = UpdateStack
	}
	id, err := p.stacks.Begin(ctx, w.change)
	if errors.Is(err, ErrNoChanges) {
		return p.succeeded(ctx, w.request, w.stack, "no changes")
	}
	return pending(w, id), err
}

// skew is what the clocks of two computers may differ in.
const skew = 5 * time.Minute

// begun says whether the stack's last operation is that of this action: an earlier call has begun it and got no answer.
func (p *Provider) begun(ctx context.Context, w work) (bool, error) {
	since := w.request.Started.Add(-skew)
	if !w.exists || w.stack.Changed.Before(since) {
		return false, nil
	}
	events, err := p.stacks.Events(ctx, w.stack.ID, since)
	return slices.ContainsFunc(events, func(e Event) bool { return e.Token == w.change.Token }), err
}

// broken are the states in which REPLACE_ON_FAILURE deletes a stack.
var broken = []string{"ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}

// replaceOnFailure deletes a stack that cannot be updated any more. Once that is done the deletion is lost work to its
// action, which is started again and creates the stack.
func (p *Provider) replaceOnFailure(ctx context.Context, w work) (action.Outcome, error) {
	if !w.exists || !slices.Contains(broken, w.stack.Status) {
		return p.createOrUpdate(ctx, w)
	}
	if begun, err := p.begun(ctx, w); begun || err != nil {
		return pending(w, w.stack.ID), err
	}
	return p.remove(ctx, w, w.change.Token+deletion)
}

// deletion ends the token of the deletion that goes before a creation.
const deletion = "-delete"

func (p *Provider) delete(ctx context.Context, w work) (action.Outcome, error) {
	if !w.exists {
		return action.Outcome{Summary: summary(w.request, "was not there")}, nil
	}
	return p.remove(ctx, w, w.change.Token)
}

func (p *Provider) remove(ctx context.Context, w work, token string) (action.Outcome, error) {
	w.change.Operation, w.change.Token = DeleteStack, token
	_, err := p.stacks.Begin(ctx, w.change)
	return pending(w, w.stack.ID), err
}

func (p *Provider) replaceChangeSet(ctx context.Context, w work) (action.Outcome, error) {
	w.change.Operation = CreateChangeSet
	w.change.New = !w.exists || w.stack.Status == "REVIEW_IN_PROGRESS"
	if w.exists {
		set, err := p.stacks.DescribeChangeSet(ctx, w.change.StackName, w.change.ChangeSetName)
		var missing *NotFoundError
		switch {
		case errors.As(err, &missing):
		case err != nil:
			return action.Outcome{}, err
		case set.Description == w.change.Token:
			return pending(w, set.ID), nil
		default:
			if err := p.stacks.DeleteChangeSet(ctx, w.change.StackName, w.change.ChangeSetName); err != nil {
				return action.Outcome{}, err
			}
		}
	}
	id, err := p.stacks.Begin(ctx, w.change)
	return pending(w, id), err
}

func (p *Provider) executeChangeSet(ctx context.Context, w work) (action.Outcome, error) {
	if begun, err := p.begun(ctx, w); begun || err != nil {
		return pending(w, w.stack.ID), err
	}
	set, err := p.stacks.DescribeChangeSet(ctx, w.change.StackName, w.change.ChangeSetName)
	switch {
	case err != nil:
		return action.Outcome{}, withoutChangeSet(w, err)
	case set.Empty:
		return p.succeeded(ctx, w.request, w.stack, "no changes")
	}
	w.change.Operation = ExecuteChangeSet
	if _, err := p.stacks.Begin(ctx, w.change); err != nil {
		return action.Outcome{}, err
	}
	return pending(w, set.StackID), nil
}

func withoutChangeSet(w work, err error) error {
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return noChangeSet(w.change)
	}
	return err
}

func pending(w work, id string) action.Outcome {
	return action.Outcome{Pending: true, ExternalExecutionID: id, Summary: summary(w.request, "")}
}

// Describe looks at the change once.
func (p *Provider) Describe(ctx context.Context, r action.Request, id string) (action.Outcome, error) {
	if r.Configuration[actionMode] == changeSetReplace {
		return p.describeChangeSet(ctx, r, id)
	}
	stack, found, err := p.find(ctx, id)
	switch {
	case err != nil:
		return action.Outcome{}, err
	case !found:
		stack = Stack{ID: id, Name: r.Configuration[stackName], Status: "DELETE_COMPLETE"} // deleted stacks are forgotten after 90 days
	}
	switch end := endOf(r.Configuration[actionMode], stack.Status); end {
	case goesOn:
		return action.Outcome{Pending: true, ExternalExecutionID: id, Summary: summary(r, "")}, nil
	case startsAgain:
		return action.Outcome{}, &action.LostError{ExternalExecutionID: id}
	case good:
		return p.succeeded(ctx, r, stack, "")
	}
	return action.Outcome{}, p.failure(ctx, r, stack)
}

func (p *Provider) describeChangeSet(ctx context.Context, r action.Request, id string) (action.Outcome, error) {
	set, err := p.stacks.DescribeChangeSet(ctx, r.Configuration[stackName], id)
	var missing *NotFoundError
	switch {
	case errors.As(err, &missing):
		return action.Outcome{}, action.Fail(action.JobFailed, "change set %s is gone: somebody has deleted or replaced it", r.Configuration[changeSetName])
	case err != nil:
		return action.Outcome{}, err
	case set.Status == "CREATE_PENDING" || set.Status == "CREATE_IN_PROGRESS":
		return action.Outcome{Pending: true, ExternalExecutionID: id, Summary: summary(r, "")}, nil
	case set.Status != "CREATE_COMPLETE" && !set.Empty:
		return action.Outcome{}, failed(r, id, fmt.Sprintf("change set %s is %s: %s", r.Configuration[changeSetName], set.Status, set.StatusReason))
	}
	stack, _, err := p.find(ctx, set.StackID)
	if err != nil {
		return action.Outcome{}, err
	}
	says := "change set " + r.Configuration[changeSetName]
	if set.Empty {
		says = "no changes"
	}
	outcome, err := p.succeeded(ctx, r, stack, says)
	outcome.ExternalExecutionID = id
	return outcome, err
}

// Stop leaves the change to go on, as CodePipeline does where an action is abandoned: half of a change, or all of it
// rolled back, is what nobody asked for.
func (p *Provider) Stop(context.Context, action.Request, string) error { return nil }

// end is what the status of a stack means for the action that changes it.
type end int

const (
	bad end = iota
	good
	goesOn
	startsAgain
)

func endOf(mode, status string) end {
	switch {
	case strings.HasSuffix(status, "_IN_PROGRESS"):
		return goesOn
	case status == "DELETE_COMPLETE" && mode == deleteOnly:
		return good
	case status == "DELETE_COMPLETE" && mode == replaceOnFailure:
		return startsAgain
	case mode != deleteOnly && (status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE" || status == "IMPORT_COMPLETE"):
		return good
	}
	return bad
}

func (p *Provider) succeeded(ctx context.Context, r action.Request, stack Stack, says string) (action.Outcome, error) {
	outputs := stack.Outputs
	if r.Configuration[actionMode] == deleteOnly {
		outputs = nil
	}
	outcome := action.Outcome{
		ExternalExecutionID: stack.ID, Summary: summary(r, says), Variables: outputs, Artifacts: map[string]artifact.Object{},
	}
	for _, out := range r.Outputs {
		stored, err := p.store(ctx, outputs, r.Configuration[outputFileName], out)
		if err != nil {
			return action.Outcome{}, err
		}
		outcome.Artifacts[out.Name] = stored
	}
	return outcome, nil
}

// store makes the artifact whose only file has the stack's outputs as a JSON object.
func (p *Provider) store(ctx context.Context, outputs map[string]string, file string, to action.Output) (artifact.Object, error) {
	if outputs == nil {
		outputs = map[string]string{}
	}
	text, err := json.Marshal(outputs)
	if err != nil {
		return artifact.Object{}, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(text))), nil }
	stored, err := p.artifacts.PackFiles(ctx, []artifact.File{{Path: file, Size: int64(len(text)), Open: open}}, to.Location)
	if err != nil {
		return stored, fmt.Errorf("store output artifact %s: %w", to.Name, err)
	}
	return stored, nil
}

// failure tells of the first resource that failed. Those that were cancelled because of it come later and say nothing.
func (p *Provider) failure(ctx context.Context, r action.Request, stack Stack) error {
	message := fmt.Sprintf("stack %s is %s", stack.Name, stack.Status)
	events, err := p.stacks.Events(ctx, stack.ID, r.Started.Add(-skew))
	if err != nil && ctx.Err() != nil {
		return err
	}
	first := slices.IndexFunc(events, func(e Event) bool {
		ours := e.Token == r.ActionExecutionID || e.Token == r.ActionExecutionID+deletion
		return ours && strings.HasSuffix(e.Status, "_FAILED") && !strings.Contains(e.Reason, "cancelled") && e.Type != "AWS::CloudFormation::Stack"
	})
	switch {
	case first >= 0:
		e := events[first]
		message += fmt.Sprintf(": resource %s (%s) %s: %s", e.LogicalID, e.Type, e.Status, e.Reason)
	case stack.StatusReason != "":
		message += ": " + stack.StatusReason
	}
	if err != nil {
		message += fmt.Sprintf("; which resource failed is not known: %v", err)
	}
	return failed(r, stack.ID, message)
}

func failed(r action.Request, id, message string) *action.Failure {
	f := action.Fail(action.JobFailed, "%s", message)
	f.ExternalExecutionID, f.Summary = id, summary(r, "")
	return f
}

// summary is `stack app`, or `stack app  no changes`.
func summary(r action.Request, says string) string {
	text := "stack " + r.Configuration[stackName]
	if says != "" {
		text += "  " + says
	}
	return text
}
