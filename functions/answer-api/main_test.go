package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/functions/runtimetest"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

const (
	region  = "eu-central-1"
	account = "123456789012"
	ann     = "arn:aws:sts::123456789012:assumed-role/Release/ann"
	token   = "00000000-0000-4000-8000-00000000000a"
)

const shop = `{"name": "shop", "pipelineType": "V2", "stages": [
  {"name": "Source", "actions": [{"name": "Get", "actionTypeId": "Source/AWS/S3/1",
    "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "A"}]}]},
  {"name": "Approve", "actions": [{"name": "Gate", "actionTypeId": "Approval/AWS/Manual/1"}]}]}`

// The binary answers the requests of API Gateway over records in DynamoDB: an approval is given at its path, by the one whom
// IAM has identified, and nowhere else.
func TestAnswerAPI(t *testing.T) {
	endpoint := cloudtest.Start(t)
	records := openApproval(t, endpoint)
	f := start(t, endpoint)
	const body = `{"pipelineName":"shop","stageName":"Approve","actionName":"Gate","token":"` + token + `","result":{"summary":"fine","status":"Approved"}}`
	for _, c := range []struct {
		ask  asked
		want string
	}{
		{asked{"/ListPipelines", "ListPipelines", `{}`, ann}, `"name":"shop"`},
		{asked{"/GetPipelineState/shop", "GetPipelineState", `{"name":"shop"}`, ann}, token},
		{asked{"/ListPipelines", "ListPipelines", `{}`, ""}, "nobody has said who calls"},
		{asked{"/jobs", "ListPipelines", `{}`, ""}, "nobody has said who calls"},
		{asked{"/PutApprovalResult/shop/Approve/Other", "PutApprovalResult", body, ann}, "nothing was done"},
		{asked{"/PutApprovalResult/shop/Approve/Gat%65", "PutApprovalResult", body, ann}, "nothing was done"},
		{asked{"/PutApprovalResult/shop/Approve/Gate", "PutApprovalResult", body, ""}, "nobody has said who calls"},
		{asked{"/PutApprovalResult/shop/Approve/Gate", "PutApprovalResult", body, ann}, "approvedAt"},
		{asked{"/jobs", "GetJobDetails", `{"jobId":"` + token + `"}`, ""}, "JobNotFoundException"},
		{asked{"/jobs/", "GetJobDetails", `{"jobId":"` + token + `"}`, ""}, "JobNotFoundException"},
		{asked{"/GetJobDetails", "GetJobDetails", `{"jobId":"` + token + `"}`, ann}, "nothing was done"},
	} {
		answer := f.answer(t, c.ask, c.ask.body)
		if !strings.Contains(answer.Body, c.want) {
			t.Errorf("%s by %q: %d %s, want %s", c.ask.path, c.ask.caller, answer.Status, answer.Body, c.want)
		}
	}
	answer := f.answer(t, asked{"/ListPipelines", "ListPipelines", "", ann}, []byte(`{}`))
	if answer.Status != http.StatusOK || answer.Headers["Content-Type"][0] != "application/x-amz-json-1.1" || answer.IsBase64 {
		t.Errorf("a body in base64: %+v", answer)
	}
	id := execution.ExecutionID("shop", "one")
	a, err := records.Action(t.Context(), id, execution.ActionExecutionID(id, "Approve", "Gate", 1))
	if err != nil {
		t.Fatal(err)
	}
	if a.UpdatedBy != ann || a.Status != execution.ActionSucceeded {
		t.Errorf("the approval is %s by %q, want it to be given by %s", a.Status, a.UpdatedBy, ann)
	}
	f.Stop() // what it has written has arrived by then
	if log := f.Log(); strings.Contains(log, token) || !strings.Contains(log, `POST /PutApprovalResult/shop/Approve/Gate 200`) {
		t.Errorf("the log is\n%s", log)
	}
}

// function is the binary at work.
type function struct{ *runtimetest.Function }

type answer struct {
	Status   int                 `json:"statusCode"`
	Headers  map[string][]string `json:"multiValueHeaders"`
	Body     string              `json:"body"`
	IsBase64 bool                `json:"isBase64Encoded"`
}

