package porttest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Memory is an execution.Table in memory. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	items map[string]map[string]execution.Item // by partition and sort
}

// NewMemory returns an empty table.
func NewMemory() *Memory { return &Memory{items: map[string]map[string]execution.Item{}} }

// Get returns an item.
func (m *Memory) Get(_ context.Context, key execution.Key) (execution.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	item := m.items[key.Partition][key.Sort]
	item.Key = key
	return item, nil
}

// Query returns items of a partition.
func (m *Memory) Query(_ context.Context, q execution.Query) ([]execution.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []execution.Item
	for sort, item := range m.items[q.Partition] {
		if strings.HasPrefix(sort, q.Prefix) && (q.After == "" || sort != q.After && (sort > q.After) != q.Descending) {
			out = append(out, item)
		}
	}
	slices.SortFunc(out, func(a, b execution.Item) int {
		if q.Descending {
			a, b = b, a
		}
		return cmp.Compare(a.Sort, b.Sort)
	})
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, nil
}

// Write does all of its writes or none.
func (m *Memory) Write(_ context.Context, writes []execution.Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[execution.Key]bool{}
	for _, w := range writes {
		if seen[w.Key] || len(writes) > execution.MaxWrites || len(w.Value) > execution.MaxItemBytes {
			return &execution.Error{Code: execution.Invalid}
		}
		seen[w.Key] = true
	}
	for _, w := range writes {
		if m.items[w.Partition][w.Sort].Revision != w.IfRevision {
			return &execution.Error{Code: execution.Conflict}
		}
	}
	for _, w := range writes {
		switch w.Kind {
		case execution.Put:
			if m.items[w.Partition] == nil {
				m.items[w.Partition] = map[string]execution.Item{}
			}
			m.items[w.Partition][w.Sort] = execution.Item{Key: w.Key, Revision: w.IfRevision + 1, Value: w.Value}
		case execution.Delete:
			delete(m.items[w.Partition], w.Sort)
		}
	}
	return nil
}
