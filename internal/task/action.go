package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// runAction performs one action: it records the intent, starts the provider's work, and records the end, or that the
// work goes on outside. A repeated invocation answers from the record.
func (h *Handlers) runAction(ctx context.Context, in events.TaskInput) (any, error) {
	if in.Action == nil {
		return nil, &Error{Name: "InvalidInput", Cause: "the payload names no action"}
	}
	e, p, err := h.definitions.of(ctx, in.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	declaration, ok := declared(p, in.Stage, in.Action.Name)
	if !ok {
		return nil, errUndeclared(e, in.Stage, in.Action.Name)
	}
	begin, err := h.intent(ctx, in, declaration)
	if err != nil {
		return nil, err
	}
	record, err := h.records.BeginAction(ctx, in, begin)
	if err != nil {
		return nil, err
	}
	if !record.Ended() {
		work := work{execution: e, pipeline: p, declaration: declaration, record: record}
		if record, err = h.perform(ctx, work); err != nil {
			return nil, err
		}
	}
	return answer(in, record)
}

// intent is the record of an action execution before anything was done.
func (h *Handlers) intent(ctx context.Context, in events.TaskInput, declaration *pipeline.Action) (execution.Action, error) {
	inputs, err := h.inputs(ctx, in)
	if err != nil {
		return execution.Action{}, err
	}
	a := execution.Action{
		ActionExecutionID:   execution.ActionExecutionID(in.PipelineExecutionID, in.Stage, in.Action.Name, 1),
		PipelineExecutionID: in.PipelineExecutionID, StageName: in.Stage, ActionName: in.Action.Name, Attempt: 1,
		Type: actionType(declaration), Region: declaration.Region.Value, Namespace: declaration.Namespace.Value,
		Deadline:              h.clock.Now().Add(declaration.Timeout()).UTC(),
		ResolvedConfiguration: in.Action.Configuration, ResolvedCommands: commands(in.Action, declaration),
		ResolvedEnvironment: in.Action.EnvironmentVariables, InputArtifacts: inputs,
		TaskToken: in.TaskToken, WantedVariables: in.Action.OutputVariables,
	}
	if a.Type.Category == "Approval" {
		a.ApprovalToken = h.ids.NewID()
	}
	return a, nil
}

// commands are those of the action with every variable resolved.
func commands(in *events.TaskAction, declaration *pipeline.Action) []string {
	if len(in.Commands) > 0 {
		return in.Commands
	}
	var out []string
	for _, command := range declaration.Commands {
		out = append(out, command.Value)
	}
	return out
}

// inputs finds each input artifact in the record of the action execution that produced it.
func (h *Handlers) inputs(ctx context.Context, in events.TaskInput) ([]execution.Artifact, error) {
	var out []execution.Artifact
	for _, ref := range in.Action.InputArtifacts {
		producer, err := h.records.Action(ctx, in.PipelineExecutionID, ref.ActionExecutionID)
		if err != nil {
			return nil, fmt.Errorf("find input artifact %q: %w", ref.Name, err)
		}
		a, ok := producer.Artifact(ref.Name)
		if !ok || a.SHA256 != ref.SHA256 {
			return nil, action.Fail(action.RevisionOutOfSync, "input artifact %q with digest %s is not what action %s of stage %s recorded",
				ref.Name, ref.SHA256, producer.ActionName, producer.StageName)
		}
		out = append(out, a)
	}
	return out, nil
}

// work is one action execution that is not over.
type work struct {
	execution   *execution.Execution
	pipeline    *pipeline.Pipeline
	declaration *pipeline.Action
	record      *execution.Action
}

// perform starts the provider's work. Work that was started before, by an invocation that did not come to its end, is
// only looked at.
func (h *Handlers) perform(ctx context.Context, w work) (*execution.Action, error) {
	if err := checkConfiguration(w.record); err != nil {
		return h.end(ctx, w, action.Outcome{}, err)
	}
	provider, ok := h.providers(w.record.PipelineExecutionID, w.declaration.ActionTypeID)
	if !ok {
		return h.end(ctx, w, action.Outcome{}, action.Fail(action.ConfigurationError,
			"action type %s does not run here", w.declaration.ActionTypeID))
	}
	if w.record.ExternalExecutionID != "" {
		return h.look(ctx, w, provider)
	}
	return h.start(ctx, w, provider)
}

// start starts the provider's work and records what came of it.
func (h *Handlers) start(ctx context.Context, w work, provider action.Provider) (*execution.Action, error) {
	log, err := h.logs.Writer(w.record.PipelineExecutionID, w.record.StageName, w.record.ActionName)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s/%s: %w", w.record.StageName, w.record.ActionName, err)
	}
	if w.record.ExternalExecutionID != "" {
		fmt.Fprintln(log, "note: what ran this has ended before it did; it is started again from its beginning")
	}
	request := h.request(w, log)
	outcome, err := provider.Start(ctx, request)
	if !outcome.Pending {
		defer log.Close()
		return h.end(ctx, w, outcome, err)
	}
	if err != nil {
		return nil, err
	}
	if err := h.records.Wait(ctx, w.record, outcome.ExternalExecutionID, outcome.ExternalExecutionURL); err != nil {
		return nil, fmt.Errorf("record that %s/%s waits: %w", w.record.StageName, w.record.ActionName, err)
	}
	w.record.ExternalExecutionID = outcome.ExternalExecutionID
	outcome, err = h.describe(ctx, w, provider)
	return h.lookedAt(ctx, w, outcome, err)
}

