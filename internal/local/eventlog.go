package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/penstock-ci/penstock/events"
)

// EventsFolder is the folder of the event log in the state directory: one file for each pipeline execution, with one
// event a line, in the order in which they were published.
const EventsFolder = "events"

// eventLog keeps every event that is about a pipeline execution. It is written without a flush: what is kept bears the
// death of the process, not that of the machine.
type eventLog struct{ dir string }

// eventFile is the log of an execution.
func eventFile(dir, executionID string) string {
	return filepath.Join(dir, filepath.Base(executionID)+".jsonl")
}

// append adds an event. One that was published before is added again; Events leaves it out.
func (l eventLog) append(e events.Envelope) error {
	var d struct {
		ExecutionID string `json:"execution-id"`
	}
	if json.Unmarshal(e.Detail, &d) != nil || d.ExecutionID == "" {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep event %s: %w", e.ID, err)
	}
	if err := os.MkdirAll(l.dir, directoryMode); err != nil {
		return fmt.Errorf("keep event %s: %w", e.ID, err)
	}
	f, err := os.OpenFile(eventFile(l.dir, d.ExecutionID), os.O_CREATE|os.O_APPEND|os.O_RDWR, fileMode)
	if err != nil {
		return fmt.Errorf("keep event %s: %w", e.ID, err)
	}
	if err := errors.Join(endLine(f), writeLine(f, line), f.Close()); err != nil {
		return fmt.Errorf("keep event %s: %w", e.ID, err)
	}
	return nil
}

// endLine ends a line that a killed process did not end.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.WriteString("\n")
	return err
}

func writeLine(f *os.File, line []byte) error {
	_, err := f.Write(append(line, '\n'))
	return err
}

// Events are the events about an execution in a state directory, each once, in the order in which they were published.
func Events(dir, executionID string) ([]events.Envelope, error) {
	text, err := os.ReadFile(eventFile(filepath.Join(dir, EventsFolder), executionID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the events of execution %s: %w", executionID, err)
	}
	var all []events.Envelope
	for line := range bytes.Lines(text) {
		var e events.Envelope
		if json.Unmarshal(line, &e) != nil {
			continue // a process was killed while it wrote this line; the event is published again
		}
		if !slices.ContainsFunc(all, func(known events.Envelope) bool { return known.ID == e.ID }) {
			all = append(all, e)
		}
	}
	return all, nil
}
