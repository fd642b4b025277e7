package local

import (
	"context"
	"slices"
	"sync"

	"github.com/penstock-ci/penstock/events"
)

// bus keeps every published event, and hands it to whoever listens in this process, one at a time and in order.
type bus struct {
	log       eventLog
	mu        sync.Mutex
	listeners []*func(events.Envelope)
}

// Publish keeps the event and calls every listener before it returns.
func (b *bus) Publish(_ context.Context, e events.Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.log.append(e); err != nil {
		return err
	}
	for _, listen := range b.listeners {
		(*listen)(e)
	}
	return nil
}

// listen calls f with every event from now on, until cancel is called. f must not call the bus.
func (b *bus) listen(f func(events.Envelope)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners = append(b.listeners, &f)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.listeners = slices.DeleteFunc(b.listeners, func(l *func(events.Envelope)) bool { return l == &f })
	}
}