// look asks once whether outside work is over, and records its end. Work that is lost is started again.
func (h *Handlers) look(ctx context.Context, w work, provider action.Provider) (*execution.Action, error) {
	outcome, err := h.describe(ctx, w, provider)
	var lost *action.LostError
	if errors.As(err, &lost) {
		return h.start(ctx, w, provider)
	}
	return h.lookedAt(ctx, w, outcome, err)
}

// describe looks at outside work; what cannot be looked at goes on.
func (h *Handlers) describe(ctx context.Context, w work, provider action.Provider) (action.Outcome, error) {
	describer, ok := provider.(action.Describer)
	if !ok {
		return action.Outcome{Pending: true}, nil
	}
	return describer.Describe(ctx, h.request(w, discard{io.Discard}), w.record.ExternalExecutionID)
}

func (h *Handlers) lookedAt(ctx context.Context, w work, outcome action.Outcome, err error) (*execution.Action, error) {
	if err == nil && outcome.Pending {
		return w.record, nil
	}
	return h.end(ctx, w, outcome, err)
}

// end records the end of an action. An error that the machine retries, or that comes of being stopped, is no end.
func (h *Handlers) end(ctx context.Context, w work, outcome action.Outcome, err error) (*execution.Action, error) {
	if err != nil && (retried(err) || ctx.Err() != nil) {
		return nil, err
	}
	h.note(w, outcome.Notes)
	result := execution.Result{
		OutputVariables: outcome.Variables, ExternalExecutionID: outcome.ExternalExecutionID,
		ExternalExecutionURL: outcome.ExternalExecutionURL, Summary: outcome.Summary,
	}
	if r := outcome.Revision; r != nil {
		result.Revision = &execution.Revision{ID: r.ID, Summary: r.Summary, URL: r.URL, Created: r.Created}
	}
	if err == nil {
		result.OutputArtifacts, err = outputs(w.declaration, outcome)
	}
	if err == nil {
		if err = checkOutputVariables(outcome.Variables); err != nil {
			result.OutputVariables = nil // what the machine may not carry may be too long for the record too
		}
	}
	if err != nil {
		result = failed(result, err)
	}
	return h.records.EndAction(context.WithoutCancel(ctx), w.record, result)
}

// note writes to the action's log, if that takes it: an action ends all the same.
func (h *Handlers) note(w work, lines []string) {
	if len(lines) == 0 {
		return
	}
	log, err := h.logs.Writer(w.record.PipelineExecutionID, w.record.StageName, w.record.ActionName)
	if err != nil {
		return
	}
	defer log.Close()
	for _, line := range lines {
		fmt.Fprintln(log, line)
	}
}

