package codepipeline_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codepipeline"
	"github.com/penstock-ci/penstock/internal/execution"
)

// registered is a Pipelines port with the pipeline "deploy".
type registered struct {
	asked execution.StartInput
	err   error
}

func (p *registered) GetPipeline(_ context.Context, name string, _ int) (execution.Definition, error) {
	if name != "deploy" {
		return execution.Definition{}, &execution.Error{Code: execution.NotFound, Name: "PipelineNotFoundException", Message: `there is no pipeline "` + name + `"`}
	}
	return execution.Definition{PipelineName: name, Version: 3, Source: []byte(`{"name":"deploy","stages":[]}`)}, nil
}

func (p *registered) StartPipelineExecution(_ context.Context, in execution.StartInput) (*execution.Execution, error) {
	p.asked = in
	return &execution.Execution{PipelineExecutionID: "e1"}, p.err
}

type log struct{ bytes.Buffer }

func (*log) Close() error { return nil }

func request(configuration ...string) action.Request {
	r := action.Request{PipelineName: "build", ActionExecutionID: "a1", Configuration: map[string]string{"PipelineName": "deploy"}, Log: &log{}}
	for i := 0; i < len(configuration); i += 2 {
		r.Configuration[configuration[i]] = configuration[i+1]
	}
	return r
}

func TestStart(t *testing.T) {
	port := &registered{}
	r := request("Variables", `[{"name": "A", "value": "1"}]`, "SourceRevisions", `[{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": "abc"}]`)
	got, err := codepipeline.New(port, "arn:role").Start(t.Context(), r)
	if diff := cmp.Diff(action.Outcome{ExternalExecutionID: "e1", Summary: "pipeline deploy"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	in := port.asked
	if in.ClientRequestToken != "a1" || in.Definition.Version != 3 || in.Pipeline.Name.Value != "deploy" || in.Trigger.Detail != "arn:role" {
		t.Errorf("started with %+v", in)
	}
	want := []execution.SourceRevisionOverride{{ActionName: "Source", RevisionType: "COMMIT_ID", RevisionValue: "abc"}}
	if diff := cmp.Diff(want, in.SourceRevisions); diff != "" || in.Variables["A"] != "1" {
		t.Errorf("variables %v, revisions (-want +got):\n%s", in.Variables, diff)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"PipelineName", "", "PipelineName is empty"},
		{"PipelineName", "build", `PipelineName is "build", which this action is in`},
		{"PipelineName", "other", `start pipeline other: there is no pipeline "other"`},
		{"Variables", "{}", "configuration key Variables is not the JSON list"},
		{"Variables", `[{"key": "A"}]`, `unknown field "key"`},
		{"Variables", `[] []`, "more follows after the list"},
		{"Variables", `[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]`, `variable "A" has no name, or is there twice`},
		{"SourceRevisions", "[", "configuration key SourceRevisions is not the JSON list"},
	} {
		var failure *action.Failure
		_, err := codepipeline.New(&registered{}, "").Start(t.Context(), request(c.key, c.value))
		if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || !strings.Contains(failure.Message, c.want) {
			t.Errorf("%s %s: %v; want %s", c.key, c.value, err, c.want)
		}
	}
	throttled := &execution.Error{Code: execution.Throttled, Message: "slow down"}
	if _, err := codepipeline.New(&registered{err: throttled}, "").Start(t.Context(), request()); execution.CodeOf(err) != execution.Throttled {
		t.Errorf("error %v", err)
	}
}
