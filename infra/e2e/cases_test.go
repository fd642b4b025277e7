//go:build e2e

package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
	"github.com/penstock-ci/penstock/internal/resources"
)

// An event that is delivered twice, as EventBridge may, starts nothing more.
func (w *world) duplicateEvent(t *testing.T) {
	uploads := until(t, "event about the source", func() ([]events.Envelope, bool) {
		all := w.taken(t, w.uploads)
		return all, len(all) > 0
	})
	before := len(w.executions(t))
	request, err := json.Marshal(map[string]any{
		"pipelineName": "static-site", "actionName": "Content", "event": uploads[len(uploads)-1],
		"ruleArn": "arn:aws:events:" + ministack.Region + ":" + ministack.Account + ":rule/" + platform.Rule("static-site", "source-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer := w.Invoke(t, platform.Function(resources.StartExecution), request); string(answer) != "null" {
		t.Errorf("the function answers %s", answer)
	}
	if after := len(w.executions(t)); after != before {
		t.Errorf("%d executions, and %d after the same event again", before, after)
	}
}

// A build may be over, and have told so, before who has started it knows its ID.
func (w *world) earlyEvent(t *testing.T) {
	w.AnswerStartBuild(t, false)
	e := w.begin(t)
	for _, ended := range w.build(t, "site-render") {
		w.PutEvents(t, ended)
	}
	if a := w.action(t, e, "Render"); a.Status != "InProgress" || a.Output.Result.ExternalID != "" {
		t.Errorf("the event was not early: %v has %q", a, a.Output.Result.ExternalID)
	}
	w.AnswerStartBuild(t, true)
	w.succeeds(t, w.drive(t, e, w.approve))
}

// build waits until a build of a project goes on, and runs it to its end; the events that tell of it are returned.
func (w *world) build(t *testing.T, project string) []ministack.Event {
	t.Helper()
	w.building(t, project)
	return w.builds.run(t)
}

// building waits until a build of a project goes on.
func (w *world) building(t *testing.T, project string) ministack.Build {
	t.Helper()
	return until(t, "build of "+project, func() (ministack.Build, bool) {
		for _, b := range w.Builds(t) {
			if b.ProjectName == project && b.Status == "IN_PROGRESS" {
				return b, true
			}
		}
		return ministack.Build{}, false
	})
}

func (w *world) action(t *testing.T, id, name string) action {
	t.Helper()
	for _, a := range w.actions(t, id) {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("execution %s has no action %s", id, name)
	return action{}
}

func (w *world) ends(t *testing.T, id string) execution {
	t.Helper()
	return until(t, "end of execution "+id, func() (execution, bool) {
		e := w.execution(t, id)
		return e, e.ended()
	})
}

func (w *world) stopExecution(t *testing.T, id string, abandon bool) {
	t.Helper()
	w.ask(t, "/StopPipelineExecution/static-site", map[string]any{
		"pipelineName": "static-site", "pipelineExecutionId": id, "abandon": abandon, "reason": "enough",
	}, nil)
}

// An execution that is stopped waits for what runs.
func (w *world) stop(t *testing.T) {
	id := w.begin(t)
	w.building(t, "site-render")
	w.stopExecution(t, id, false)
	if e := w.execution(t, id); e.Status != "Stopping" {
		t.Errorf("it is %s while its build goes on", e.Status)
	}
	// The build beside it may begin before the stop and be seen after it.
	if e, a := w.drive(t, id, w.approve), w.action(t, id, "Render"); e.Status != "Stopped" || a.Status != "Succeeded" {
		t.Errorf("it is %s, and %v", e.Status, a)
	}
}

// One that is abandoned does not wait: its build is stopped too.
func (w *world) stopAndAbandon(t *testing.T) {
	id := w.begin(t)
	b := w.recorded(t, id)
	w.stopExecution(t, id, true)
	if e, a := w.ends(t, id), w.action(t, id, "Render"); e.Status != "Stopped" || a.Status != "Abandoned" {
		t.Errorf("it is %s, and %v", e.Status, a)
	}
	w.stopped(t, b.ID)
}

// recorded waits until the build of an execution's action Render goes on, and its record knows that.
func (w *world) recorded(t *testing.T, id string) ministack.Build {
	t.Helper()
	b := w.building(t, "site-render")
	until(t, "ID of the build in the record", func() (string, bool) {
		id := w.action(t, id, "Render").Output.Result.ExternalID
		return id, id != ""
	})
	return b
}

func (w *world) stopped(t *testing.T, build string) {
	t.Helper()
	until(t, "end of build "+build, func() (bool, bool) {
		for _, b := range w.Builds(t) {
			if b.ID == build {
				return true, b.Status == "STOPPED"
			}
		}
		return false, false
	})
}

// Somebody aborts the state machine of an execution that holds the lock of a stage. It has failed, its build is stopped,
// and the execution that waits for the stage goes on.
func (w *world) abort(t *testing.T) {
	aborted := w.begin(t)
	b := w.recorded(t, aborted)
	waits := w.begin(t)
	until(t, "execution that waits for stage Build", func() (string, bool) {
		id := w.inbound(t, "Build")
		return id, id == waits
	})
	w.must(t, ministack.Operation{Service: "states", Target: "AWSStepFunctions.StopExecution"}, map[string]any{
		"executionArn": "arn:aws:states:" + ministack.Region + ":" + ministack.Account + ":execution:" + platform.StateMachine("static-site", 0) + ":" + aborted,
		"error":        "ByHand", "cause": "somebody looked",
	}, nil)
	if e, a := w.ends(t, aborted), w.action(t, aborted, "Render"); e.Status != "Failed" || a.Status != "Abandoned" {
		t.Errorf("it is %s (%s), and %v", e.Status, e.Summary, a)
	}
	w.stopped(t, b.ID)
	w.succeeds(t, w.drive(t, waits, w.approve))
}

// inbound is the execution that waits for a stage.
func (w *world) inbound(t *testing.T, stage string) string {
	t.Helper()
	var state struct {
		Stages []struct {
			Name    string `json:"stageName"`
			Inbound struct {
				ID string `json:"pipelineExecutionId"`
			} `json:"inboundExecution"`
		} `json:"stageStates"`
	}
	w.ask(t, "/GetPipelineState/static-site", map[string]string{"name": "static-site"}, &state)
	for _, s := range state.Stages {
		if s.Name == stage {
			return s.Inbound.ID
		}
	}
	return ""
}
