//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
const patience = 5 * time.Minute

// world is the account with the platform, a pipeline, and what stands around it.
type world struct {
	*ministack.Emulator
	home     string // of the CDK
	pipeline string // the path of the definition
	api      string // URL of CodePipeline's API
	told     string // URL of a queue that gets the pipeline's events
	uploads  string // URL of a queue that gets the events that start it
	builds   *codebuild
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Emulator: ministack.Start(t), home: t.TempDir()}
	w.pipeline = filepath.Join(w.home, "pipeline.yaml")
	w.define(t)
	w.defineConnected(t)
	around, err := os.ReadFile(filepath.Join("testdata", "around.json"))
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := w.Deploy(t.Context(), "around", string(around), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.told, w.uploads = outputs["Told"], outputs["Uploads"]
	w.builds = newCodebuild(t, w.Emulator)
	w.cdk(t, w.home, "bootstrap", "aws://"+ministack.Account+"/"+ministack.Region)
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

// synthesize has the app write its stacks for the definition as it is.
func (w *world) synthesize(t *testing.T) {
	t.Helper()
	w.cdk(t, root, "synth", "--quiet", "--app", ".cache/app", "--output", w.assembly(), "--context", "architecture="+runtime.GOARCH,
		"--context", "pipelines="+filepath.Join(w.home, "*.yaml"))
}

// deployAll deploys what was synthesized; the CDK takes that in place of an app.
func (w *world) deployAll(t *testing.T) {
	t.Helper()
	w.cdk(t, w.home, "deploy", "--all", "--require-approval", "never", "--app", w.assembly())
}

func (w *world) assembly() string { return filepath.Join(w.home, "cdk.out") }

// cdk runs the command line of the CDK in a folder.
func (w *world) cdk(t *testing.T, dir string, arguments ...string) {
	t.Helper()
	if out, err := w.runCDK(t, dir, arguments...); err != nil {
		t.Fatalf("cdk %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

func (w *world) runCDK(t *testing.T, dir string, arguments ...string) ([]byte, error) {
	t.Helper()
	began := time.Now()
	program, err := filepath.Abs(filepath.Join(root, ".cache", "cdk", "node_modules", ".bin", "cdk"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, append(arguments, "--no-notices")...)
	c.Dir = dir
	c.Env = append(w.Environment(ministack.Root()), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "CDK_DISABLE_CLI_TELEMETRY=true", "CI=1")
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

// taken are the events of a queue that were not taken before, in the order of their delivery.
func (w *world) taken(t *testing.T, queue string) []events.Envelope {
	t.Helper()
	var all []events.Envelope
	for {
		var got struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		w.must(t, ministack.Operation{Service: "sqs", Target: "AmazonSQS.ReceiveMessage"}, map[string]any{"QueueUrl": queue, "MaxNumberOfMessages": 10}, &got)
		if len(got.Messages) == 0 {
			return all
		}
		for _, m := range got.Messages {
			var e events.Envelope
			if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
				t.Fatalf("%v: %s", err, m.Body)
			}
			all = append(all, e)
			w.must(t, ministack.Operation{Service: "sqs", Target: "AmazonSQS.DeleteMessage"}, map[string]any{"QueueUrl": queue, "ReceiptHandle": m.ReceiptHandle}, nil)
		}
	}
}

// toldOfEnd takes the pipeline's events until one tells of the end of an execution, and returns the state that it tells.
func (w *world) toldOfEnd(t *testing.T, id string, see func(events.Envelope)) string {
	t.Helper()
	return until(t, "event about the end of execution "+id, func() (state string, ended bool) {
		for _, e := range w.taken(t, w.told) {
			see(e)
			var detail struct {
				ID    string `json:"execution-id"`
				State string `json:"state"`
			}
			if err := json.Unmarshal(e.Detail, &detail); err != nil {
				t.Fatal(err)
			}
			if e.DetailType == events.PipelineExecutionStateChange && detail.ID == id && detail.State != "STARTED" {
				state = detail.State
			}
		}
		return state, state != ""
	})
}

func (w *world) must(t *testing.T, o ministack.Operation, in, out any) {
	t.Helper()
	if err := w.Call(t.Context(), o, in, out); err != nil {
		t.Fatal(err)
	}
}

// find finds where CodePipeline's API is, once the platform is deployed. The stack's output names it as AWS does; the
// emulator has it below its own endpoint.
func (w *world) find(t *testing.T) {
	t.Helper()
	outputs, err := w.Outputs(t.Context(), platform.PlatformStack())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(outputs["ApiUrl"])
	if err != nil || u.Path != "/v1" {
		t.Fatalf("the stack's output ApiUrl is %q: %v", outputs["ApiUrl"], err)
	}
	id, _, _ := strings.Cut(u.Host, ".")
	w.api = w.APIEndpoint(id, "v1")
}

// ask sends a request to CodePipeline's API of the platform, at the path that says what it is about.
func (w *world) ask(t *testing.T, path string, in, out any) {
	t.Helper()
	ask(t, target{w.api + path, operationOf(path)}, in, out)
}

// operationOf is the operation that a path begins with.
func operationOf(path string) string {
	operation, _, _ := strings.Cut(path[1:], "/")
	return operation
}

// target is an operation of CodePipeline's API, at a URL.
type target struct{ url, operation string }

// ask sends a request, and reads the answer into out unless that is nil.
func ask(t *testing.T, to target, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+to.operation)
	ministack.Root().Sign(r, "execute-api", body)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", to.operation, answer.Status, text, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%s: %v: %s", to.operation, err, text)
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
	Input  struct {
		Configuration map[string]string `json:"resolvedConfiguration"`
	} `json:"input"`
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
