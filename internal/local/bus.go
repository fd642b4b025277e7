package local

import (
	"context"
	"sync"

	"github.com/penstock-ci/penstock/events"
)

// bus hands every published event to whoever listens in this process, one at a time and in order.
type bus struct {
	mu        sync.Mutex
	listeners []func(events.Envelope)
}

// Publish calls every listener before it returns.
func (b *bus) Publish(_ context.Context, e events.Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, listen := range b.listeners {
		listen(e)
	}
	return nil
}

func (b *bus) listen(f func(events.Envelope)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners = append(b.listeners, f)
}
