package main

import (
	"sync"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/local/logs"
)

// news is one thing that a platform tells about a run: an event, or a line of an action's log.
type news struct {
	event *events.Envelope
	line  *logs.Line
}

// feed hands news from the goroutines that run a pipeline to the one that draws, in order and without ever making the
// former wait.
type feed struct {
	mu      sync.Mutex
	waiting []news
	ready   chan struct{}
}

func newFeed() *feed { return &feed{ready: make(chan struct{}, 1)} }

func (f *feed) put(n news) {
	f.mu.Lock()
	f.waiting = append(f.waiting, n)
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// take returns what came since the last take.
func (f *feed) take() []news {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.waiting
	f.waiting = nil
	return taken
}
