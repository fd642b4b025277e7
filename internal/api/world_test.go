package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
	"github.com/penstock-ci/penstock/pipeline"
)

// The secret, and what begins each task token: no answer may hold them.
const (
	canary      = "canary-0123456789"
	tokenPrefix = "task-token-"
)

// shop is the definition of the pipeline that everything runs in; the second version deploys elsewhere.
const shop = `{"pipeline": {"name": "shop", "roleArn": "arn:aws:iam::111122223333:role/Pipeline", "pipelineType": "V2",
  "artifactStore": {"type": "S3", "location": "artifacts"}, "variables": [{"name": "CHANNEL", "defaultValue": "stable"}, {"name": "NOTE"}],
  "stages": [
  {"name": "Source", "actions": [{"name": "Checkout", "namespace": "Source",
    "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
    "configuration": {"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "` + canary + `"}, "outputArtifacts": [{"name": "Code"}]}]},
  {"name": "Build", "actions": [{"name": "Compile", "region": "us-east-1", "roleArn": "arn:aws:iam::111122223333:role/Build",
    "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
    "configuration": {"ProjectName": "shop"}, "inputArtifacts": [{"name": "Code"}], "outputArtifacts": [{"name": "Site"}]}]},
  {"name": "Approve", "actions": [{"name": "Gate",
    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}]},
  {"name": "Deploy", "actions": [{"name": "Site",
    "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"},
    "configuration": {"BucketName": "%s", "Extract": "true"}, "inputArtifacts": [{"name": "Site"}]}]}]}}`

const tiny = `{"name": "tiny", "executionMode": "PARALLEL", "pipelineType": "V2", "stages": [
  {"name": "Source", "actions": [{"name": "Get", "actionTypeId": "Source/AWS/S3/1",
    "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "A"}]}]},
  {"name": "Approve", "actions": [{"name": "Gate", "actionTypeId": "Approval/AWS/Manual/1"}]}]}`

// world has two pipelines and what has happened in them, the same at each making: identities are counted, and a second
// passes before each step. It is also the Runner, the Machine and the Bus: nothing runs by itself.
type world struct {
	t       testing.TB
	records *execution.Records
	seconds int
	ids     int
	tokens  int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t}
	w.records = execution.New(execution.Ports{Table: porttest.NewMemory(), Machine: w, Bus: w, Clock: w, IDs: w, Origin: origin})
	first := w.register(fmt.Sprintf(shop, "staging"))
	second := w.register(fmt.Sprintf(shop, "production"))
	w.register(tiny)

	released := w.start(first, "released")
	w.source(released, "1111111")
	w.build(released, nil)
	w.answer(w.gate(released), true)
	w.deploy(released)

	broken := w.start(second, "broken")
	w.source(broken, "2222222")
	w.build(broken, &execution.ErrorDetails{Code: "JobFailed", Message: "exit status 1 in BUILD"})

	stopped := w.start(second, "stopped")
	w.source(stopped, "3333333")
	w.must(w.StopPipelineExecution(t.Context(), stopped, execution.StopTrigger{Reason: "wrong branch", Abandon: true}))

	waiting := w.start(second, "waiting")
	w.source(waiting, "4444444")
	w.build(waiting, nil)
	w.gate(waiting)

	behind := w.start(second, "behind")
	w.source(behind, "5555555")
	w.build(behind, nil)
	w.enter(behind, "Approve")
	return w
}

var origin = execution.Origin{Account: "111122223333", Region: "eu-west-1", Partition: "aws"}