func start(t *testing.T, endpoint string) function {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	f, err := runtimetest.Start(binary, []string{
		resources.SettingPlatform + "=penstock", resources.SettingTable + "=penstock", resources.SettingBucket + "=penstock",
		resources.SettingKey + "=arn:aws:kms:eu-central-1:123456789012:key/k", resources.SettingAccount + "=" + account,
		resources.SettingPartition + "=aws", resources.SettingEventSource + "=penstock.codepipeline", "AWS_REGION=" + region,
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	return function{f}
}

// patience is how long an invocation may take: as long as Lambda lets one.
const patience = 15 * time.Minute

// asked is a request, and whom IAM has identified.
type asked struct{ path, operation, body, caller string }

// answer invokes the function as API Gateway does. The body is a text, or bytes, which are sent in base64.
func (f function) answer(t *testing.T, a asked, body any) (out answer) {
	t.Helper()
	_, encoded := body.([]byte)
	event, err := json.Marshal(map[string]any{
		"resource": "/{proxy+}", "path": a.path, "httpMethod": "POST",
		"headers":           map[string]string{"X-Amz-Target": "another, which is the last of several"},
		"multiValueHeaders": map[string][]string{"content-type": {"application/x-amz-json-1.1"}, "x-amz-target": {"CodePipeline_20150709." + a.operation}},
		"requestContext":    map[string]any{"stage": "v1", "path": "/v1" + a.path, "identity": map[string]string{"userArn": a.caller}},
		"body":              body, "isBase64Encoded": encoded,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Invoke(t.Context(), string(event), patience)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Log())
	}
	if err := json.Unmarshal(got, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// openApproval registers the pipeline and has an execution wait at its approval.
func openApproval(t *testing.T, endpoint string) *execution.Records {
	t.Helper()
	cloudtest.CreateTable(t, endpoint, "penstock")
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	outside := nothing{}
	records := execution.New(execution.Ports{
		Table:   cloud.New(cloud.Config{Region: region, Endpoint: endpoint}).Table("penstock", outside),
		Machine: outside, Bus: outside, Clock: outside, IDs: outside, Origin: execution.Origin{Account: account, Region: region, Partition: "aws"},
	})
	p, problems := pipeline.Parse("shop.json", []byte(shop))
	if problems.HasErrors() {
		t.Fatal(problems[0].Message)
	}
	d, err := records.RegisterPipeline(t.Context(), execution.Definition{PipelineName: "shop", Digest: "d1", Source: pipeline.Canonical(p)})
	must(t, err)
	e, err := records.StartPipelineExecution(t.Context(), execution.StartInput{Definition: d, Pipeline: p, ClientRequestToken: "one"})
	must(t, err)
	in := events.TaskInput{TaskToken: "t", PipelineExecutionID: e.PipelineExecutionID, MachineExecution: e.PipelineExecutionID}
	for _, stage := range []string{"Source", "Approve"} {
		in.Stage = stage
		must(t, records.EnterStage(t.Context(), in))
	}
	a, err := records.BeginAction(t.Context(), in, execution.Action{
		ActionExecutionID: execution.ActionExecutionID(e.PipelineExecutionID, "Approve", "Gate", 1), PipelineExecutionID: e.PipelineExecutionID,
		StageName: "Approve", ActionName: "Gate", Attempt: 1, TaskToken: "t", ApprovalToken: token,
		Type: execution.ActionTypeID{Category: "Approval", Owner: "AWS", Provider: "Manual", Version: "1"},
	})
	must(t, err)
	must(t, records.Wait(t.Context(), a, token, ""))
	return records
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nothing are the ports that no test looks at.
type nothing struct{ cloudtest.IDs }

func (nothing) Now() time.Time { return time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC) }

func (nothing) Publish(context.Context, events.Envelope) error             { return nil }
func (nothing) StartMachine(context.Context, execution.MachineStart) error { return nil }
func (nothing) StopMachine(context.Context, execution.MachineStop) error   { return nil }
func (nothing) DescribeMachine(context.Context, string) (execution.MachineStatus, error) {
	return execution.MachineStatus{}, nil
}
func (nothing) CompleteTask(context.Context, execution.TaskAnswer) error { return nil }
