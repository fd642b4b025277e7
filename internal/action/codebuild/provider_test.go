package codebuild_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// builds answers one description, and keeps what it was asked for.
type builds struct {
	asked  codebuild.Build
	answer codebuild.Description
	err    error
}

func (b *builds) StartBuild(_ context.Context, build codebuild.Build) (string, error) {
	b.asked = build
	return build.Project + ":1", b.err
}

func (b *builds) DescribeBuild(context.Context, codebuild.Build, string) (codebuild.Description, error) {
	return b.answer, b.err
}

func (b *builds) StopBuild(context.Context, codebuild.Build, string) error { return b.err }

func input(name string) action.Input {
	return action.Input{Name: name, Object: artifact.Object{Location: artifact.Location{Bucket: "b", Key: name}}}
}

func request(configuration map[string]string, inputs ...string) action.Request {
	r := action.Request{PipelineName: "release", PipelineExecutionID: "e", ActionExecutionID: "a", Configuration: configuration}
	for _, name := range inputs {
		r.Inputs = append(r.Inputs, input(name))
	}
	return r
}

func twoOutputs(configuration map[string]string) action.Request {
	r := request(configuration, "S")
	r.Outputs = []action.Output{{Name: "A"}, {Name: "B"}}
	return r
}

func TestStartBatch(t *testing.T) {
	for combine, want := range map[string]codebuild.Build{
		"":      {Batch: true},
		"false": {Batch: true},
		"True":  {Batch: true, CombineArtifacts: true},
	} {
		port := &builds{}
		configuration := map[string]string{"ProjectName": "app", "BatchEnabled": "true", "CombineArtifacts": combine}
		if _, err := codebuild.NewProvider(port).Start(t.Context(), request(configuration, "S")); err != nil {
			t.Fatal(err)
		}
		if port.asked.Batch != want.Batch || port.asked.CombineArtifacts != want.CombineArtifacts {
			t.Errorf("CombineArtifacts %q: build %+v; want %+v", combine, port.asked, want)
		}
	}
}

