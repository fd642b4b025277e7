package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Execution is what Start runs. The ARNs have defaults made of the engine's region and account and the names.
type Execution struct {
	Name             string // unique among the engine's executions
	Machine          *asl.StateMachine
	Input            []byte // JSON text; nil means {}
	StateMachineName string // "machine" by default
	RoleARN          string
}

// executionName is what Step Functions allows as a name.
var executionName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)

// Start begins an execution and runs it, on the caller's goroutine, until it waits for something. Starting the same
// name again with the same input while it runs changes nothing and is no error; otherwise it is
// ExecutionAlreadyExists. The context bounds only this call, not the execution.
func (e *Engine) Start(ctx context.Context, run Execution) error {
	if !e.hold(0) {
		return errClosed()
	}
	defer e.release(0)
	start, p, err := e.prepare(run)
	if err != nil {
		return err
	}
	x, isNew := e.register(run.Name, p)
	defer x.mu.Unlock()
	if !isNew {
		return x.startedAgain(start)
	}
	err = x.commit(ctx, Entry{Kind: EntryStarted, Start: start})
	if err != nil {
		e.Forget(run.Name)
		return fmt.Errorf("start execution %s: %w", run.Name, err)
	}
	return nil
}

func (e *Engine) prepare(run Execution) (*Start, *program, error) {
	if !executionName.MatchString(run.Name) {
		return nil, nil, &Error{Code: InvalidName, Message: fmt.Sprintf("execution name %q is not 1 to 80 letters, digits and .-_", run.Name)}
	}
	input := run.Input
	if input == nil {
		input = []byte("{}")
	}
	if !json.Valid(input) || len(input) > maxPayload {
		return nil, nil, &Error{Code: InvalidExecutionInput, Message: "the input must be JSON of at most 256 KiB"}
	}
	p, err := e.program(run.Machine)
	if err != nil {
		return nil, nil, err
	}
	machine := or(run.StateMachineName, "machine")
	prefix := fmt.Sprintf("arn:aws:states:%s:%s:", e.region, e.account)
	return &Start{
		Definition: p.definition, Input: compact(input), Seed: e.seeds.Seed(), Region: e.region,
		ExecutionARN: prefix + "execution:" + machine + ":" + run.Name, StateMachineName: machine,
		StateMachineARN: prefix + "stateMachine:" + machine,
		RoleARN:         or(run.RoleARN, fmt.Sprintf("arn:aws:iam::%s:role/penstock", e.account)),
	}, p, nil
}

// register makes room for an execution, or finds the one that has the name, and locks it. A new one is locked before
// anybody else can see it.
func (e *Engine) register(name string, p *program) (x *execution, isNew bool) {
	e.mu.Lock()
	x, found := e.executions[name]
	if !found {
		x = newExecution(e, name, p)
		x.mu.Lock()
		e.executions[name] = x
	}
	e.mu.Unlock()
	if found {
		x.mu.Lock()
	}
	return x, !found
}

func newExecution(e *Engine, name string, p *program) *execution {
	return &execution{
		engine: e, name: name, program: p, ctx: e.ctx,
		pending: map[int64]pending{}, done: make(chan struct{}),
	}
}

func (x *execution) startedAgain(start *Start) error {
	if x.broken != nil {
		return x.broken
	}
	same := string(x.start.Input) == string(start.Input) && string(x.start.Definition) == string(start.Definition)
	if same && x.result.Status == StatusRunning {
		return nil
	}
	return &Error{Code: ExecutionAlreadyExists, Message: fmt.Sprintf("execution %s exists already", x.name)}
}

// Resume takes up an execution from the store's entries: it is rebuilt, its timers are armed again for their times,
// and invocations that had not returned are made again. It does nothing to an execution that the engine already has.
func (e *Engine) Resume(ctx context.Context, name string) error {
	if !e.hold(0) {
		return errClosed()
	}
	defer e.release(0)
	entries, err := e.store.Entries(ctx, name)
	if err != nil {
		return fmt.Errorf("resume execution %s: %w", name, err)
	}
	if len(entries) == 0 {
		return errNoExecution(name)
	}
	m, err := asl.Decode(entries[0].Start.Definition)
	if err != nil {
		return fmt.Errorf("resume execution %s: %w", name, err)
	}
	p, err := compile(m)
	if err != nil {
		return fmt.Errorf("resume execution %s: %w", name, err)
	}
	x, isNew := e.register(name, p)
	defer x.mu.Unlock()
	if isNew {
		x.replay(entries)
	}
	return nil
}

func errNoExecution(name string) error {
	return &Error{Code: ExecutionDoesNotExist, Message: fmt.Sprintf("there is no execution %s", name)}
}

// Forget drops an execution that is over from memory; the store keeps it. A running one stays.
func (e *Engine) Forget(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.executions[name]
	if !ok {
		return
	}
	select {
	case <-x.done:
		delete(e.executions, name)
	default:
	}
}