// outputs lists the stored artifacts in the order of the declaration; one that is missing fails the action.
func outputs(declaration *pipeline.Action, outcome action.Outcome) ([]execution.Artifact, error) {
	var out []execution.Artifact
	for _, o := range declaration.OutputArtifacts {
		stored, ok := outcome.Artifacts[o.Name.Value]
		if !ok {
			return nil, action.Fail(action.JobFailed, "output artifact %q was not produced", o.Name.Value)
		}
		a := record(o.Name.Value, stored)
		if outcome.Revision != nil {
			a.Revision = outcome.Revision.ID
		}
		out = append(out, a)
	}
	return out, nil
}

// failureTypes says which failure an operational error is of an action that asked for what cannot be had.
var failureTypes = map[execution.Code]string{
	execution.Invalid:    action.ConfigurationError,
	execution.NotFound:   action.ConfigurationError,
	execution.NotAllowed: action.PermissionError,
}

func failed(result execution.Result, err error) execution.Result {
	code, message := cmp.Or(failureTypes[execution.CodeOf(err)], action.JobFailed), err.Error()
	var failure *action.Failure
	if errors.As(err, &failure) {
		code, message = failure.Code, failure.Message
		if failure.ExternalExecutionID != "" {
			result.ExternalExecutionID = failure.ExternalExecutionID
		}
		if failure.Summary != "" {
			result.Summary = failure.Summary
		}
	}
	result.Error = &execution.ErrorDetails{Code: code, Message: message}
	return result
}

// answer is what the Task state gets: nothing where a task token will say it, else the output, or the failure.
func answer(in events.TaskInput, record *execution.Action) (any, error) {
	switch {
	case in.TaskToken != "":
		return empty{}, nil
	case record.Error != nil:
		return nil, &Error{Name: record.Error.Code, Cause: record.Error.Cause()}
	case record.Status == execution.ActionAbandoned:
		return nil, &Error{Name: events.ErrorStopped, Cause: "the action was abandoned"}
	}
	return record.TaskOutput(), nil
}

// CompleteAction is told that outside work may be over. It looks, and records the end. Work that no action is known
// to wait for yet is looked at by whoever records it.
func (h *Handlers) CompleteAction(ctx context.Context, externalExecutionID string) error {
	a, err := h.records.Waiting(ctx, externalExecutionID)
	if err != nil {
		if execution.CodeOf(err) == execution.NotFound {
			return nil
		}
		return err
	}
	if a.Ended() {
		return nil
	}
	w, provider, err := h.outside(ctx, a)
	if err != nil {
		return fmt.Errorf("complete action %s/%s: %w", a.StageName, a.ActionName, err)
	}
	_, err = h.look(ctx, w, provider)
	return err
}

// outside finds what began the outside work of an action: its definition and its provider.
func (h *Handlers) outside(ctx context.Context, a *execution.Action) (work, action.Provider, error) {
	e, p, err := h.definitions.of(ctx, a.PipelineExecutionID)
	if err != nil {
		return work{}, nil, err
	}
	declaration, ok := declared(p, a.StageName, a.ActionName)
	if !ok {
		return work{}, nil, errors.New("it is not in the definition")
	}
	provider, ok := h.providers(a.PipelineExecutionID, declaration.ActionTypeID)
	if !ok {
		return work{}, nil, fmt.Errorf("action type %s does not run here", declaration.ActionTypeID)
	}
	return work{execution: e, pipeline: p, declaration: declaration, record: a}, provider, nil
}

// discard is the log of a request that only looks.
type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// StopWork ends the outside work of abandoned actions. It tries all of them and reports what it could not end.
func (h *Handlers) StopWork(ctx context.Context, abandoned []*execution.Action) error {
	var errs []error
	for _, a := range abandoned {
		if err := h.stopWork(ctx, a); err != nil {
			errs = append(errs, fmt.Errorf("stop the work of %s/%s: %w", a.StageName, a.ActionName, err))
		}
	}
	return errors.Join(errs...)
}

func (h *Handlers) stopWork(ctx context.Context, a *execution.Action) error {
	if a.ExternalExecutionID == "" {
		return nil
	}
	w, provider, err := h.outside(ctx, a)
	if err != nil {
		return err
	}
	if describer, ok := provider.(action.Describer); ok {
		if err := describer.Stop(ctx, h.request(w, discard{io.Discard}), a.ExternalExecutionID); err != nil {
			return err
		}
	}
	return h.records.WorkStopped(ctx, a)
}
