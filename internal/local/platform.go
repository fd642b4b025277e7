package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/logs"
	"github.com/penstock-ci/penstock/internal/local/objects"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Options tune a Platform.
type Options struct {
	// Bindings say what this machine stands in for; nil where nothing is to run, and what an earlier owner left is only
	// looked at.
	Bindings *bindings.Bindings
	// Environ is the environment of builds; nil is that of this process.
	Environ []string
	// Create makes the state directory where there is none.
	Create bool
	// machine runs the state machines; nil is the engine in this process.
	machine func(*Platform) execution.Machine
	// table and store stand before what is written to the disk, and listen hears every event; nil is nothing.
	table  func(execution.Table) execution.Table
	store  func(engine.Store) engine.Store
	listen func(events.Envelope)
	// histories is how many executions that have ended keep their machines' histories in memory; 0 is keptHistories.
	histories int
}

// keptHistories is for a process that runs executions for as long as it lives: a history has hundreds of kilobytes.
const keptHistories = 32

// Platform is everything that a pipeline needs, on this machine and over one state directory. This process owns the
// directory until Close.
type Platform struct {
	state    *state
	table    execution.Table
	records  *execution.Records
	handlers *task.Handlers
	engine   *engine.Engine
	// objects are deployed files as they are; artifacts lie among them, encrypted.
	objects   *objects.Objects
	artifacts *envelope.Objects
	logs      *logs.Logs
	bus       *bus
	meter     *meter

	deadlines *deadlines
	beginning sync.Mutex // held while executions are started or taken up
	standard  *equipment

	mu       sync.Mutex
	running  map[string]*running
	equipped map[string]*equipment // by execution
	alike    map[*bindings.Bindings]*equipment
	// retired are executions that have ended and have their histories, the oldest first; at most histories.
	retired   []string
	histories int
	owned     sync.WaitGroup
}

// running is an execution that this process runs, and the machine executions that take it on, one after another. err is
// set before done is closed.
type running struct {
	machines    []string
	transitions int // of machines whose histories are dropped
	done        chan struct{}
	once        sync.Once
	err         error
}

// end is for the first who knows how it ended: each machine execution is followed by somebody.
func (r *running) end(err error) {
	r.once.Do(func() {
		r.err = err
		close(r.done)
	})
}

// ArtifactBucket is the bucket of artifacts where a definition names no artifact store.
const ArtifactBucket = "artifacts"

// Where a platform on this machine says that it is.
const (
	account   = "000000000000"
	region    = "us-east-1"
	partition = "aws"
)

// Open opens the state directory. Where something is to run it tidies up behind an earlier owner that was killed, see
// tidy; executions that this one left can then be resumed.
func Open(ctx context.Context, dir string, o Options) (*Platform, error) {
	s, err := openState(dir, o.Create)
	if err != nil {
		return nil, err
	}
	p := &Platform{state: s, bus: &bus{log: eventLog{s.path(EventsFolder)}}, running: map[string]*running{}, equipped: map[string]*equipment{}, alike: map[*bindings.Bindings]*equipment{}}
	p.histories = cmp.Or(o.histories, keptHistories)
	p.meter = &meter{clock: Clock{}, executions: map[string]*measured{}}
	var runner execution.Machine = &machine{platform: p}
	if o.machine != nil {
		runner = o.machine(p)
	}
	p.table = execution.Spill{Table: s.table, Objects: values{s.path(valuesFolder)}}
	if o.table != nil {
		p.table = o.table(p.table)
	}
	p.records = execution.New(execution.Ports{
		Table: p.table, Machine: runner, Bus: p.bus, Clock: Clock{}, IDs: Random{},
		Origin: Origin(),
	})
	p.objects = objects.New(s.path(ObjectsFolder))
	p.artifacts = envelope.New(p.objects, s.keys)
	p.logs = logs.New(s.path(LogsFolder))
	p.deadlines = &deadlines{expire: p.expire, stops: map[string]func() bool{}}
	p.bus.listen(p.watch)
	p.bus.listen(p.watchDeadlines)
	if o.listen != nil {
		p.bus.listen(o.listen)
	}
	if o.Bindings != nil {
		if err := p.sweep(); err != nil {
			return nil, errors.Join(fmt.Errorf("remove what an interrupted run left in %s: %w", dir, err), s.close())
		}
	}
	if err := p.wire(o); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if o.Bindings != nil {
		if err := p.tidy(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("open state directory %s: %w", dir, err), p.Close())
		}
	}
	return p, nil
}

// Records are the records of this state directory.
func (p *Platform) Records() *execution.Records { return p.records }

