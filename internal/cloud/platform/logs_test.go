package platform

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// What an action writes is logged with its pipeline, its execution, its stage and its name.
func TestLogsNamePlaces(t *testing.T) {
	w := newWorld(t, "")
	w.deploy(site)
	e := w.run(w.start("site", "event-1"))
	if e.Status != execution.ExecutionSucceeded {
		t.Fatalf("the execution is %s: %s", e.Status, e.StatusSummary)
	}
	of := 0
	for text := range strings.Lines(w.log.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if l.ActionName == "" {
			continue
		}
		of++
		if l.PipelineName != "site" || l.PipelineExecutionID != e.PipelineExecutionID || l.StageName == "" || l.Level == "" {
			t.Errorf("a line does not say what it is about: %s", text)
		}
	}
	logs := w.outside.logs
	about := func() (l line) {
		w.log.Reset()
		logs.Done(Place{Function: "complete-action"}, "handled", time.Now())
		if err := json.Unmarshal(w.log.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	logs.Begin()
	logs.seen(e)
	if l := about(); l.PipelineName != "site" || l.PipelineExecutionID != e.PipelineExecutionID {
		t.Errorf("the end of an invocation about one execution says %+v", l)
	}
	logs.seen(&execution.Execution{PipelineName: "other", PipelineExecutionID: "other"})
	if l := about(); l.PipelineName != "" || l.PipelineExecutionID != "" {
		t.Errorf("the end of an invocation about several says %+v", l)
	}
	logs.Begin()
	if l := about(); l.PipelineExecutionID != "" {
		t.Errorf("what an earlier one was about is not forgotten: %+v", l)
	}
	if of == 0 {
		t.Error("no line is about an action")
	}
}

// A metric has the dimensions that the platform's alarm and dashboard ask for.
func TestMetrics(t *testing.T) {
	w := newWorld(t, "")
	w.deploy(site)
	w.run(w.start("site", "event-1"))
	w.outside.logs.OldestAction(time.Minute)
	for _, want := range []string{
		`"CloudWatchMetrics":[{"Namespace":"Penstock","Dimensions":[["Platform"]],"Metrics":[{"Name":"OldestActionAge","Unit":"Seconds"}]}]`,
		`"Dimensions":[["Platform","Pipeline"]],"Metrics":[{"Name":"ExecutionsSucceeded","Unit":"Count"}`,
		`"Dimensions":[["Platform","Pipeline"],["Platform","Pipeline","Stage","Action"]],"Metrics":[{"Name":"ActionsSucceeded","Unit":"Count"}`,
		`"OldestActionAge":60,"Platform":"` + w.outside.Name + `"`,
	} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("no %s in:\n%s", want, w.log.String())
		}
	}
}
