package task_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

func exampleMachine(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join("..", "..", "examples", "go-service", "pipeline.yaml")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, diagnostics := pipeline.Parse(file, source)
	if diagnostics.HasErrors() {
		t.Fatalf("the example has %d errors", diagnostics.Errors())
	}
	parts, err := statemachines.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := parts[0].Machine.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// A name that no handler returns would disable a Retry or a Catch silently.
func TestEveryErrorThatAMachineMatchesIsReturnedByAHandler(t *testing.T) {
	returned := []string{
		events.ErrorStopped, events.ErrorSuperseded, events.ErrorCancelled, events.ErrorNotCurrent,
		events.ErrorThrottled, events.ErrorUnavailable,
	}
	matched := regexp.MustCompile(`"ErrorEquals": \[([^\]]*)\]`).FindAllStringSubmatch(string(exampleMachine(t)), -1)
	if len(matched) == 0 {
		t.Fatal("the machine matches no error")
	}
	for _, m := range matched {
		for _, quoted := range strings.Split(m[1], ",") {
			name := strings.Trim(strings.TrimSpace(quoted), `"`)
			ofAWS := regexp.MustCompile(`^(States|Lambda|Sandbox|Runtime)\.`)
			if !ofAWS.MatchString(name) && !slices.Contains(returned, name) {
				t.Errorf("the machine matches %q, which no handler returns", name)
			}
		}
	}
}

// Every function that a machine may call has a handler, and no handler is for nothing.
func TestEveryFunctionHasAHandler(t *testing.T) {
	want := slices.Sorted(slices.Values(events.Functions()))
	if diff := cmp.Diff(want, task.Functions()); diff != "" {
		t.Errorf("functions (-called +handled):\n%s", diff)
	}
}

func TestRefusedInvocations(t *testing.T) {
	h := task.New(task.Ports{})
	cases := []struct{ function, payload, name, cause string }{
		{"NoFunction", `{}`, "Lambda.ResourceNotFoundException", `there is no function "NoFunction"`},
		{events.DeployFunction, `{`, "InvalidInput", "the payload of DeployFunction"},
		{events.DeployFunction, `{"unknown": 1}`, "InvalidInput", `unknown field "unknown"`},
		{events.DeployFunction, `{"function": "DeployFunction"}`, "InvalidInput", "the payload names no action"},
		{events.DeployFunction, `{"function": "InvokeFunction"}`, "InvalidInput", `the payload is for function "InvokeFunction"`},
	}
	for _, c := range cases {
		_, err := h.Invoke(t.Context(), c.function, []byte(c.payload))
		var named *task.Error
		if !errors.As(err, &named) || named.Name != c.name || !strings.Contains(named.Cause, c.cause) {
			t.Errorf("Invoke(%s, %s) = %v, want %s: %s", c.function, c.payload, err, c.name, c.cause)
		}
	}
}
