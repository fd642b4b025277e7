//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
	"github.com/penstock-ci/penstock/internal/resources"
)

// root is the module, seen from this package.
var root = filepath.Join("..", "..")

// platform is what the stacks make.
var platform = resources.Platform{Name: resources.DefaultName, Partition: "aws", Region: ministack.Region, Account: ministack.Account}

// patience is when the test gives up what it waits for, on a machine that does other things too.
const patience = 2 * time.Minute

// world is the account with the platform, a pipeline, and what stands around it.
type world struct {
	*ministack.Emulator
	home     string // of the CDK
	pipeline string // the path of the definition
	queue    string // URL of the queue that is told the pipeline's events
	builds   *codebuild
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Emulator: ministack.Start(t), home: t.TempDir()}
	w.pipeline = filepath.Join(w.home, "pipeline.yaml")
	w.define(t)
	around, err := os.ReadFile(filepath.Join("testdata", "around.json"))
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := w.Deploy(t.Context(), "around", string(around), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.queue = outputs["Told"]
	w.builds = newCodebuild(t, w.Emulator)
	w.cdk(t, "bootstrap", "aws://"+ministack.Account+"/"+ministack.Region)
	return w
}

// example is the definition of the pipeline, and its source.
var example = filepath.Join(root, "examples", "static-site")

// define writes the definition of the example, with changes: what is to be replaced, and by what, in turn.
func (w *world) define(t *testing.T, changes ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(example, "pipeline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(changes...).Replace(string(text))
	if len(changes) > 0 && changed == string(text) {
		t.Fatalf("the definition has nothing of %q", changes)
	}
	if err := os.WriteFile(w.pipeline, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// cdk runs the command line of the CDK.
func (w *world) cdk(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := w.runCDK(t, arguments...); err != nil {
		t.Fatalf("cdk %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

func (w *world) runCDK(t *testing.T, arguments ...string) ([]byte, error) {
	t.Helper()
	began := time.Now()
	program, err := filepath.Abs(filepath.Join(root, ".cache", "cdk", "node_modules", ".bin", "cdk"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, append(arguments, "--no-notices", "--app", ".cache/app", "--output", filepath.Join(w.home, "cdk.out"),
		"--context", "architecture="+runtime.GOARCH, "--context", "pipelines="+w.pipeline)...)
	c.Dir = root
	c.Env = append(w.Environment(ministack.Root()), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "CI=1")
	out, err := c.CombinedOutput()
	t.Logf("cdk %s: %s", arguments[0], time.Since(began).Round(time.Second))
	return out, err
}

// until looks again and again until what it looks for is there. Another process works at its own pace.
func until[Found any](t *testing.T, what string, look func() (Found, bool)) Found {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if found, there := look(); there {
			return found
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("there is no %s after %s", what, patience)
		}
	}
}

// told are the pipeline's events that were not taken before, in the order of their delivery.
func (w *world) told(t *testing.T) []events.Envelope {
	t.Helper()
	var all []events.Envelope
	for {
		var got struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		w.must(t, ministack.Operation{Service: "sqs", Target: "AmazonSQS.ReceiveMessage"}, map[string]any{"QueueUrl": w.queue, "MaxNumberOfMessages": 10}, &got)
		if len(got.Messages) == 0 {
			return all
		}
		for _, m := range got.Messages {
			var e events.Envelope
			if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
				t.Fatalf("%v: %s", err, m.Body)
			}
			all = append(all, e)
			w.must(t, ministack.Operation{Service: "sqs", Target: "AmazonSQS.DeleteMessage"}, map[string]any{"QueueUrl": w.queue, "ReceiptHandle": m.ReceiptHandle}, nil)
		}
	}
}

func (w *world) must(t *testing.T, o ministack.Operation, in, out any) {
	t.Helper()
	if err := w.Call(t.Context(), o, in, out); err != nil {
		t.Fatal(err)
	}
}

// ask calls CodePipeline's API of the platform, as API Gateway gives a request to the function that answers.
func (w *world) ask(t *testing.T, path string, in, out any) {
	t.Helper()
	operation, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(map[string]any{
		"resource": "/{proxy+}", "path": path, "httpMethod": "POST", "body": string(body),
		"headers":        map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "CodePipeline_20150709." + operation},
		"requestContext": map[string]any{"stage": "v1", "identity": map[string]string{"userArn": "arn:aws:iam::" + ministack.Account + ":user/ann"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := w.Invoke(t, platform.Function(resources.AnswerAPI), request)
	var answer struct {
		Status int `json:"statusCode"`
		Body   string
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Status != 200 {
		t.Fatalf("%s: %s %v", path, text, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer.Body), out); err != nil {
		t.Fatalf("%s: %v: %s", path, err, answer.Body)
	}
}

// execution is a pipeline execution as the API tells it.
type execution struct {
	ID      string `json:"pipelineExecutionId"`
	Status  string `json:"status"`
	Summary string `json:"statusSummary"`
	Version int    `json:"pipelineVersion"`
}

func (e execution) ended() bool { return e.Status != "InProgress" && e.Status != "Stopping" }

// executions are those of the pipeline, the newest first.
func (w *world) executions(t *testing.T) []execution {
	t.Helper()
	var out struct {
		All []execution `json:"pipelineExecutionSummaries"`
	}
	w.ask(t, "/ListPipelineExecutions/static-site", map[string]string{"pipelineName": "static-site"}, &out)
	return out.All
}

func (w *world) execution(t *testing.T, id string) execution {
	t.Helper()
	var out struct {
		One execution `json:"pipelineExecution"`
	}
	w.ask(t, "/GetPipelineExecution/static-site", map[string]string{"pipelineName": "static-site", "pipelineExecutionId": id}, &out)
	return out.One
}

// action is an action execution as the API tells it.
type action struct {
	ID     string `json:"actionExecutionId"`
	Stage  string `json:"stageName"`
	Name   string `json:"actionName"`
	Status string `json:"status"`
	Output struct {
		Result struct {
			ExternalID string `json:"externalExecutionId"`
			Summary    string `json:"externalExecutionSummary"`
			Error      struct {
				Code    string `json:"code"`
				Message string `json:"message"`
			} `json:"errorDetails"`
		} `json:"executionResult"`
		Variables map[string]string `json:"outputVariables"`
	} `json:"output"`
}

func (a action) String() string {
	return fmt.Sprintf("%s/%s %s %s %s", a.Stage, a.Name, a.Status, a.Output.Result.Error.Code, a.Output.Result.Error.Message)
}

// actions are the action executions of an execution, the newest first.
func (w *world) actions(t *testing.T, id string) []action {
	t.Helper()
	var out struct {
		All []action `json:"actionExecutionDetails"`
	}
	w.ask(t, "/ListActionExecutions/static-site", map[string]any{"pipelineName": "static-site", "filter": map[string]string{"pipelineExecutionId": id}}, &out)
	return out.All
}
