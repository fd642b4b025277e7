//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// The stack is updated while an execution waits for its approval: that one ends on the version that it began with, the next
// one runs the new version.
func (w *world) update(t *testing.T) {
	id := w.begin(t)
	before := w.waiting(t, id)
	w.define(t, "CustomData: \"Publish ", "CustomData: \"Really publish ")
	w.synthesize(t)
	w.deployAll(t)
	if e := w.execution(t, id); e.Status != "InProgress" {
		t.Errorf("the update has had the execution that waits be %s", e.Status)
	}
	w.succeeds(t, w.drive(t, id, w.approve))
	next := w.begin(t)
	after := w.waiting(t, next)
	w.succeeds(t, w.drive(t, next, w.approve))
	if !strings.HasPrefix(before, "Publish ") || !strings.HasPrefix(after, "Really publish ") {
		t.Errorf("the approvals ask %q, and %q after the update", before, after)
	}
	if old, young := w.execution(t, id), w.execution(t, next); old.Version != 1 || young.Version != 2 {
		t.Errorf("versions %d and %d, want 1 and 2", old.Version, young.Version)
	}
}

// waiting drives an execution to its approval, and returns what that asks.
func (w *world) waiting(t *testing.T, id string) string {
	t.Helper()
	return until(t, "approval of execution "+id, func() (string, bool) {
		for _, ended := range w.builds.run(t) {
			w.PutEvents(t, ended)
		}
		for _, a := range w.actions(t, id) {
			if a.Name == "Publish" && a.Status == "InProgress" {
				return a.Input.Configuration["CustomData"], true
			}
		}
		return "", false
	})
}

// An update that fails after the pipeline was registered is rolled back: the pipeline is what it was before.
func (w *world) failingUpdate(t *testing.T) {
	w.define(t, "CustomData: \"Publish ", "CustomData: \"Never publish ")
	w.synthesize(t)
	w.breakStack(t)
	if out, err := w.runCDK(t, w.home, "deploy", "--all", "--require-approval", "never", "--app", w.assembly()); err == nil {
		t.Fatalf("the update has not failed\n%s", out)
	} else if !strings.Contains(string(out), "no-such-bundle") {
		t.Errorf("the update does not tell why it failed: %s", out)
	}
	id := w.begin(t)
	if asks := w.waiting(t, id); !strings.HasPrefix(asks, "Really publish ") {
		t.Errorf("after the rollback the approval asks %q", asks)
	}
	w.succeeds(t, w.drive(t, id, w.approve))
}

// breakStack adds a registration to the synthesized stack of the pipeline that fails, once the pipeline's own is done.
func (w *world) breakStack(t *testing.T) {
	t.Helper()
	file := filepath.Join(w.assembly(), platform.PipelineStack("static-site")+".template.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	made, _ := template["Resources"].(map[string]any)
	for id, one := range made {
		if r, _ := one.(map[string]any); r["Type"] == "Custom::PenstockPipeline" {
			own, _ := r["Properties"].(map[string]any)
			made["Broken"] = map[string]any{"Type": "Custom::PenstockPipeline", "DependsOn": id, "Properties": map[string]any{
				"ServiceToken": own["ServiceToken"], "PipelineName": "broken", "Bundle": map[string]any{"Bucket": "site-content", "Key": "no-such-bundle"},
			}}
			break
		}
	}
	if text, err = json.Marshal(template); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The stacks are deleted while an execution waits: it is stopped, the pipeline is gone, and what holds records and artifacts
// stays.
func (w *world) delete(t *testing.T) {
	id := w.begin(t)
	w.waiting(t, id)
	w.cdk(t, w.home, "destroy", platform.PipelineStack("static-site"), platform.PipelineStack("connected"), "--force", "--app", w.assembly())
	var listed struct {
		Pipelines []struct{ Name string } `json:"pipelines"`
	}
	w.ask(t, "/ListPipelines", map[string]any{}, &listed)
	if len(listed.Pipelines) > 0 {
		t.Errorf("pipelines are listed: %v", listed.Pipelines)
	}
	if state := w.toldOfEnd(t, id, func(events.Envelope) {}); state != "STOPPED" {
		t.Errorf("the execution that waited is %s", state)
	}
	w.cdk(t, w.home, "destroy", "--all", "--force", "--app", w.assembly())
	if keys := w.Keys(t, platform.Bucket()); !slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, "static-site/") }) {
		t.Errorf("the artifacts are gone: %q", keys)
	}
	var table struct {
		Table struct {
			Status string `json:"TableStatus"`
		}
	}
	w.must(t, ministack.Operation{Service: "dynamodb", Target: "DynamoDB_20120810.DescribeTable"}, map[string]string{"TableName": platform.Table()}, &table)
	if table.Table.Status != "ACTIVE" {
		t.Errorf("the table is %q", table.Table.Status)
	}
}
