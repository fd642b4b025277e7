package platform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
)

// Logs writes one JSON object on each line, which CloudWatch Logs reads. It is safe for concurrent use.
type Logs struct {
	mu       sync.Mutex
	to       io.Writer
	clock    execution.Clock
	platform string            // its name
	read     map[string]string // pipelines by their executions, of those that this invocation has read
}

// Begin forgets what an earlier invocation was about.
func (l *Logs) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read = nil
}

// seen remembers whose an execution is. What calls a function names the execution and not the pipeline, or neither.
func (l *Logs) seen(e *execution.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read == nil {
		l.read = map[string]string{}
	}
	l.read[e.PipelineExecutionID] = e.PipelineName
}

// whole is a place with the pipeline of its execution. A place that names none is about the only execution that was read.
func (l *Logs) whole(at Place) Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.PipelineExecutionID == "" && at.PipelineName == "" && len(l.read) == 1 {
		for id := range l.read {
			at.PipelineExecutionID = id
		}
	}
	at.PipelineName = cmp.Or(at.PipelineName, l.read[at.PipelineExecutionID])
	return at
}

// Place is what a line is about. What is empty is left out.
type Place struct {
	Function            string `json:"function,omitempty"`
	PipelineName        string `json:"pipelineName,omitempty"`
	PipelineExecutionID string `json:"pipelineExecutionId,omitempty"`
	StageName           string `json:"stageName,omitempty"`
	ActionName          string `json:"actionName,omitempty"`
	RequestID           string `json:"requestId,omitempty"`
}

// line is one line of a log. Error is the name of an error, Cause its text.
type line struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level"`
	Place
	Message  string `json:"message"`
	Error    string `json:"error,omitempty"`
	Cause    string `json:"cause,omitempty"`
	Duration int64  `json:"durationMs,omitempty"`
}

// Done logs the end of an invocation that has succeeded.
func (l *Logs) Done(at Place, message string, began time.Time) {
	l.write(line{Level: "INFO", Place: at, Message: message, Duration: l.clock.Now().Sub(began).Milliseconds()})
}

// Failed logs the end of one that has not, with its error by name.
func (l *Logs) Failed(at Place, message, name, cause string) {
	l.write(line{Level: "ERROR", Place: at, Message: message, Error: name, Cause: cause})
}

func (l *Logs) write(out line) {
	out.Time = l.clock.Now().UTC()
	out.Place = l.whole(out.Place)
	l.print(out)
}

func (l *Logs) print(value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return // texts, numbers and times do encode
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.to.Write(append(encoded, '\n')) // there is nobody to tell
}

// Writer is that of task.Logs: what an action writes is logged line by line.
func (l *Logs) Writer(executionID, stage, action string) (io.WriteCloser, error) {
	return &lines{logs: l, at: Place{PipelineExecutionID: executionID, StageName: stage, ActionName: action}}, nil
}

// maxLine bounds what is kept of a line that does not end; CloudWatch Logs takes 1 MiB.
const maxLine = 256 << 10

type lines struct {
	logs *Logs
	at   Place
	rest []byte
}

// Write logs the lines that p completes.
func (w *lines) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		at := bytes.IndexByte(w.rest, '\n')
		switch {
		case at >= 0:
			w.log(w.rest[:at])
			w.rest = w.rest[at+1:]
		case len(w.rest) > maxLine:
			w.log(w.rest)
			w.rest = nil
		default:
			return len(p), nil
		}
	}
}

func (w *lines) log(text []byte) {
	w.logs.write(line{Level: "INFO", Place: w.at, Message: string(text)})
}

// Close logs what is left of a line that did not end.
func (w *lines) Close() error {
	if len(w.rest) > 0 {
		w.log(w.rest)
	}
	w.rest = nil
	return nil
}

// metric is one value of CloudWatch's embedded metric format.
type metric struct {
	name, unit string
	value      float64
}

type metricNamed struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

type metricSet struct {
	Namespace  string        `json:"Namespace"`
	Dimensions [][]string    `json:"Dimensions"`
	Metrics    []metricNamed `json:"Metrics"`
}

// measure logs metrics with their dimensions, for each of the sets of these that are named. All have the platform's name.
func (l *Logs) measure(dimensions map[string]string, sets [][]string, metrics ...metric) {
	now := l.clock.Now()
	out := map[string]any{resources.MetricPlatform: l.platform}
	for name, value := range dimensions {
		out[name] = value
	}
	set := metricSet{Namespace: resources.MetricNamespace}
	for _, names := range sets {
		set.Dimensions = append(set.Dimensions, append([]string{resources.MetricPlatform}, names...))
	}
	for _, m := range metrics {
		out[m.name] = m.value
		set.Metrics = append(set.Metrics, metricNamed{m.name, m.unit})
	}
	out["_aws"] = map[string]any{"Timestamp": now.UnixMilli(), "CloudWatchMetrics": []metricSet{set}}
	l.print(out)
}

// OldestAction logs how long the oldest action that has not ended has been going on. The platform's alarm reads it.
func (l *Logs) OldestAction(age time.Duration) {
	l.measure(nil, [][]string{nil}, metric{resources.MetricOldestAction, "Seconds", age.Seconds()})
}

// Started logs what came of a request to start a pipeline.
func (l *Logs) Started(pipelineName string, s task.Started) {
	message := "started"
	if s.Skipped != "" {
		message = "nothing is started: " + s.Skipped
	}
	l.write(line{Level: "INFO", Place: Place{PipelineName: pipelineName, PipelineExecutionID: s.PipelineExecutionID}, Message: message})
}
