package functions

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/penstock-ci/penstock/internal/local/mask"
)

// lines passes whole lines on, with what must not be read masked. It may be written to concurrently.
type lines struct {
	to   io.Writer
	mask mask.Mask
	// bound are the secrets that are bound, without what opens a job: that may be in what is kept, and is of no use later.
	bound mask.Mask

	mu     sync.Mutex
	buffer []byte
}

// maxLine bounds a line, and with it what a program without line ends keeps in memory.
const maxLine = 16 << 10

func newLines(to io.Writer) *lines { return &lines{to: to} }

// hide masks texts from now on.
func (l *lines) hide(texts ...string) {
	for _, text := range texts {
		l.mask.Hide(text)
	}
}

// hideBound masks secrets that are bound.
func (l *lines) hideBound(secrets ...string) {
	l.hide(secrets...)
	for _, secret := range secrets {
		l.bound.Hide(secret)
	}
}

func (l *lines) clean(text string) string { return l.mask.Clean(text) }

// Write never fails for the program that writes: what the log does not take is lost.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer = append(l.buffer, p...)
	if end := bytes.LastIndexByte(l.buffer, '\n') + 1; end > 0 {
		_, _ = io.WriteString(l.to, l.mask.Clean(string(l.buffer[:end])))
		l.buffer = slices.Clone(l.buffer[end:])
	}
	if longest := l.mask.Longest(); len(l.buffer) > maxLine+longest {
		// What may be the beginning of a masked text stays until the rest of it is there.
		text := l.mask.Clean(string(l.buffer))
		cut := max(0, len(text)-longest)
		_, _ = io.WriteString(l.to, text[:cut]+"\n")
		l.buffer = []byte(text[cut:])
	}
	return len(p), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buffer) > 0 {
		_, _ = io.WriteString(l.to, l.mask.Clean(string(l.buffer))+"\n")
		l.buffer = nil
	}
}

// say writes a line that is not the program's.
func (l *lines) say(format string, args ...any) {
	l.flush()
	fmt.Fprintf(l, format+"\n", args...)
}