func (w *world) handler() *api.Handler {
	return api.New(api.Options{
		Records: w.records, Runner: w, IDs: w, Origin: origin,
		Caller: func(*http.Request) string { return "arn:aws:iam::111122223333:user/ann" },
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) register(text string) execution.Definition {
	w.t.Helper()
	p, problems := pipeline.Parse("shop.json", []byte(text))
	if problems.HasErrors() {
		w.t.Fatalf("the definition: %v", problems[0].Message)
	}
	d := execution.Definition{PipelineName: p.Name.Value, Source: pipeline.Canonical(p)}
	sum := sha256.Sum256(d.Source)
	d.Digest = hex.EncodeToString(sum[:])
	w.step()
	d, err := w.records.RegisterPipeline(w.t.Context(), d)
	w.must(err)
	return d
}

func (w *world) start(d execution.Definition, name string) string {
	w.t.Helper()
	w.step()
	p, _ := pipeline.Parse("shop.json", d.Source)
	variables := map[string]string{}
	if len(p.Variables) > 0 {
		variables["NOTE"] = name
	}
	e, err := w.records.StartPipelineExecution(w.t.Context(), execution.StartInput{
		Definition: d, Pipeline: p, ClientRequestToken: name, Variables: variables,
		Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: "arn:aws:iam::111122223333:user/ann"},
	})
	w.must(err)
	return e.PipelineExecutionID
}

func (w *world) step() { w.seconds++ }

func (w *world) token() string {
	w.tokens++
	return fmt.Sprint(tokenPrefix, w.tokens)
}

func (w *world) input(id, stage string) events.TaskInput {
	return events.TaskInput{TaskToken: w.token(), PipelineExecutionID: id, MachineExecution: id, Stage: stage}
}

func (w *world) enter(id, stage string) {
	w.t.Helper()
	w.step()
	w.must(w.records.EnterStage(w.t.Context(), w.input(id, stage)))
}

// begin begins an action, after its stage.
func (w *world) begin(id, stage string, a execution.Action) *execution.Action {
	w.t.Helper()
	w.enter(id, stage)
	a.ActionExecutionID = execution.ActionExecutionID(id, stage, a.ActionName, 1)
	a.PipelineExecutionID, a.StageName, a.Attempt, a.TaskToken = id, stage, 1, w.token()
	begun, err := w.records.BeginAction(w.t.Context(), w.input(id, stage), a)
	w.must(err)
	return begun
}

func (w *world) end(a *execution.Action, result execution.Result) {
	w.t.Helper()
	w.step()
	_, err := w.records.EndAction(w.t.Context(), a, result)
	w.must(err)
}

var (
	code = execution.Artifact{Name: "Code", Bucket: "artifacts", Key: "shop/Code/k1", SHA256: "00"}
	site = execution.Artifact{Name: "Site", Bucket: "artifacts", Key: "shop/Site/k2", SHA256: "00"}
)

func (w *world) source(id, revision string) {
	w.t.Helper()
	a := w.begin(id, "Source", execution.Action{
		ActionName: "Checkout", Type: execution.ActionTypeID{Category: "Source", Owner: "ThirdParty", Provider: "GitHub", Version: "1"}, Namespace: "Source",
		ResolvedConfiguration: map[string]string{"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": canary},
	})
	w.end(a, execution.Result{
		OutputArtifacts: []execution.Artifact{code}, OutputVariables: map[string]string{"CommitId": revision}, Summary: "main " + revision,
		Revision: &execution.Revision{ID: revision, Summary: "Add <b>", URL: "https://example.com/" + revision, Created: w.Now()},
	})
}

func (w *world) build(id string, failure *execution.ErrorDetails) {
	w.t.Helper()
	a := w.begin(id, "Build", execution.Action{
		ActionName: "Compile", Type: execution.ActionTypeID{Category: "Build", Owner: "AWS", Provider: "CodeBuild", Version: "1"}, Region: "us-east-1",
		ResolvedConfiguration: map[string]string{"ProjectName": "shop"}, InputArtifacts: []execution.Artifact{code},
	})
	w.end(a, execution.Result{
		OutputArtifacts: []execution.Artifact{site}, ExternalExecutionID: "shop:" + id, ExternalExecutionURL: "https://example.com/build",
		Summary: "CodeBuild shop", Error: failure,
	})
	if failure == nil {
		return
	}
	in := w.input(id, "Build")
	in.Failures = []events.ActionFailure{{Action: "Compile", Error: failure.Code, Cause: failure.Message}}
	w.must(w.records.FailStage(w.t.Context(), in, func(string) execution.ActionTypeID { return a.Type }))
}

// gate opens an approval.
func (w *world) gate(id string) *execution.Action {
	w.t.Helper()
	token := w.NewID()
	a := w.begin(id, "Approve", execution.Action{
		ActionName: "Gate", Type: execution.ActionTypeID{Category: "Approval", Owner: "AWS", Provider: "Manual", Version: "1"}, ApprovalToken: token,
	})
	w.must(w.records.Wait(w.t.Context(), a, token, "")) // the token is the external identity, as that action has it
	return a
}

func (w *world) answer(a *execution.Action, approved bool) {
	w.t.Helper()
	_, err := w.PutApprovalResult(w.t.Context(), execution.Approval{
		PipelineExecutionID: a.PipelineExecutionID, StageName: a.StageName, ActionName: a.ActionName, Token: a.ApprovalToken,
		Approved: approved, Summary: "looks good", By: "arn:aws:iam::111122223333:user/bob",
	})
	w.must(err)
}

func (w *world) deploy(id string) {
	w.t.Helper()
	a := w.begin(id, "Deploy", execution.Action{
		ActionName: "Site", Type: execution.ActionTypeID{Category: "Deploy", Owner: "AWS", Provider: "S3", Version: "1"},
		ResolvedConfiguration: map[string]string{"BucketName": "staging", "Extract": "true"}, InputArtifacts: []execution.Artifact{site},
	})
	w.end(a, execution.Result{Summary: "4 files"})
	w.must(w.records.FinishExecution(w.t.Context(), w.input(id, "")))
}

func (w *world) Now() time.Time {
	return time.Date(2026, 3, 4, 10, 0, w.seconds, 250_000_000, time.UTC)
}

func (w *world) NewID() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

func (w *world) StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error) {
	w.step()
	return w.records.StartPipelineExecution(ctx, in)
}

func (w *world) StopPipelineExecution(ctx context.Context, id string, stop execution.StopTrigger) error {
	w.step()
	_, err := w.records.StopPipelineExecution(ctx, id, stop)
	return err
}

func (w *world) PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error) {
	w.step()
	return w.records.PutApprovalResult(ctx, in)
}

func (*world) Publish(context.Context, events.Envelope) error             { return nil }
func (*world) StartMachine(context.Context, execution.MachineStart) error { return nil }
func (*world) StopMachine(context.Context, execution.MachineStop) error   { return nil }
func (*world) DescribeMachine(context.Context, string) (execution.MachineStatus, error) {
	return execution.MachineStatus{Status: "RUNNING"}, nil
}
func (*world) CompleteTask(context.Context, execution.TaskAnswer) error { return nil }
