package builds

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/local/mask"
)

// logWriter turns what commands write into lines without secrets. Lines are passed on one Write each, as soon as they
// are whole; a line that is longer than maxLine is passed on in parts.
//
// While commands run, their output arrives through a pipe. Lines of the build itself then go through that pipe too,
// behind a mark, so that they stand in the log where they belong.
type logWriter struct {
	marks *os.File // the pipe, while there is one; used by the build's goroutine only

	mask mask.Mask

	mu     sync.Mutex
	to     io.Writer
	buffer []byte
	tail   []string // the last lines that the running command wrote
	ours   bool     // the line in the buffer is one of the build
	err    error
	tails  chan []string
}

const (
	// maxLine bounds a line, and with it what a build without line ends keeps in memory.
	maxLine = 16 << 10
	// maxTail is how many lines of a failed command are kept for its failure.
	maxTail = 20
	// mark begins a line of the build; it ends an unfinished line of a command before it.
	mark = "\x00\x1epenstock\x1e\x00"
	// askTail, behind a mark, asks for the tail.
	askTail = "\x00tail"
)

func newLogWriter(to io.Writer) *logWriter {
	return &logWriter{to: to, tails: make(chan []string, 1)}
}

// container writes a line of the build itself, in the form of CodeBuild's log.
func (l *logWriter) container(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	l.own("[Container] " + strings.ReplaceAll(text, "\n", "\n[Container] ") + "\n")
}

func (l *logWriter) own(text string) {
	if l.marks == nil {
		l.write([]byte(mark + text))
		return
	}
	// Only a closed pipe fails, and then nobody reads any more.
	_, _ = l.marks.WriteString(mark + text)
}

// lastLines returns the last lines that the command wrote whose end was just reported.
func (l *logWriter) lastLines() []string {
	l.own(askTail + "\n")
	return <-l.tails
}

// copy passes on what it reads until the end.
func (l *logWriter) copy(from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.write(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (l *logWriter) write(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer = append(l.buffer, p...)
	for l.next() {
	}
}

// next passes on one line of the buffer, or a part of a long one; false where it has to wait for more.
func (l *logWriter) next() bool {
	end := bytes.IndexByte(l.buffer, '\n')
	line := l.buffer
	if end >= 0 {
		line = line[:end]
	}
	limit := maxLine + l.mask.Longest()
	switch at := bytes.Index(line, []byte(mark)); {
	case at == 0:
		l.buffer = l.buffer[len(mark):]
		l.ours = true
	case at > 0 && at <= limit:
		l.line(line[:at])
		l.buffer = l.buffer[at:]
	case end >= 0 && end <= limit+len(mark):
		l.line(line)
		l.buffer = l.buffer[end+1:]
		l.ours = l.ours && bytes.HasPrefix(l.buffer, []byte("[Container] "))
	case len(line) > limit+len(mark):
		cut := l.mask.Cut(l.buffer, maxLine)
		l.line(l.buffer[:cut])
		l.buffer = l.buffer[cut:]
	default:
		return false
	}
	return true
}

// line passes on one line.
func (l *logWriter) line(text []byte) {
	if string(text) == askTail {
		select {
		case l.tails <- slices.Clone(l.tail):
		default: // nobody asked: a command has written what only a build writes
		}
		return
	}
	clean := l.mask.Clean(strings.TrimSuffix(string(text), "\r"))
	if l.ours {
		l.tail = nil
	} else {
		l.tail = append(l.tail, clean)
		l.tail = l.tail[max(0, len(l.tail)-maxTail):]
	}
	if l.err != nil {
		return
	}
	_, l.err = io.WriteString(l.to, clean+"\n")
}

// flush passes on an unfinished last line.
func (l *logWriter) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buffer) > 0 {
		l.line(l.buffer)
		l.buffer = nil
	}
}

func (l *logWriter) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