func TestStart(t *testing.T) {
	port := &builds{}
	r := request(map[string]string{
		"ProjectName": "app", "PrimarySource": "Two", "BatchEnabled": "false",
		"EnvironmentVariables": `[{"name":"A","value":"1"},{"name":"B","value":"/b","type":"PARAMETER_STORE"}]`,
	}, "One", "Two", "Three")
	r.Outputs = []action.Output{{Name: "Out", Location: artifact.Location{Bucket: "b", Key: "out"}}}
	r.Deadline = time.Unix(1, 0)
	got, err := codebuild.NewProvider(port).Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(action.Outcome{Pending: true, ExternalExecutionID: "app:1", Summary: "CodeBuild app"}, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	source := func(name string) codebuild.Source { return codebuild.Source{Name: name, Object: input(name).Object} }
	want := codebuild.Build{
		IdempotencyToken: "a", Project: "app", PipelineName: "release", PipelineExecutionID: "e", Deadline: time.Unix(1, 0),
		Sources: []codebuild.Source{source("Two"), source("One"), source("Three")},
		Environment: []codebuild.EnvironmentVariable{
			{Name: "A", Value: "1", Type: codebuild.Plaintext}, {Name: "B", Value: "/b", Type: codebuild.ParameterStore},
		},
		Outputs: []codebuild.Output{{Name: "Out", Location: artifact.Location{Bucket: "b", Key: "out"}}},
	}
	if diff := cmp.Diff(want, port.asked); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
}

func TestConfigurationErrors(t *testing.T) {
	environment := func(text string) map[string]string {
		return map[string]string{"ProjectName": "app", "EnvironmentVariables": text}
	}
	for name, c := range map[string]struct {
		request action.Request
		want    string
	}{
		"no project": {request(map[string]string{}, "S"), "configuration key ProjectName is missing"},
		"no input":   {request(map[string]string{"ProjectName": "app"}), "needs an input artifact"},
		"no primary": {
			request(map[string]string{"ProjectName": "app"}, "One", "Two"),
			"configuration key PrimarySource is missing: with 2 input artifacts it says which one has the buildspec; write one of One, Two",
		},
		"other primary": {
			request(map[string]string{"ProjectName": "app", "PrimarySource": "Three"}, "One", "Two"),
			`PrimarySource is "Three", which is no input artifact of the action; write one of One, Two`,
		},
		"batch":         {request(map[string]string{"ProjectName": "app", "BatchEnabled": "yes"}, "S"), `BatchEnabled is "yes"; write true or false`},
		"combine":       {request(map[string]string{"ProjectName": "app", "CombineArtifacts": "true"}, "S"), "CombineArtifacts is \"true\", and BatchEnabled is not"},
		"combine two":   {twoOutputs(map[string]string{"ProjectName": "app", "BatchEnabled": "true", "CombineArtifacts": "true"}), "CombineArtifacts makes one artifact, and the action has 2"},
		"not JSON":      {request(environment(`[{"name":"A",}]`), "S"), `character 14, near "[{\"name\":\"A\",}]": invalid character '}'`},
		"cut off":       {request(environment(`[{"name":"A"`), "S"), "it ends too early"},
		"no list":       {request(environment(`{"name":"A"}`), "S"), "where a list of {name, value, type} belongs"},
		"a number":      {request(environment(`[{"name":"A","value":1}]`), "S"), "value is a number, where a text belongs"},
		"unknown key":   {request(environment(`[{"nome":"A"}]`), "S"), `unknown field "nome"`},
		"more":          {request(environment(`[] []`), "S"), "more follows after the list"},
		"no name":       {request(environment(`[{"name":"A"},{"value":"x"}]`), "S"), "variable 2 has no name"},
		"unknown type":  {request(environment(`[{"name":"A","type":"SECRET"}]`), "S"), `variable 1 (A) has type "SECRET"; write PLAINTEXT, PARAMETER_STORE or SECRETS_MANAGER`},
		"long, at once": {request(environment(`[{"name":"`+strings.Repeat("x", 10_000)+`",}]`), "S"), "character 10013"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := codebuild.NewProvider(&builds{}).Start(t.Context(), c.request)
			var failure *action.Failure
			if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || !strings.Contains(failure.Message, c.want) {
				t.Errorf("error %v; want a ConfigurationError with %q", err, c.want)
			}
			if err != nil && len(err.Error()) > 400 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	r := request(map[string]string{"ProjectName": "app"}, "S")
	r.Outputs = []action.Output{{Name: "Out"}}
	stored := map[string]artifact.Object{"Out": {SHA256: "x"}}
	for name, c := range map[string]struct {
		answer codebuild.Description
		want   action.Outcome
		fails  *action.Failure
	}{
		"in progress": {
			answer: codebuild.Description{ID: "app:1", Project: "app", Status: codebuild.InProgress},
			want:   action.Outcome{Pending: true, ExternalExecutionID: "app:1", Summary: "CodeBuild app"},
		},
		"succeeded": {
			answer: codebuild.Description{
				ID: "app:1", Project: "app", Status: codebuild.Succeeded, Artifacts: stored,
				ExportedVariables: map[string]string{"V": "1"}, Tests: &codebuild.Tests{Passed: 12}, URL: "u",
			},
			want: action.Outcome{
				ExternalExecutionID: "app:1", ExternalExecutionURL: "u", Summary: "CodeBuild app  12 passed",
				Artifacts: stored, Variables: map[string]string{"V": "1"},
			},
		},
		"failed": {
			answer: codebuild.Description{
				ID: "app:1", Project: "app", Status: codebuild.Failed, Tests: &codebuild.Tests{Passed: 3, Failed: 1, Skipped: 2},
				Failure: &codebuild.BuildFailure{Phase: "BUILD", Command: "go build ./...\nmore", Number: 2, Of: 3, Reason: "exit status 1"},
			},
			fails: &action.Failure{
				Code: action.JobFailed, Message: "exit status 1 in BUILD, command 2 of 3: go build ./... ...",
				ExternalExecutionID: "app:1", Summary: "CodeBuild app  3 passed, 1 failed, 2 skipped",
			},
		},
		"a batch": {
			answer: codebuild.Description{
				ID: "app:1", Project: "app", Status: codebuild.Failed, Builds: 3,
				Failure: &codebuild.BuildFailure{Build: "two", Phase: "BUILD", Command: "make", Number: 1, Of: 1, Reason: "exit status 2", Others: 1},
			},
			fails: &action.Failure{
				Code: action.JobFailed, Message: "build two: exit status 2 in BUILD, command 1 of 1: make (and 1 more build failed)",
				ExternalExecutionID: "app:1", Summary: "CodeBuild app  3 builds",
			},
		},
		"fault": {
			answer: codebuild.Description{ID: "app:1", Project: "app", Status: codebuild.Fault},
			fails:  &action.Failure{Code: action.JobFailed, Message: "the build ended as FAULT", ExternalExecutionID: "app:1", Summary: "CodeBuild app"},
		},
		"an output is missing": {
			answer: codebuild.Description{ID: "app:1", Project: "app", Status: codebuild.Succeeded},
			fails: &action.Failure{
				Code: action.JobFailed, Message: `the build succeeded without storing output artifact "Out"`,
				ExternalExecutionID: "app:1", Summary: "CodeBuild app",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codebuild.NewProvider(&builds{answer: c.answer}).Describe(t.Context(), r, "app:1")
			var failure *action.Failure
			errors.As(err, &failure)
			if diff := cmp.Diff(c.fails, failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownBuild(t *testing.T) {
	p := codebuild.NewProvider(&builds{err: &codebuild.NotFoundError{BuildID: "app:1"}})
	_, err := p.Describe(t.Context(), request(map[string]string{"ProjectName": "app"}, "S"), "app:1")
	var lost *action.LostError
	if !errors.As(err, &lost) || lost.ExternalExecutionID != "app:1" {
		t.Errorf("Describe: %v; want a LostError", err)
	}
	if err := p.Stop(t.Context(), request(map[string]string{"ProjectName": "app"}, "S"), "app:1"); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestOperationalErrorsAreKept(t *testing.T) {
	cause := errors.New("throttled")
	p := codebuild.NewProvider(&builds{err: cause})
	r := request(map[string]string{"ProjectName": "app"}, "S")
	_, startErr := p.Start(t.Context(), r)
	_, describeErr := p.Describe(t.Context(), r, "app:1")
	for name, err := range map[string]error{"Start": startErr, "Describe": describeErr, "Stop": p.Stop(t.Context(), r, "app:1")} {
		var failure *action.Failure
		if !errors.Is(err, cause) || errors.As(err, &failure) {
			t.Errorf("%s: %v; want the cause, and no failure of the action", name, err)
		}
	}
}

func TestBuildOf(t *testing.T) {
	detail := func(id string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"build-id": %q, "build-status": "SUCCEEDED"}`, id))
	}
	for name, c := range map[string]struct {
		event events.Envelope
		want  string
	}{
		"of an ARN":         {events.Envelope{DetailType: events.BuildStateChange, Detail: detail("arn:aws:codebuild:us-west-2:123456789012:build/app:8745a7a9")}, "app:8745a7a9"},
		"of an ID":          {events.Envelope{DetailType: events.BuildStateChange, Detail: detail("app:8745a7a9")}, "app:8745a7a9"},
		"of a batch":        {events.Envelope{DetailType: events.BuildBatchStateChange, Detail: detail("arn:aws:codebuild:us-west-2:123456789012:build-batch/app:8745a7a9")}, "app:8745a7a9"},
		"another event":     {events.Envelope{DetailType: "CodeBuild Build Phase Change", Detail: detail("app:8745a7a9")}, ""},
		"no detail":         {events.Envelope{DetailType: events.BuildStateChange}, ""},
		"no build in there": {events.Envelope{DetailType: events.BuildStateChange, Detail: detail("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codebuild.BuildOf(c.event)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("BuildOf: %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
