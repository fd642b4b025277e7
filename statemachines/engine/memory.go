package engine

import (
	"context"
	"slices"
	"sync"
)

// MemoryStore is a Store that forgets everything when the process ends.
type MemoryStore struct {
	mu      sync.Mutex
	entries map[string][]Entry
}

// NewMemoryStore makes an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{entries: map[string][]Entry{}} }

// Append records an entry.
func (s *MemoryStore) Append(_ context.Context, e Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[e.Execution] = append(s.entries[e.Execution], e)
	return nil
}

// Entries returns an execution's entries.
func (s *MemoryStore) Entries(_ context.Context, execution string) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.entries[execution]), nil
}
