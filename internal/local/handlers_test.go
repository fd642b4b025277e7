package local

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
)

// invoked is a platform whose handlers the test calls itself, as a machine would.
func invoked(t *testing.T) (*Platform, bound, *execution.Execution) {
	t.Helper()
	files := small(greet)
	b := bind(t, files)
	p := b.open(t, Options{machine: func(*Platform) execution.Machine { return &recorder{} }})
	t.Cleanup(func() { closed(t, p) })
	return p, b, start(t, p, parse(t, files["pipeline.yaml"]))
}

func invoke(t *testing.T, p *Platform, function string, in events.TaskInput) (string, error) {
	t.Helper()
	in.Function = function
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.handlers.Invoke(t.Context(), function, payload)
	return string(out), err
}

func checkout(e *execution.Execution) events.TaskInput {
	return events.TaskInput{
		PipelineExecutionID: e.PipelineExecutionID, MachineExecution: e.MachineExecution, Stage: "Source",
		Action: &events.TaskAction{
			Name: "Checkout", Configuration: map[string]string{"RepositoryName": "r", "BranchName": "main"},
			InputArtifacts: []events.ArtifactReference{}, OutputVariables: []string{"BranchName"},
		},
	}
}

// Lambda may invoke twice: the second invocation answers from the record, even when the source has changed since.
func TestASecondInvocationAnswersFromTheRecord(t *testing.T) {
	p, b, e := invoked(t)
	if _, err := invoke(t, p, events.GateStageFunction, events.TaskInput{
		PipelineExecutionID: e.PipelineExecutionID, MachineExecution: e.MachineExecution, Stage: "Source", TaskToken: "t",
	}); err != nil {
		t.Fatal(err)
	}
	first, err := invoke(t, p, events.FetchSourceFunction, checkout(e))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "source", "index.txt"), []byte("changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := invoke(t, p, events.FetchSourceFunction, checkout(e))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
}

// A machine that is not the execution's own, and an artifact that is not what its producer recorded, are refused.
func TestStraysAreRefused(t *testing.T) {
	p, _, e := invoked(t)
	stray := checkout(e)
	stray.MachineExecution = "stray"
	_, err := invoke(t, p, events.FetchSourceFunction, stray)
	refusedWith(t, err, events.ErrorNotCurrent)

	out, err := invoke(t, p, events.FetchSourceFunction, checkout(e))
	if err != nil {
		t.Fatal(err)
	}
	var fetched events.TaskOutput
	if err := json.Unmarshal([]byte(out), &fetched); err != nil {
		t.Fatal(err)
	}
	forged := fetched.OutputArtifacts["Source"]
	forged.SHA256 = "00"
	deploy := checkout(e)
	deploy.Stage, deploy.Action = "Deploy", &events.TaskAction{
		Name: "Site", Configuration: map[string]string{"BucketName": "site", "Extract": "true"},
		InputArtifacts: []events.ArtifactReference{forged},
	}
	_, err = invoke(t, p, events.DeployFunction, deploy)
	refusedWith(t, err, "RevisionOutOfSync")
}

func refusedWith(t *testing.T, err error, name string) {
	t.Helper()
	var named *task.Error
	if !errors.As(err, &named) || named.Name != name {
		t.Errorf("error = %v, want %s", err, name)
	}
}

// Output variables that are too many for a record end their action, as those do that are too many for a machine.
func TestOutputVariablesLongerThanARecord(t *testing.T) {
	files := small(`'export GREETING="$(head -c 400000 /dev/zero | tr "\0" x)"'`)
	p := bind(t, files).open(t, Options{})
	defer closed(t, p)
	e, err := p.Wait(t.Context(), start(t, p, parse(t, files["pipeline.yaml"])).PipelineExecutionID)
	if err != nil || e.Status != execution.ExecutionFailed {
		t.Fatalf("%+v, error %v", e, err)
	}
	a, err := p.records.Action(t.Context(), e.PipelineExecutionID, execution.ActionExecutionID(e.PipelineExecutionID, "Build", "Make", 1))
	if err != nil || a.Error == nil || a.Error.Message != "the output variables take 400008 bytes, at most 122880 are allowed" {
		t.Errorf("%+v, error %v", a, err)
	}
}
