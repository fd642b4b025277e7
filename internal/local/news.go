package local

import (
	"encoding/json"
	"sync"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/local/logs"
)

// News is one thing that a platform tells about what it runs: an event, or a line of an action's log.
type News struct {
	Event *events.Envelope `json:"event,omitempty"`
	Line  *logs.Line       `json:"line,omitempty"`
}

// About says whether the news are of a pipeline execution.
func (n News) About(executionID string) bool {
	if n.Line != nil {
		return n.Line.Execution == executionID
	}
	var d struct {
		ExecutionID string `json:"execution-id"`
	}
	return json.Unmarshal(n.Event.Detail, &d) == nil && d.ExecutionID == executionID
}

// Feed hands news from the goroutines that run a pipeline to the one that reads them, in order and without ever making
// the former wait.
type Feed struct {
	// Ready has something in it when there may be news to take.
	Ready   chan struct{}
	mu      sync.Mutex
	waiting []News
}

// NewFeed makes an empty Feed.
func NewFeed() *Feed { return &Feed{Ready: make(chan struct{}, 1)} }

// Put adds news.
func (f *Feed) Put(n News) {
	f.mu.Lock()
	f.waiting = append(f.waiting, n)
	f.mu.Unlock()
	select {
	case f.Ready <- struct{}{}:
	default:
	}
}

// Take returns what came since the last Take.
func (f *Feed) Take() []News {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.waiting
	f.waiting = nil
	return taken
}

// hear puts everything that is told from now on into a feed, until cancel is called.
func (p *Platform) hear(feed *Feed) (cancel func()) {
	silence := p.bus.listen(func(e events.Envelope) { feed.Put(News{Event: &e}) })
	lines := p.logs.Subscribe(func(l logs.Line) { feed.Put(News{Line: &l}) })
	return func() { silence(); lines() }
}
