package stepfunctions_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions/stepfunctionstest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

// one is a StateMachines port with one execution, as it stands.
type one struct {
	started stepfunctions.Execution
	stands  stepfunctions.Description
	err     error
	stopped bool
}

func (o *one) StartExecution(_ context.Context, e stepfunctions.Execution) (string, error) {
	o.started = e
	return arn, o.err
}

func (o *one) DescribeExecution(context.Context, string) (stepfunctions.Description, error) {
	return o.stands, o.err
}

func (o *one) StopExecution(context.Context, string) error {
	o.stopped = true
	return o.err
}

const arn = "arn:aws:states:us-east-1:000000000000:execution:smoke:one"

// request is one with a file in its input artifact.
func request(t *testing.T, store *artifact.Store, configuration map[string]string) action.Request {
	t.Helper()
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(`{"from":"file"}`)), nil }
	in, err := store.PackFiles(t.Context(), []artifact.File{{Path: "in/input.json", Open: open}}, artifact.Location{Bucket: "b", Key: "in"})
	if err != nil {
		t.Fatal(err)
	}
	r := action.Request{
		ActionExecutionID: "11111111-2222-8333-8444-555555555555", Configuration: map[string]string{"StateMachineArn": stepfunctionstest.ARN("smoke")},
		Inputs:  []action.Input{{Name: "App", Object: in}},
		Outputs: []action.Output{{Name: "Report", Location: artifact.Location{Bucket: "b", Key: "out"}}},
		Log:     stepfunctionstest.NewLog(),
	}
	for key, value := range configuration {
		r.Configuration[key] = value
	}
	return r
}

func TestStart(t *testing.T) {
	const id = "11111111-2222-8333-8444-555555555555"
	for _, c := range []struct {
		configuration     map[string]string
		name, input, fail string
	}{
		{nil, id, "{}", ""},
		{map[string]string{"ExecutionNamePrefix": "pre", "Input": `{"a":1}`, "InputType": "Literal"}, "pre-" + id, `{"a":1}`, ""},
		{map[string]string{"Input": "in/input.json", "InputType": "FilePath"}, id, `{"from":"file"}`, ""},
		{map[string]string{"Input": "App::in/input.json", "InputType": "FilePath"}, id, `{"from":"file"}`, ""},
		{map[string]string{"Input": "other.json", "InputType": "FilePath"}, "", "", `ConfigurationError: input artifact App has no file "other.json"`},
		{map[string]string{"Input": "{"}, "", "", `ConfigurationError: Input is no JSON: "{"`},
		{map[string]string{"StateMachineArn": ""}, "", "", "ConfigurationError: StateMachineArn is empty"},
		{map[string]string{"ExecutionNamePrefix": strings.Repeat("x", 44)}, "", "", "ConfigurationError: ExecutionNamePrefix"},
	} {
		store, port := artifact.NewStore(objectstest.NewMemory()), &one{}
		got, err := stepfunctions.New(port, store).Start(t.Context(), request(t, store, c.configuration))
		if c.fail != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.fail) {
				t.Errorf("%v: %v, want %s", c.configuration, err, c.fail)
			}
			continue
		}
		if err != nil || !got.Pending || got.ExternalExecutionID != arn || got.Summary != "smoke" {
			t.Errorf("%v: %+v, %v", c.configuration, got, err)
		}
		if port.started.Name != c.name || string(port.started.Input) != c.input {
			t.Errorf("%v: started %q with %s", c.configuration, port.started.Name, port.started.Input)
		}
	}
}

func TestDescribe(t *testing.T) {
	store := artifact.NewStore(objectstest.NewMemory())
	r := request(t, store, nil)
	port := &one{stands: stepfunctions.Description{ARN: arn, Status: stepfunctions.Running}}
	p := stepfunctions.New(port, store)
	if got, err := p.Describe(t.Context(), r, arn); err != nil || !got.Pending {
		t.Errorf("in progress: %+v, %v", got, err)
	}
	port.stands = stepfunctions.Description{ARN: arn, Status: stepfunctions.Succeeded, Output: []byte(`{"a":1}`)}
	got, err := p.Describe(t.Context(), r, arn)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"StateMachineArn": stepfunctionstest.ARN("smoke"), "ExecutionArn": arn}
	if diff := cmp.Diff(want, got.Variables); diff != "" || got.Pending || got.ExternalExecutionID != arn {
		t.Errorf("%+v, variables (-want +got):\n%s", got, diff)
	}
	z, err := store.OpenZip(t.Context(), got.Artifacts["Report"])
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	body, err := z.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || z.Files[0].Path != "output.json" || string(text) != `{"a":1}` {
		t.Errorf("the artifact has %s: %s, %v", z.Files[0].Path, text, err)
	}
	port.stands = stepfunctions.Description{ARN: arn, Status: "FAILED", Error: "Bad", Cause: "no luck"}
	var failure *action.Failure
	if _, err := p.Describe(t.Context(), r, arn); !errors.As(err, &failure) || failure.Message != "the execution ended as FAILED: Bad: no luck" || failure.Code != action.JobFailed {
		t.Errorf("failed: %v", err)
	}
	port.err = &stepfunctions.NotFoundError{ExecutionARN: arn}
	var lost *action.LostError
	if _, err := p.Describe(t.Context(), r, arn); !errors.As(err, &lost) {
		t.Errorf("lost: %v", err)
	}
	if err := p.Stop(t.Context(), r, arn); err != nil || !port.stopped {
		t.Errorf("stop of what is lost: %v", err)
	}
}
