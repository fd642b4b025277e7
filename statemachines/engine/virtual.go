package engine

import (
	"container/heap"
	"sync"
	"time"
)

// VirtualClock is a Clock whose time passes only when it is told to. Timers run on the goroutine that moves the clock,
// in the order of their times, then of their setting.
type VirtualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers timerHeap
	set    int
}

// NewVirtualClock makes a clock that shows start.
func NewVirtualClock(start time.Time) *VirtualClock { return &VirtualClock{now: start} }

// Now returns the clock's time.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc has f called when the clock has moved by d.
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set++
	t := &virtualTimer{at: c.now.Add(max(d, 0)), order: c.set, f: f}
	heap.Push(&c.timers, t)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if t.index < 0 {
			return false
		}
		heap.Remove(&c.timers, t.index)
		return true
	}
}

// Next moves the clock to its next timer and runs it; it returns false when there is none.
func (c *VirtualClock) Next() bool {
	t := c.pop(nil)
	if t == nil {
		return false
	}
	t.f()
	return true
}

// Advance moves the clock by d and runs the timers that this reaches, including those set on the way.
func (c *VirtualClock) Advance(d time.Duration) {
	end := c.Now().Add(d)
	for t := c.pop(&end); t != nil; t = c.pop(&end) {
		t.f()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.Before(end) {
		c.now = end
	}
}

// Pending is the number of timers that are set.
func (c *VirtualClock) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// pop takes the next timer, if it is due by the limit, and moves the clock to it.
func (c *VirtualClock) pop(limit *time.Time) *virtualTimer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 || limit != nil && c.timers[0].at.After(*limit) {
		return nil
	}
	t, _ := heap.Pop(&c.timers).(*virtualTimer)
	if c.now.Before(t.at) {
		c.now = t.at
	}
	return t
}

type virtualTimer struct {
	at    time.Time
	order int
	f     func()
	index int // in the heap; -1 outside
}

// timerHeap is a heap of timers for container/heap.
type timerHeap []*virtualTimer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(v any) {
	t, _ := v.(*virtualTimer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
