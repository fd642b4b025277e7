package codebuild_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
)

func text(value string) pipeline.Text { return pipeline.Text{Value: value} }

func texts(values ...string) (all []buildspec.Text) {
	for _, value := range values {
		all = append(all, buildspec.Text{Value: value})
	}
	return all
}

// commands is the request of a Commands action.
func commands(inputs ...string) action.Request {
	r := request(map[string]string{}, inputs...)
	r.Action = &pipeline.Action{}
	r.Commands = []string{"make"}
	return r
}

func TestStartCommands(t *testing.T) {
	port := &builds{}
	r := commands("Two", "One")
	r.Configuration = map[string]string{"EnvironmentType": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_LARGE"}
	r.Commands = []string{"make", "make test"}
	r.EnvironmentVariables = []pipeline.EnvironmentVariable{
		{Name: text("LEVEL"), Value: text("one")},
		{Name: text("TOKEN"), Value: text("api:token"), Type: text("SECRETS_MANAGER")},
	}
	r.Action = &pipeline.Action{
		OutputVariables: []pipeline.Text{text("VERSION"), text("AWS_DEFAULT_REGION")},
		OutputArtifacts: []pipeline.OutputArtifact{{Name: text("Out"), Files: []pipeline.Text{text("dist/**")}}, {Name: text("All")}},
	}
	r.Outputs = []action.Output{{Name: "Out"}, {Name: "All", Location: artifact.Location{Bucket: "b", Key: "all"}}}
	r.Deadline = time.Unix(1, 0)
	got, err := codebuild.NewCommandsProvider(port).Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(action.Outcome{Pending: true, ExternalExecutionID: ":1", Summary: "Commands"}, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	want := codebuild.Build{
		IdempotencyToken: "a", PipelineName: "release", PipelineExecutionID: "e", Deadline: time.Unix(1, 0),
		Buildspec: &buildspec.Buildspec{
			Env:    buildspec.Env{ExportedVariables: texts("VERSION", "AWS_DEFAULT_REGION")},
			Phases: []buildspec.Phase{{Name: buildspec.Build, Commands: texts("make", "make test")}},
			SecondaryArtifacts: []buildspec.Artifact{
				{Identifier: "Out", Files: texts("dist/**")}, {Identifier: "All", Files: texts("**/*")},
			},
		},
		Sources: []codebuild.Source{{Name: "Two", Object: input("Two").Object}, {Name: "One", Object: input("One").Object}},
		Environment: []codebuild.EnvironmentVariable{
			{Name: "LEVEL", Value: "one", Type: codebuild.Plaintext},
			{Name: "TOKEN", Value: "api:token", Type: codebuild.SecretsManager},
		},
		Outputs:   []codebuild.Output{{Name: "Out"}, {Name: "All", Location: artifact.Location{Bucket: "b", Key: "all"}}},
		Container: map[string]string{"ComputeType": "BUILD_GENERAL1_LARGE"},
	}
	if diff := cmp.Diff(want, port.asked); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
}

func TestConfigurationErrorsOfCommands(t *testing.T) {
	windows, none, variable := commands("S"), commands("S"), commands("S")
	windows.Configuration["EnvironmentType"] = "WINDOWS_SERVER_2022_CONTAINER"
	none.Commands = nil
	variable.Action.OutputVariables = []pipeline.Text{text("A"), text("$(id)")}
	for name, c := range map[string]struct {
		request action.Request
		want    string
	}{
		"Windows":     {windows, `EnvironmentType is "WINDOWS_SERVER_2022_CONTAINER": commands for Windows are not run yet`},
		"no input":    {commands(), "needs an input artifact"},
		"no commands": {none, "needs commands"},
		"no variable": {variable, `output variable "$(id)" is no name of an environment variable`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := codebuild.NewCommandsProvider(&builds{}).Start(t.Context(), c.request)
			var failure *action.Failure
			if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || !strings.Contains(failure.Message, c.want) {
				t.Errorf("error %v; want a ConfigurationError with %q", err, c.want)
			}
		})
	}
}

func TestFailedCommands(t *testing.T) {
	port := &builds{answer: codebuild.Description{
		ID: "c:1", Status: codebuild.Failed,
		Failure: &codebuild.BuildFailure{Phase: "BUILD", Command: "make test", Number: 2, Of: 2, Reason: "exit status 2"},
	}}
	_, err := codebuild.NewCommandsProvider(port).Describe(t.Context(), commands("S"), "c:1")
	var failure *action.Failure
	errors.As(err, &failure)
	want := &action.Failure{
		Code: action.JobFailed, Message: "exit status 2 in BUILD, command 2 of 2: make test",
		ExternalExecutionID: "c:1", Summary: "Commands",
	}
	if diff := cmp.Diff(want, failure); diff != "" {
		t.Errorf("failure (-want +got):\n%s", diff)
	}
}
