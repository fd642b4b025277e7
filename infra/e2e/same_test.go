//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// side is where the example is released: here, or on the deployed stack. Both are asked by CodePipeline's API.
type side struct {
	ask    func(t *testing.T, path string, in, out any)
	events func(t *testing.T, id string) []any // the events that were published of an execution
	work   func(t *testing.T)                  // what is done outside
	normal func(version string) normal
}

// The example leaves the same records and the same events when the embedded engine runs it and when the deployed stack does.
func (w *world) sameAsHere(t *testing.T) {
	w.taken(t, w.told)
	there, here := w.released(t, w.deployed()), w.released(t, w.embedded(t))
	if diff := cmp.Diff(here.normal.of(here.told), there.normal.of(there.told)); diff != "" {
		t.Errorf("(-here +deployed):\n%s", diff)
	}
	there.hidesNothing(t)
}

// outcome is everything that a release has left.
type outcome struct {
	normal normal
	told   map[string]any
}

func (w *world) released(t *testing.T, s side) outcome {
	t.Helper()
	pipeline := map[string]any{"pipelineName": "static-site"}
	var started struct {
		ID string `json:"pipelineExecutionId"`
	}
	s.ask(t, "/StartPipelineExecution/static-site", map[string]string{"name": "static-site"}, &started)
	token := until(t, "approval that waits", func() (string, bool) {
		s.work(t)
		token := tokenIn(t, s)
		return token, token != ""
	})
	s.ask(t, "/PutApprovalResult/static-site/Approve/Publish", map[string]any{
		"pipelineName": "static-site", "stageName": "Approve", "actionName": "Publish", "token": token,
		"result": map[string]string{"summary": "fine", "status": "Approved"},
	}, nil)
	one := map[string]any{"pipelineName": "static-site", "pipelineExecutionId": started.ID}
	told := map[string]any{}
	tell := func(operation string, in any) map[string]any {
		var out map[string]any
		s.ask(t, "/"+operation+"/static-site", in, &out)
		told[operation] = out
		return out
	}
	until(t, "end of the execution", func() (bool, bool) {
		e, _ := tell("GetPipelineExecution", one)["pipelineExecution"].(map[string]any)
		return true, e["status"] != "InProgress"
	})
	tell("GetPipelineState", map[string]string{"name": "static-site"})
	tell("GetPipeline", map[string]string{"name": "static-site"})
	actions := tell("ListActionExecutions", map[string]any{"pipelineName": "static-site", "filter": map[string]string{"pipelineExecutionId": started.ID}})
	all, _ := tell("ListPipelineExecutions", pipeline)["pipelineExecutionSummaries"].([]any)
	told["ListPipelineExecutions"] = slices.DeleteFunc(all, func(e any) bool {
		summary, _ := e.(map[string]any)
		return summary["pipelineExecutionId"] != started.ID // there were others before
	})
	n := s.normal(versionIn(t, actions))
	told["events"] = sorted(n, s.events(t, started.ID))
	return outcome{n, told}
}

// sorted are events by what they say: EventBridge delivers in any order.
func sorted(n normal, all []any) []any {
	text := func(e any) string {
		written, _ := json.Marshal(n.of(e)) // it was JSON
		return string(written)
	}
	slices.SortFunc(all, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	return all
}

// versionIn is the version of the source that was released.
func versionIn(t *testing.T, actions map[string]any) string {
	t.Helper()
	text, err := json.Marshal(actions["actionExecutionDetails"])
	if err != nil {
		t.Fatal(err)
	}
	var all []action
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if version := a.Output.Variables["VersionId"]; version != "" {
			return version
		}
	}
	t.Fatalf("no action tells a version: %v", all)
	return ""
}

// hidesNothing changes each value of the records and events, and checks that the change is noticed unless it is of a member
// that is said to differ.
func (o outcome) hidesNothing(t *testing.T) {
	t.Helper()
	before, seen := o.normal.of(o.told), 0
	leaves("", o.told, func(at string, value any, set func(any)) {
		seen++
		set(changed(value))
		noticed := !reflect.DeepEqual(before, o.normal.of(o.told))
		set(value)
		name := at[strings.LastIndexByte(at, '.')+1:]
		if differs := o.normal.members[name] != "" || o.normal.one[name] != ""; noticed == differs {
			t.Errorf("%s: a change of %v is noticed: %v", at, value, noticed)
		}
	})
	if seen < 100 {
		t.Errorf("only %d values were compared", seen)
	}
}

func tokenIn(t *testing.T, s side) string {
	t.Helper()
	var state struct {
		Stages []struct {
			Actions []struct {
				Latest struct{ Token string } `json:"latestExecution"`
			} `json:"actionStates"`
		} `json:"stageStates"`
	}
	s.ask(t, "/GetPipelineState/static-site", map[string]string{"name": "static-site"}, &state)
	for _, stage := range state.Stages {
		for _, a := range stage.Actions {
			if a.Latest.Token != "" {
				return a.Latest.Token
			}
		}
	}
	return ""
}

func (w *world) deployed() side {
	return side{
		ask: w.ask,
		work: func(t *testing.T) {
			for _, ended := range w.builds.run(t) {
				w.PutEvents(t, ended)
			}
		},
		events: func(t *testing.T, id string) []any {
			var all []any
			w.toldOfEnd(t, id, func(e events.Envelope) { all = append(all, asJSON(t, e)) })
			return all
		},
		normal: func(version string) normal {
			return normalOf(ministack.Account, ministack.Region, platform.Bucket(), version)
		},
	}
}

func asJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// embedded is `penstock serve` of the same definition, with the zip that was uploaded in place of the bucket's, and the
// buildspecs that the builds of the other side run.
func (w *world) embedded(t *testing.T) side {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	definition, err := os.ReadFile(w.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	bindings, err := os.ReadFile(filepath.Join(example, "penstock.local.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write("pipeline.yaml", definition)
	write("penstock.local.yaml", []byte(strings.Replace(string(bindings), "path: ./site", "path: ./site.zip", 1)))
	write("site.zip", w.Object(t, "site-content", "site.zip"))
	environment := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	endpoint := w.serve(t, dir, environment, "serve", "pipeline.yaml")
	return side{
		ask: func(t *testing.T, path string, in, out any) {
			ask(t, target{endpoint + "/", operationOf(path)}, in, out)
		},
		work: func(*testing.T) {},
		events: func(t *testing.T, id string) []any {
			return until(t, "event about the end of execution "+id, func() (all []any, ended bool) {
				c := exec.CommandContext(t.Context(), w.penstock(t), "events", id, "--json")
				c.Dir, c.Env = dir, environment
				text, err := c.Output()
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(text)) {
					all = append(all, asJSON(t, json.RawMessage(line)))
					ended = ended || strings.Contains(line, `"`+events.PipelineExecutionStateChange+`"`) && !strings.Contains(line, `"state":"STARTED"`)
				}
				return all, ended
			})
		},
		normal: func(version string) normal { return normalOf("000000000000", "us-east-1", "artifacts", version) },
	}
}
