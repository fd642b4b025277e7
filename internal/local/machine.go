package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// machine is an execution.Machine over the engine in this process.
type machine struct {
	platform *Platform
}

// functionNames stand for themselves on this machine.
func functionNames() map[string]string {
	names := map[string]string{}
	for _, name := range events.Functions() {
		names[name] = name
	}
	return names
}

// StartMachine starts the machine of a registered definition. An execution that has ended in the meantime, or gone over to
// another machine, is not started any more.
func (m *machine) StartMachine(ctx context.Context, start execution.MachineStart) error {
	p := m.platform
	e, err := p.records.Execution(ctx, start.Input.PipelineExecutionID)
	if err != nil {
		return err
	}
	if e.Ended() || e.MachineExecution != start.Name {
		return nil
	}
	definition, err := p.records.Definition(ctx, start.PipelineName, start.DefinitionDigest)
	if err != nil {
		return err
	}
	stage := ""
	if start.Input.Resume != nil {
		stage = start.Input.Resume.Stage
	}
	sm, err := decode(definition, stage)
	if err != nil {
		return fmt.Errorf("start the machine of execution %s: %w", start.Name, err)
	}
	input, err := json.Marshal(start.Input)
	if err != nil {
		return fmt.Errorf("start the machine of execution %s: %w", start.Name, err)
	}
	r, isNew := p.track(e)
	err = p.engine.Start(ctx, engine.Execution{
		Name: start.Name, Machine: sm, StateMachineName: start.PipelineName, Input: input,
	})
	if engine.CodeOf(err) == engine.ExecutionAlreadyExists {
		err = nil // it was started, and is over already
	}
	if err != nil {
		err = fmt.Errorf("start the machine of execution %s: %w", start.Name, err)
		if isNew {
			r.end(err)
		}
		return err
	}
	if isNew {
		p.owned.Go(func() { p.follow(e, r) })
	}
	return nil
}

// track makes an execution, with its current machine, one that this process runs, unless it is that already.
func (p *Platform) track(e *execution.Execution) (r *running, isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, known := p.running[e.PipelineExecutionID]
	if !known {
		r = &running{done: make(chan struct{})}
		p.running[e.PipelineExecutionID] = r
		p.meter.begin(e.PipelineExecutionID)
	}
	if slices.Contains(r.machines, e.MachineExecution) {
		return r, false
	}
	r.machines = append(r.machines, e.MachineExecution)
	return r, true
}

// decode returns the machine that takes an execution through a stage.
func decode(d execution.Definition, stage string) (*asl.StateMachine, error) {
	m, ok := d.Machine(stage)
	if !ok {
		return nil, fmt.Errorf("pipeline %s version %d has no stage %q", d.PipelineName, d.Version, stage)
	}
	text, err := asl.Substitute(m.Definition, functionNames())
	if err != nil {
		return nil, err
	}
	return asl.Decode(text)
}

// follow waits for the end of an execution's machine and closes the execution's record where that is open, unless the
// machine has started the next one, which is followed as well. The entries of the machine are of no use from then on.
func (p *Platform) follow(e *execution.Execution, r *running) {
	ctx := context.Background()
	result, err := p.engine.Wait(ctx, e.MachineExecution)
	if err != nil {
		p.meter.end(e.PipelineExecutionID)
		r.end(err)
		return
	}
	abandoned, err := p.records.ExecutionEnded(ctx, e.PipelineExecutionID, e.MachineExecution, statusOf(result).Reason())
	if err == nil {
		err = p.handlers.StopWork(ctx, abandoned)
	}
	if err == nil {
		err = p.state.journal.Remove(e.MachineExecution)
	}
	if err == nil {
		var now *execution.Execution
		if now, err = p.records.Execution(ctx, e.PipelineExecutionID); err == nil && now.MachineExecution != e.MachineExecution {
			return // the next one's follower ends it
		}
	}
	p.meter.end(e.PipelineExecutionID)
	p.retire(e.PipelineExecutionID)
	r.end(err)
}

// DescribeMachine says how an execution of the engine stands. One that was interrupted is unknown until it is taken up.
func (m *machine) DescribeMachine(_ context.Context, name string) (execution.MachineStatus, error) {
	result, err := m.platform.engine.Describe(name)
	if engine.CodeOf(err) == engine.ExecutionDoesNotExist {
		return execution.MachineStatus{}, &execution.Error{Code: execution.NotFound, Message: fmt.Sprintf("the engine has no execution %q", name), Err: err}
	}
	return statusOf(result), err
}

func statusOf(r engine.Result) execution.MachineStatus {
	return execution.MachineStatus{Status: string(r.Status), Error: r.Error, Cause: r.Cause}
}

// StopMachine ends an execution of the engine.
func (m *machine) StopMachine(ctx context.Context, stop execution.MachineStop) error {
	err := m.platform.engine.Stop(ctx, stop.Name, events.ErrorStopped, stop.Cause)
	if engine.CodeOf(err) == engine.ExecutionDoesNotExist {
		return nil
	}
	return err
}

// CompleteTask answers a task token of the engine.
func (m *machine) CompleteTask(ctx context.Context, answer execution.TaskAnswer) error {
	var err error
	if answer.Error != "" {
		err = m.platform.engine.SendTaskFailure(ctx, answer.Token, answer.Error, answer.Cause)
	} else {
		err = m.platform.engine.SendTaskSuccess(ctx, answer.Token, answer.Output)
	}
	switch engine.CodeOf(err) {
	case engine.InvalidToken, engine.TaskTimedOut, engine.TaskDoesNotExist:
		return &execution.Error{Code: execution.NotFound, Message: "the task token is not open", Err: err}
	}
	return err
}

// tasks is engine.Tasks over the task handlers.
type tasks struct {
	handlers *task.Handlers
}

// Invoke runs a handler in this process.
func (t tasks) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	out, err := t.handlers.Invoke(ctx, i.FunctionName, i.Payload)
	var named *task.Error
	if errors.As(err, &named) {
		return nil, &engine.TaskError{Name: named.Name, Cause: named.Cause}
	}
	return out, err
}
