// Package machines runs state machines of Step Functions on this machine, for actions that invoke them: an engine of its
// own, whose Task states invoke functions that are bound. In goes an execution, out comes how it ended; it survives its
// process, as its entries are in the journal. That a state machine asks for nothing else is known before anything starts.
package machines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Journal keeps the entries of executions; *journal.Journal is one. Who owns it removes those that nobody will take up.
type Journal interface {
	engine.Store
	Flush() error
}

// Functions invokes functions; *functions.Functions is one.
type Functions interface {
	Invoke(ctx context.Context, reference string, event []byte, log io.Writer) ([]byte, error)
}

// Options is what state machines on this machine need.
type Options struct {
	// Find finds a state machine by its ARN, and its name. One that is not bound is an error that says what to write.
	Find      func(arn string) (name string, m *asl.StateMachine, err error)
	Functions Functions
	Journal   Journal
	Clock     engine.Clock
	Seeds     engine.Seeds
	// Ended is told of an execution that has ended, on a goroutine of this package. An error is written to its log.
	Ended           func(ctx context.Context, executionARN string) error
	Region, Account string
}

// Machines runs executions. It owns one goroutine for each; Close ends them.
type Machines struct {
	options Options
	engine  *engine.Engine
	running sync.WaitGroup

	mu    sync.Mutex
	byARN map[string]*execution
}

var _ stepfunctions.StateMachines = (*Machines)(nil)

// execution is one that this process runs, or has run.
type execution struct {
	name string
	log  io.WriteCloser
}

// New makes Machines.
func New(o Options) *Machines {
	m := &Machines{options: o, byARN: map[string]*execution{}}
	m.engine = engine.New(engine.Options{
		Clock: o.Clock, Store: o.Journal, Seeds: o.Seeds, Tasks: tasks{m}, Region: o.Region, Account: o.Account,
	})
	return m
}

// StartExecution starts an execution, or takes up one of that name that an earlier process left.
func (m *Machines) StartExecution(ctx context.Context, e stepfunctions.Execution) (string, error) {
	name, machine, err := m.options.Find(e.StateMachineARN)
	if err != nil {
		return "", err
	}
	arn := fmt.Sprintf("arn:aws:states:%s:%s:execution:%s:%s", m.options.Region, m.options.Account, name, e.Name)
	x := &execution{name: e.Name, log: e.Log}
	if !m.add(arn, x) {
		return arn, e.Log.Close()
	}
	entries, err := m.options.Journal.Entries(ctx, e.Name)
	if err == nil && len(entries) > 0 {
		fmt.Fprintf(e.Log, "execution %s is taken up where it was\n", e.Name)
		err = m.engine.Resume(ctx, e.Name)
	} else if err == nil {
		err = m.engine.Start(ctx, engine.Execution{Name: e.Name, Machine: machine, StateMachineName: name, Input: e.Input})
	}
	if err != nil {
		m.remove(arn)
		return "", invalid(err)
	}
	m.running.Go(func() { m.follow(arn, x) })
	return arn, nil
}

// invalid is the error of an action whose state machine, or whose input, Step Functions would refuse.
func invalid(err error) error {
	if code := engine.CodeOf(err); code == engine.InvalidExecutionInput || code == engine.InvalidName {
		return action.Fail(action.ConfigurationError, "%v", err)
	}
	return err
}

func (m *Machines) add(arn string, x *execution) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byARN[arn] != nil {
		return false
	}
	m.byARN[arn] = x
	return true
}

func (m *Machines) remove(arn string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byARN, arn)
}

func (m *Machines) find(arn string) (*execution, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	x, ok := m.byARN[arn]
	if !ok {
		return nil, &stepfunctions.NotFoundError{ExecutionARN: arn}
	}
	return x, nil
}

// follow waits for the end of an execution and tells of it. One that Close ended goes on in the next process.
func (m *Machines) follow(arn string, x *execution) {
	ctx := context.Background()
	defer x.log.Close()
	_, err := m.engine.Wait(ctx, x.name)
	if engine.CodeOf(err) == engine.Closed {
		return
	}
	if err == nil {
		err = m.options.Ended(ctx, arn)
	}
	if err != nil {
		fmt.Fprintf(x.log, "the end of execution %s is not recorded: %v\n", x.name, err)
	}
}

// DescribeExecution looks at an execution.
func (m *Machines) DescribeExecution(_ context.Context, arn string) (stepfunctions.Description, error) {
	x, err := m.find(arn)
	if err != nil {
		return stepfunctions.Description{}, err
	}
	r, err := m.engine.Describe(x.name)
	return stepfunctions.Description{ARN: arn, Status: string(r.Status), Output: r.Output, Error: r.Error, Cause: r.Cause}, err
}

// StopExecution ends an execution: nobody is there to see how it would go on.
func (m *Machines) StopExecution(ctx context.Context, arn string) error {
	x, err := m.find(arn)
	if err != nil {
		return err
	}
	return m.engine.Stop(ctx, x.name, "", "the action was abandoned")
}

// Close ends what runs, as if the process had died, and waits for it.
func (m *Machines) Close() {
	m.engine.Close()
	m.running.Wait()
}

// IsOf says whether an execution in the journal is that of an action execution: its name is that ID, or ends with it.
func IsOf(name string, actionExecutionIDs []string) bool {
	return slices.ContainsFunc(actionExecutionIDs, func(id string) bool {
		return name == id || strings.HasSuffix(name, "-"+id)
	})
}

// tasks invokes functions for Task states.
type tasks struct{ machines *Machines }

// Invoke invokes a function. What led to it is on the disk before.
func (t tasks) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	m := t.machines
	if i.FunctionName == "" || i.Token != "" {
		return nil, &engine.TaskError{Name: "States.Runtime", Cause: fmt.Sprintf("the resource %s does not run on this machine", i.Resource)}
	}
	if err := m.options.Journal.Flush(); err != nil {
		return nil, err
	}
	out, err := m.options.Functions.Invoke(ctx, i.FunctionName, i.Payload, m.logOf(i.Execution))
	var failed *lambda.FunctionError
	if errors.As(err, &failed) {
		return nil, &engine.TaskError{Name: failed.Type, Cause: cause(failed)}
	}
	return out, err
}

// cause is what Step Functions has as the Cause of a function's error.
func cause(e *lambda.FunctionError) string {
	// Texts always encode.
	text, _ := json.Marshal(struct {
		Message string   `json:"errorMessage"`
		Type    string   `json:"errorType"`
		Trace   []string `json:"trace,omitempty"`
	}{e.Message, e.Type, e.Trace})
	return string(text)
}

func (m *Machines) logOf(name string) io.Writer {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.byARN {
		if x.name == name {
			return x.log
		}
	}
	return io.Discard
}
