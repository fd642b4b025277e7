package local

import (
	"context"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Figures say what an execution cost: state transitions, actions that ran, and EngineTime, the time in which no action
// was at work.
type Figures struct {
	Transitions int
	Actions     int
	EngineTime  time.Duration
}

// meter measures, for each execution, the time in which at least one of its actions was at work.
type meter struct {
	clock      execution.Clock
	mu         sync.Mutex
	executions map[string]*measured
}

type measured struct {
	started, ended time.Time
	atWork         map[string]bool // by actionExecutionId
	since          time.Time
	busy           time.Duration
	actions        int
}

func (m *meter) begin(executionID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.executions[executionID] = &measured{started: m.clock.Now(), atWork: map[string]bool{}}
}

func (m *meter) end(executionID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if x := m.executions[executionID]; x != nil {
		x.ended = m.clock.Now()
	}
}

func (m *meter) actionBegins(executionID, actionExecutionID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if x := m.executions[executionID]; x != nil && x.begins(actionExecutionID, m.clock.Now()) {
		x.actions++
	}
}

func (m *meter) actionEnds(executionID, actionExecutionID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if x := m.executions[executionID]; x != nil {
		x.ends(actionExecutionID, m.clock.Now())
	}
}

// inbound is at work while the execution waits in front of a stage: the engine does nothing then.
const inbound = "inbound"

func (m *meter) waits(executionID string, waits bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch x := m.executions[executionID]; {
	case x == nil:
	case waits:
		x.begins(inbound, m.clock.Now())
	default:
		x.ends(inbound, m.clock.Now())
	}
}

func (x *measured) begins(what string, now time.Time) (isNew bool) {
	if x.atWork[what] {
		return false
	}
	if len(x.atWork) == 0 {
		x.since = now
	}
	x.atWork[what] = true
	return true
}

func (x *measured) ends(what string, now time.Time) {
	if !x.atWork[what] {
		return
	}
	delete(x.atWork, what)
	if len(x.atWork) == 0 {
		x.busy += now.Sub(x.since)
	}
}

func (m *meter) figures(executionID string) Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.executions[executionID]
	if x == nil {
		return Figures{}
	}
	return Figures{Actions: x.actions, EngineTime: x.ended.Sub(x.started) - x.busy}
}

// metered is a provider whose calls are measured. One that goes on outside is at work until the end of its action is
// published.
type metered struct {
	action.Provider
	meter *meter
}

func (p metered) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	p.meter.actionBegins(r.PipelineExecutionID, r.ActionExecutionID)
	outcome, err := p.Provider.Start(ctx, r)
	if !outcome.Pending {
		p.meter.actionEnds(r.PipelineExecutionID, r.ActionExecutionID)
	}
	return outcome, err
}

// meteredDescriber is metered for a provider whose work outlasts the call.
type meteredDescriber struct {
	action.Describer
	start metered
}

func (p meteredDescriber) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	return p.start.Start(ctx, r)
}

func (m *meter) wrap(p action.Provider) action.Provider {
	start := metered{Provider: p, meter: m}
	if d, ok := p.(action.Describer); ok {
		return meteredDescriber{Describer: d, start: start}
	}
	return start
}
