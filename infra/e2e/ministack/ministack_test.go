package ministack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// patience is when the emulator is given up, on a machine that does other things too.
const patience = 5 * time.Minute

// All tests share an emulator and a stack, which take longer to make than most of them take.
func TestMinistack(t *testing.T) {
	e := ministack.Start(t)
	s := deploy(t, e)
	t.Run("custom resource", s.customResource)
	t.Run("objects", s.objects)
	t.Run("events", s.sentEvents)
	t.Run("task tokens", s.taskTokens)
	t.Run("stop", s.stops)
	t.Run("timeouts", s.timeouts)
	t.Run("versions", s.versions)
	t.Run("permissions", s.permissions)
	t.Run("builds", s.builds)
	t.Run("machines", s.machines)
	t.Run("at once", s.atOnce)
	t.Run("schedules", s.schedules)
	t.Run("delete", s.deletes)
}

// The custom resource is called when it is made and when its properties change, and only then. One that fails is told of
// what it goes back to.
func (s *stack) customResource(t *testing.T) {
	for _, setting := range []string{"1", "2", broken} {
		if err := s.update(t, setting, "256"); (err != nil) != (setting == broken) {
			t.Fatal(err)
		} else if err != nil && !strings.Contains(err.Error(), "Registration: it is broken") {
			t.Errorf("the error does not name the resource and its reason: %v", err)
		}
	}
	var got []string
	for _, a := range s.functions.asked() {
		got = append(got, fmt.Sprintf("%s %q: %v instead of %v", a.RequestType, a.PhysicalResourceID,
			a.ResourceProperties["Setting"], a.OldResourceProperties["Setting"]))
	}
	want := []string{
		`Create "": 1 instead of <nil>`, `Update "demo": 2 instead of 1`,
		`Update "demo": broken instead of 2`, `Update "demo": 2 instead of broken`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if s.outputs["Version"] != "2" || s.outputs["Pipeline"] != "demo" {
		t.Errorf("outputs %v", s.outputs)
	}
}

// The AWS command line puts an object with the account's own key, and reads a range of what is no longer its newest version.
func (s *stack) objects(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := s.emulator.AWS(t.Context(), ministack.Root(), "s3api", "put-object", "--bucket", "sources", "--key", "object",
		"--body", file, "--server-side-encryption", "aws:kms", "--query", "VersionId", "--output", "text")
	if err != nil {
		t.Fatal(err)
	}
	s.emulator.PutObject(t, "sources", "object", []byte("second"))
	_, err = s.emulator.AWS(t.Context(), ministack.Root(), "s3api", "get-object", "--bucket", "sources", "--key", "object",
		"--version-id", strings.TrimSpace(string(out)), "--range", "bytes=1-3", file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "irs" {
		t.Errorf("read %q, error %v", got, err)
	}
}

func (s *stack) sentEvents(t *testing.T) {
	s.emulator.PutObject(t, "sources", "other.zip", []byte("no rule matches this"))
	s.emulator.PutObject(t, "sources", "release/app.zip", []byte("content"))
	var started struct {
		PipelineName, ActionName, RuleArn string
		Event                             struct {
			Source string
			Detail struct {
				Object struct {
					Key       string
					VersionID string `json:"version-id"`
				}
			}
		}
	}
	s.nextEvent(t, &started)
	object := started.Event.Detail.Object
	if started.PipelineName != "demo" || started.ActionName != "Checkout" || !strings.Contains(started.RuleArn, ":rule/") ||
		object.Key != "release/app.zip" || object.VersionID == "" {
		t.Errorf("started with %+v", started)
	}
	s.emulator.PutEvents(t,
		ministack.Event{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Detail: `{"build-status":"IN_PROGRESS"}`},
		ministack.Event{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Detail: `{"build-status":"SUCCEEDED"}`},
	)
	var built struct {
		Source string
		Detail map[string]string
	}
	s.nextEvent(t, &built)
	if built.Source != "aws.codebuild" || built.Detail["build-status"] != "SUCCEEDED" {
		t.Errorf("built %+v", built)
	}
}

// A schedule fires with what only EventBridge Scheduler knows.
func (s *stack) schedules(t *testing.T) {
	var got struct{ PipelineName, RuleArn, DeliveryID string }
	select {
	case payload := <-s.functions.schedules:
		if err := json.Unmarshal(payload, &got); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("the schedule does not fire")
	}
	if got.PipelineName != "demo" || !strings.HasSuffix(got.RuleArn, ":schedule/default/schedule") || len(got.DeliveryID) != len("00000000-0000-0000-0000-000000000000") {
		t.Errorf("fired with %+v", got)
	}
}

// nextEvent waits for the next invocation of the function events.
func (s *stack) nextEvent(t *testing.T, into any) {
	t.Helper()
	select {
	case payload := <-s.functions.events:
		if err := json.Unmarshal(payload, into); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("no event")
	}
}

// statusChange is the detail of the event about the end of an execution.
type statusChange struct {
	ExecutionArn, StateMachineArn, StateMachineVersionArn, Name, Status, Error, Cause string
	Output                                                                            *string
}

// ended waits until an execution has ended: the only event that is left.
func (s *stack) ended(t *testing.T) statusChange {
	t.Helper()
	var event struct{ Detail statusChange }
	s.nextEvent(t, &event)
	return event.Detail
}

// states calls an operation of Step Functions.
func (s *stack) states(ctx context.Context, operation string, in map[string]any, out any) error {
	return s.emulator.Call(ctx, ministack.Operation{Service: "states", Target: "AWSStepFunctions." + operation}, in, out)
}

// must calls an operation of Step Functions that succeeds.
func (s *stack) must(t *testing.T, operation string, in map[string]any, out any) {
	t.Helper()
	if err := s.states(t.Context(), operation, in, out); err != nil {
		t.Fatal(err)
	}
}

// start starts an execution and returns its ARN.
func (s *stack) start(t *testing.T, machine, name, input string) string {
	t.Helper()
	var out struct{ ExecutionArn string }
	s.must(t, "StartExecution", map[string]any{"stateMachineArn": machine, "name": name, "input": input}, &out)
	return out.ExecutionArn
}

// deletes is the last test.
func (s *stack) deletes(t *testing.T) {
	if err := s.emulator.Delete(t.Context(), "stack"); err != nil {
		t.Fatal(err)
	}
	asked := s.functions.asked()
	if last := asked[len(asked)-1]; last.RequestType != "Delete" || last.PhysicalResourceID != "demo" {
		t.Errorf("last asked %+v", last)
	}
}
