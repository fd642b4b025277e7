package logs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// longest is where a line without end is cut: a progress bar or a binary printed by mistake must not fill memory.
const longest = 64 << 10

type writer struct {
	logs *Logs
	name Name
	mu   sync.Mutex
	file *os.File
	// begun is a line that has no end yet.
	begun []byte
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := bytes.LastIndexByte(p, '\n') + 1
	var err error
	if end > 0 {
		err = w.complete(append(w.begun, p[:end]...))
		w.begun = nil
	}
	w.begun = append(w.begun, p[end:]...)
	if len(w.begun) > longest {
		err = w.end()
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// complete writes whole lines in one call, then tells of each.
func (w *writer) complete(lines []byte) error {
	_, err := w.file.Write(lines)
	for line := range strings.Lines(string(lines)) {
		w.logs.tell(Line{Name: w.name, Text: strings.TrimRight(line, "\r\n")})
	}
	if err != nil {
		return fmt.Errorf("write log of %s/%s: %w", w.name.Stage, w.name.Action, err)
	}
	return nil
}

func (w *writer) end() error {
	if len(w.begun) == 0 {
		return nil
	}
	line := slices.Concat(w.begun, []byte("\n"))
	w.begun = nil
	return w.complete(line)
}

func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.end()
	if closeErr := w.file.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close log of %s/%s: %w", w.name.Stage, w.name.Action, closeErr)
	}
	return err
}
