package builds

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
)

// closer is a log that its reader closes.
type closer struct{ *buildstest.Log }

func (closer) Close() error { return nil }

// commandsBench is a bench with a secret, and a binding that must not reach a Commands action.
func commandsBench(t *testing.T) *bench {
	return newBench(t, func(o *Options) {
		bound := Project{Environment: map[string]string{"BOUND": "yes"}, Timeout: time.Minute}
		o.Projects = map[string]Project{"": bound, withoutProject: bound}
		o.Secrets = func(_ context.Context, name string) (string, error) {
			if name != "api" {
				return "", ErrNotBound
			}
			return `{"token": "s3cret"}`, nil
		}
	})
}

// commandsRequest is the request of a Commands action with two input artifacts.
func (b *bench) commandsRequest(log *buildstest.Log, commands ...string) action.Request {
	return action.Request{
		PipelineName: "release", ActionExecutionID: "a", Action: &pipeline.Action{}, Commands: commands,
		Inputs: []action.Input{
			{Name: "Source", Object: b.put(b.t, map[string]string{"VERSION": "1.2.3", "buildspec.yml": "no buildspec"})},
			{Name: "Other", Object: b.put(b.t, map[string]string{"other.txt": "other"})},
		},
		Deadline: b.clock.Now().Add(55 * time.Minute), Log: closer{log},
	}
}

func textsOf(values ...string) (all []pipeline.Text) {
	for _, value := range values {
		all = append(all, pipeline.Text{Value: value})
	}
	return all
}

// end starts an action, waits for its event, and describes it.
func (b *bench) end(r action.Request) (action.Outcome, error) {
	provider := codebuild.NewCommandsProvider(b.builds)
	started, err := provider.Start(b.t.Context(), r)
	if err != nil || !started.Pending {
		b.t.Fatalf("Start: %+v, %v; want an outcome that is pending", started, err)
	}
	<-b.events
	return provider.Describe(b.t.Context(), r, started.ExternalExecutionID)
}

func TestCommandsAction(t *testing.T) {
	b := commandsBench(t)
	log := &buildstest.Log{}
	r := b.commandsRequest(log,
		`LATER="$LEVEL $(cat VERSION)"`,
		`mkdir dist && cp "$CODEBUILD_SRC_DIR_Other/other.txt" dist/ && cd dist`,
		`printf '%s' "$LATER$BOUND" > later.txt; echo "token $TOKEN"`)
	r.EnvironmentVariables = []pipeline.EnvironmentVariable{
		{Name: textsOf("LEVEL")[0], Value: textsOf("level")[0]},
		{Name: textsOf("TOKEN")[0], Value: textsOf("api:token")[0], Type: textsOf("SECRETS_MANAGER")[0]},
	}
	r.Configuration = map[string]string{"ComputeType": "BUILD_GENERAL1_LARGE", "VpcId": "vpc-1", "EnvironmentType": "LINUX_CONTAINER"}
	r.Action.OutputVariables = textsOf("LATER", "AWS_DEFAULT_REGION", "TOKEN", "NEVER")
	r.Action.OutputArtifacts = []pipeline.OutputArtifact{
		{Name: textsOf("Dist")[0], Files: textsOf("dist/**")}, {Name: textsOf("All")[0]},
	}
	r.Outputs = []action.Output{
		{Name: "Dist", Location: artifact.Location{Bucket: "artifacts", Key: "out/Dist"}},
		{Name: "All", Location: artifact.Location{Bucket: "artifacts", Key: "out/All"}},
	}
	outcome, err := b.end(r)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if diff := gocmp.Diff(map[string]string{"LATER": "level 1.2.3", "AWS_DEFAULT_REGION": "us-east-1"}, outcome.Variables); diff != "" {
		t.Errorf("output variables (-want +got):\n%s", diff)
	}
	dist := map[string]string{"dist/later.txt": "level 1.2.3", "dist/other.txt": "other"}
	if diff := gocmp.Diff(dist, b.read(t, outcome.Artifacts["Dist"])); diff != "" {
		t.Errorf("artifact Dist (-want +got):\n%s", diff)
	}
	if all := b.read(t, outcome.Artifacts["All"]); len(all) != len(dist)+2 || all["VERSION"] != "1.2.3" {
		t.Errorf("artifact All has %v; want all files of the primary source", all)
	}
	for _, want := range []string{
		"] Ignored on this machine: ComputeType, VpcId\n", "\ntoken ***\n", "TOKEN is not exported: it holds a SECRETS_MANAGER value", "NEVER is not exported: it is not set",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("the secret is in the log:\n%s", log)
	}
}

func TestFailedCommandsAction(t *testing.T) {
	b := commandsBench(t)
	_, err := b.end(b.commandsRequest(&buildstest.Log{}, "true", "test -e nowhere", "echo never"))
	var failure *action.Failure
	if want := "exit status 1 in BUILD, command 2 of 3: test -e nowhere"; !errors.As(err, &failure) || failure.Message != want {
		t.Errorf("error %v; want the failure %q", err, want)
	}
}

func TestCommandsActionTimesOut(t *testing.T) {
	b := commandsBench(t)
	log := &buildstest.Log{}
	r := b.commandsRequest(log, "echo ready; exec sleep 1000")
	if _, err := codebuild.NewCommandsProvider(b.builds).Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	log.Wait(t.Context(), "\nready\n")
	b.clock.advance(55*time.Minute, 1)
	_, err := b.end(r) // the same action execution: it is not started again
	var failure *action.Failure
	if want := "timed out after 55m0s in BUILD, command 1 of 1: echo ready; exec sleep 1000"; !errors.As(err, &failure) || failure.Message != want {
		t.Errorf("error %v; want the failure %q", err, want)
	}
}

func TestStoppedCommandsAction(t *testing.T) {
	b := commandsBench(t)
	log := &buildstest.Log{}
	provider := codebuild.NewCommandsProvider(b.builds)
	r := b.commandsRequest(log, `sh -c 'echo ready; exec sleep 1000' & wait`)
	started, err := provider.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	log.Wait(t.Context(), "\nready\n")
	if err := provider.Stop(t.Context(), r, started.ExternalExecutionID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.end(r); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("error %v; want that it was stopped", err)
	}
}

func TestBuildIsOfAProjectOrOfABuildspec(t *testing.T) {
	b := commandsBench(t)
	_, err := b.builds.StartBuild(t.Context(), codebuild.Build{Sources: []codebuild.Source{{Name: "Source"}}})
	if err == nil || !strings.Contains(err.Error(), "either a project or a buildspec") {
		t.Errorf("error %v; want that it has neither", err)
	}
}