// Logs are the logs of actions.
func (p *Platform) Logs() *logs.Logs { return p.logs }

// Table are the records of this state directory as they are stored.
func (p *Platform) Table() execution.Table { return p.table }

// Origin is where a platform on this machine says that it is.
func Origin() execution.Origin {
	return execution.Origin{Account: account, Region: region, Partition: partition}
}

// OnEvent has f called with every event that is published from now on, in order.
func (p *Platform) OnEvent(f func(events.Envelope)) { p.bus.listen(f) }

// Register stores a definition with its compiled machines. The digest is of both: another compiler is another version.
func (p *Platform) Register(ctx context.Context, source *pipeline.Pipeline, parts []statemachines.Part) (execution.Definition, error) {
	d := execution.Definition{PipelineName: source.Name.Value, Source: pipeline.Canonical(source)}
	for _, part := range parts {
		encoded, err := part.Machine.Encode()
		if err != nil {
			return execution.Definition{}, fmt.Errorf("encode the machine of pipeline %s: %w", d.PipelineName, err)
		}
		d.Machines = append(d.Machines, execution.StateMachine{Stages: part.Stages, Definition: encoded})
	}
	d.Digest = execution.DigestOf(d.Source, d.Machines)
	return p.records.RegisterPipeline(ctx, d)
}

// Start starts an execution of a registered definition. It runs in this process until it ends or Close.
func (p *Platform) Start(ctx context.Context, in execution.StartInput) (*execution.Execution, error) {
	return p.records.StartPipelineExecution(ctx, in)
}

// Wait waits until an execution that was started here has ended and its record is closed.
func (p *Platform) Wait(ctx context.Context, executionID string) (*execution.Execution, error) {
	p.mu.Lock()
	r := p.running[executionID]
	p.mu.Unlock()
	if r != nil {
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return p.records.Execution(ctx, executionID)
}

// Stop stops an execution, and returns its record. With Abandon the outside work of its actions is ended as well.
func (p *Platform) Stop(ctx context.Context, executionID string, stop execution.StopTrigger) (*execution.Execution, error) {
	abandoned, err := p.records.StopPipelineExecution(ctx, executionID, stop)
	if err != nil {
		return nil, err
	}
	if err := p.handlers.StopWork(ctx, abandoned); err != nil {
		return nil, err
	}
	return p.records.Execution(ctx, executionID)
}

// Figures say what an execution that ran here has cost.
func (p *Platform) Figures(executionID string) Figures {
	f := p.meter.figures(executionID)
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.running[executionID]; r != nil {
		f.Transitions = r.transitions
		for _, name := range r.machines {
			f.Transitions += transitions(p.engine.History(name))
		}
	}
	return f
}

// retire drops the history of the oldest execution that has ended where one more has.
func (p *Platform) retire(executionID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired = append(p.retired, executionID)
	if len(p.retired) <= p.histories {
		return
	}
	r := p.running[p.retired[0]]
	p.retired = p.retired[1:]
	for _, name := range r.machines {
		r.transitions += transitions(p.engine.History(name))
		p.engine.Forget(name)
	}
}

func transitions(history []engine.Event) int {
	n := 0
	for _, e := range history {
		if _, ok := e.Details.(*engine.StateEnteredEventDetails); ok {
			n++
		}
	}
	return n
}

// Close ends what still runs here, waits for it, and gives up the state directory.
func (p *Platform) Close() error {
	var errs []error
	p.deadlines.close()
	if p.engine != nil {
		p.engine.Close()
	}
	errs = append(errs, p.closeEquipment())
	p.owned.Wait()
	errs = append(errs, p.records.Close(context.Background()))
	return errors.Join(append(errs, p.state.close())...)
}

// watch follows the events of this platform: an action that has ended is at work no more, and an execution that waits in
// front of a stage costs nothing.
func (p *Platform) watch(e events.Envelope) {
	var d struct {
		ExecutionID       string `json:"execution-id"`
		ActionExecutionID string `json:"action-execution-id"`
		State             string `json:"state"`
	}
	if json.Unmarshal(e.Detail, &d) != nil {
		return
	}
	switch {
	case e.DetailType == events.PenstockInbound:
		p.meter.waits(d.ExecutionID, true)
	case e.DetailType == events.StageExecutionStateChange && d.State == "STARTED":
		p.meter.waits(d.ExecutionID, false)
	case e.DetailType == events.ActionExecutionStateChange && d.State != "STARTED":
		p.meter.actionEnds(d.ExecutionID, d.ActionExecutionID)
	}
}
