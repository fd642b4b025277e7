package local

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// deadlines expires approvals that nobody answers in time. Other actions end by themselves: whoever performs them knows
// their deadline.
type deadlines struct {
	expire func(executionID, actionExecutionID string)

	mu     sync.Mutex
	closed bool
	stops  map[string]func() bool // by actionExecutionId
	due    sync.WaitGroup
}

// set has an action expired at a time.
func (d *deadlines) set(a *execution.Action) {
	if a.Type.Category != "Approval" || a.Ended() || a.Deadline.IsZero() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.stops[a.ActionExecutionID] != nil {
		return
	}
	d.stops[a.ActionExecutionID] = Clock{}.AfterFunc(time.Until(a.Deadline), func() {
		d.mu.Lock()
		closed := d.closed
		if !closed {
			d.due.Add(1)
		}
		d.mu.Unlock()
		if !closed {
			defer d.due.Done()
			d.expire(a.PipelineExecutionID, a.ActionExecutionID)
		}
	})
}

// forget is for an action that has ended.
func (d *deadlines) forget(actionExecutionID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if stop := d.stops[actionExecutionID]; stop != nil {
		stop()
		delete(d.stops, actionExecutionID)
	}
}

// close stops every timer, and waits for those that have fired.
func (d *deadlines) close() {
	d.mu.Lock()
	d.closed = true
	for _, stop := range d.stops {
		stop()
	}
	d.mu.Unlock()
	d.due.Wait()
}

// watchDeadlines follows the events of actions: one that begins may have to expire.
func (p *Platform) watchDeadlines(e events.Envelope) {
	var d struct {
		ExecutionID       string `json:"execution-id"`
		ActionExecutionID string `json:"action-execution-id"`
		State             string `json:"state"`
		Type              struct {
			Category string `json:"category"`
		} `json:"type"`
	}
	if e.DetailType != events.ActionExecutionStateChange || json.Unmarshal(e.Detail, &d) != nil || d.Type.Category != "Approval" {
		return
	}
	if d.State != "STARTED" {
		p.deadlines.forget(d.ActionExecutionID)
		return
	}
	if a, err := p.records.Action(context.Background(), d.ExecutionID, d.ActionExecutionID); err == nil {
		p.deadlines.set(a)
	}
}

// expire fails an action whose time is over. Where that cannot be written the net of its Task state fails it, later.
func (p *Platform) expire(executionID, actionExecutionID string) {
	_ = p.records.ExpireAction(context.Background(), executionID, actionExecutionID)
}
