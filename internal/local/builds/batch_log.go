package builds

import (
	"io"
	"sync"
)

// sharedLog lets the builds of a batch write to one log, a line at a time.
type sharedLog struct {
	mu sync.Mutex
	to io.Writer
}

func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// prefixed writes what it is given, a line each time, behind a prefix.
type prefixed struct {
	to     io.Writer
	prefix string
}

func (w *prefixed) Write(p []byte) (int, error) {
	n, err := w.to.Write(append([]byte(w.prefix), p...))
	return max(0, n-len(w.prefix)), err
}
