package functions

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// lines passes whole lines on, with what must not be read masked. It may be written to concurrently.
type lines struct {
	to io.Writer

	mu      sync.Mutex
	hidden  []string // longest first
	mask    *strings.Replacer
	longest int // of what is hidden
	buffer  []byte
}

const (
	// masked stands for what must not be read, as in the log of a build.
	masked = "***"
	// maxLine bounds a line, and with it what a program without line ends keeps in memory.
	maxLine = 16 << 10
)

func newLines(to io.Writer) *lines { return &lines{to: to, mask: strings.NewReplacer()} }

// hide masks texts from now on, line by line: a log has no others.
func (l *lines) hide(texts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
				l.hidden = append(l.hidden, line)
			}
		}
	}
	slices.SortFunc(l.hidden, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, text := range l.hidden {
		pairs = append(pairs, text, masked)
		l.longest = max(l.longest, len(text))
	}
	l.mask = strings.NewReplacer(pairs...)
}

func (l *lines) clean(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mask.Replace(text)
}

// Write never fails for the program that writes: what the log does not take is lost.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer = append(l.buffer, p...)
	if end := bytes.LastIndexByte(l.buffer, '\n') + 1; end > 0 {
		_, _ = io.WriteString(l.to, l.mask.Replace(string(l.buffer[:end])))
		l.buffer = slices.Clone(l.buffer[end:])
	}
	if len(l.buffer) > maxLine+l.longest {
		// What may be the beginning of a masked text stays until the rest of it is there.
		text := l.mask.Replace(string(l.buffer))
		cut := max(0, len(text)-l.longest)
		_, _ = io.WriteString(l.to, text[:cut]+"\n")
		l.buffer = []byte(text[cut:])
	}
	return len(p), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buffer) > 0 {
		_, _ = io.WriteString(l.to, l.mask.Replace(string(l.buffer))+"\n")
		l.buffer = nil
	}
}

// say writes a line that is not the program's.
func (l *lines) say(format string, args ...any) {
	l.flush()
	fmt.Fprintf(l, format+"\n", args...)
}
