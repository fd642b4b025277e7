package execution

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// StartInput is a request to start a pipeline execution.
type StartInput struct {
	Definition Definition
	Pipeline   *pipeline.Pipeline
	Trigger    Trigger
	// Variables are values for the pipeline's variables that have no default, or that override it.
	Variables map[string]string
	// Until is the last stage that the execution goes through; empty is the last of the pipeline.
	Until string
	// From says what is reused of another execution; nil is nothing.
	From *Reuse
	// SourceRevisions are source revisions that are asked for instead of the newest ones.
	SourceRevisions []SourceRevisionOverride
	// ClientRequestToken makes a repeated start return the same execution; empty means that each start is its own.
	ClientRequestToken string
}

// StartPipelineExecution records an execution and starts its state machine. Its identity is derived from the client
// request token where there is one, so a repeated start returns what the first one started.
func (r *Records) StartPipelineExecution(ctx context.Context, in StartInput) (*Execution, error) {
	variables, err := resolveVariables(in.Pipeline, in.Variables)
	if err != nil {
		return nil, err
	}
	if err := checkStages(in); err != nil {
		return nil, err
	}
	if err := CheckSourceRevisions(in.Pipeline, in.SourceRevisions); err != nil {
		return nil, err
	}
	name := in.Definition.PipelineName
	id := r.ids.NewID()
	if in.ClientRequestToken != "" {
		id = ExecutionID(name, in.ClientRequestToken)
		if started, err := r.Execution(ctx, id); err == nil || CodeOf(err) != NotFound {
			return started, err
		}
	}
	if err := r.checkConcurrent(ctx, in.Pipeline); err != nil {
		return nil, err
	}
	s := &state{now: r.clock.Now().UTC(), execution: &Execution{
		PipelineName: name, PipelineVersion: in.Definition.Version, PipelineExecutionID: id,
		DefinitionDigest: in.Definition.Digest, Mode: in.Pipeline.Mode(), Trigger: in.Trigger, Variables: variables,
		SourceRevisions: in.SourceRevisions, MachineExecution: id,
	}}
	for i := range in.Pipeline.Stages {
		s.execution.Stages = append(s.execution.Stages, in.Pipeline.Stages[i].Name.Value)
	}
	if s.execution.Until, s.execution.From = in.Until, in.From; in.From != nil {
		s.execution.ResumedAt = in.From.StageName
	}
	if machine, ok := in.Definition.Machine(s.execution.ResumedAt); ok {
		s.execution.StateMachine = machine.ARN
	}
	copies, err := r.reused(ctx, in, id)
	if err == nil {
		err = r.putReused(ctx, id, copies)
	}
	if err != nil {
		return nil, err
	}
	reduceStart(s)
	var w writer
	w.put(Item{}, executionKey(id), s.execution, false)
	w.put(Item{}, openKey(id), id, false)
	w.putDue(s.execution)
	w.put(Item{}, startedKey(name, s.now, id), id, false)
	if err := r.write(ctx, id, &w, s.effects); err != nil {
		return nil, fmt.Errorf("start execution %s: %w", id, err)
	}
	return s.execution, nil
}

// MaxConcurrent is how many executions of a pipeline in mode QUEUED or PARALLEL may be open.
const MaxConcurrent = 50

func (r *Records) checkConcurrent(ctx context.Context, p *pipeline.Pipeline) error {
	if p.Mode() == pipeline.ModeSuperseded {
		return nil
	}
	open, err := r.OpenExecutions(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, e := range open {
		if e.PipelineName == p.Name.Value {
			n++
		}
	}
	if n >= MaxConcurrent {
		return errorf(Conflict, "ConcurrentPipelineExecutionsLimitExceededException",
			"pipeline %q has %d executions that have not ended, in mode %s at most %d are allowed", p.Name.Value, n, p.Mode(), MaxConcurrent)
	}
	return nil
}

// ExecutionID is the identity of the execution of a pipeline that is started with a client request token.
func ExecutionID(pipelineName, clientRequestToken string) string {
	return derivedID("execution", pipelineName, clientRequestToken)
}

func reduceStart(s *state) {
	e := s.execution
	e.Status, e.Attempt = ExecutionInProgress, 1
	e.StartTime, e.LastUpdateTime = s.now, s.now
	e.NextCheck = e.nextCheck(s.now)
	s.publishPipeline()
	start := e.MachineStart()
	s.effects = append(s.effects, Effect{Start: &start})
}

// MachineStart is what the execution's current machine execution is started with.
func (e *Execution) MachineStart() MachineStart {
	start := MachineStart{
		Name: e.MachineExecution, PipelineName: e.PipelineName, DefinitionDigest: e.DefinitionDigest,
		Input: events.ExecutionInput{PipelineExecutionID: e.PipelineExecutionID, Variables: e.carried()},
	}
	if e.ResumedAt != "" {
		start.Input.Resume = &events.Resume{Stage: e.ResumedAt}
	}
	return start
}

// carried are the variables as a machine carries them: of some a reference to this record.
func (e *Execution) carried() map[string]string {
	if e.Variables == nil {
		return nil
	}
	out := map[string]string{}
	for name, value := range e.Variables {
		out[name] = events.InlineVariable(events.VariableReference{ActionExecutionID: e.PipelineExecutionID, Name: name}, value)
	}
	return out
}

// resolveVariables gives every declared variable its value, and refuses values for others and variables without one.
func resolveVariables(p *pipeline.Pipeline, given map[string]string) (map[string]string, error) {
	values := map[string]string{}
	var missing []string
	for _, v := range p.Variables {
		value, ok := given[v.Name.Value]
		if !ok && !v.DefaultValue.IsSet() {
			missing = append(missing, v.Name.Value)
			continue
		}
		if !ok {
			value = v.DefaultValue.Value
		}
		values[v.Name.Value] = value
	}
	if len(missing) > 0 {
		return nil, errorf(Invalid, "ValidationException", "variables without a default need a value: %q", missing)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := values[name]; !ok {
			return nil, errorf(Invalid, "ValidationException", "pipeline %q declares no variable %q", p.Name.Value, name)
		}
	}
	if encoded, err := json.Marshal(values); err != nil || len(encoded) > events.MaxVariables {
		return nil, errorf(Invalid, "ValidationException", "the variables take %d bytes together, at most %d are allowed", len(encoded), events.MaxVariables)
	}
	return values, nil
}
