package platform

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/statestest"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

const site = `{"name":"site","pipelineType":"V2","stages":[
 {"name":"Source","actions":[{"name":"Content","namespace":"Content","actionTypeId":"Source/AWS/S3/1",
   "configuration":{"S3Bucket":"content","S3ObjectKey":"site.zip","PollForSourceChanges":"false"},"outputArtifacts":[{"name":"Source"}]}]},
 {"name":"Build","actions":[
   {"name":"Render","namespace":"Render","actionTypeId":"Build/AWS/CodeBuild/1","configuration":{"ProjectName":"render"},
    "inputArtifacts":[{"name":"Source"}],"outputArtifacts":[{"name":"Pages"}]},
   {"name":"Check","actionTypeId":"Test/AWS/CodeBuild/1","configuration":{"ProjectName":"check"},"inputArtifacts":[{"name":"Source"}]}]},
 {"name":"Approve","actions":[{"name":"Publish","actionTypeId":"Approval/AWS/Manual/1",
   "configuration":{"CustomData":"#{Render.PAGES} pages?","NotificationArn":"arn:aws:sns:eu-central-1:123456789012:release"}}]},
 {"name":"Production","actions":[{"name":"Pages","actionTypeId":"Deploy/AWS/S3/1",
   "configuration":{"BucketName":"production","Extract":"true","ObjectKey":"#{Content.VersionId}"},"inputArtifacts":[{"name":"Pages"}]}]}]}`

// world is AWS: moto, with Step Functions played by the engine and CodeBuild by buildService.
type world struct {
	*testing.T
	moto   string
	clock  *engine.VirtualClock
	states *statestest.Server
	builds *buildService
	table  string
	log    bytes.Buffer
	open   *Platform

	mu sync.Mutex
	// before is asked before each request of a handler, after behind it: an error is what the handler gets instead.
	before, after func(number int, request *http.Request) (*http.Response, error)
	requests      []string
}

func newWorld(t *testing.T, moto string) *world {
	t.Helper()
	w := &world{T: t, moto: moto, clock: engine.NewVirtualClock(time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)), table: "penstock"}
	w.builds = &buildService{world: w, builds: map[string]*build{}}
	e := engine.New(engine.Options{Clock: w.clock, Tasks: w, Region: cloudtest.Region, Account: cloudtest.Account})
	t.Cleanup(e.Close)
	w.states = statestest.New(e, cloudtest.Region, cloudtest.Account)
	w.create()
	w.open = w.process()
	return w
}

// process is what one invocation of a function has.
func (w *world) process() *Platform {
	s := Settings{
		Platform: resources.Platform{
			Name: "penstock", Partition: "aws", Region: cloudtest.Region, Account: cloudtest.Account,
			Key: "arn:aws:kms:eu-central-1:123456789012:key/k",
		},
		TableName: w.table, BucketName: "artifacts", KeyARN: "arn:aws:kms:eu-central-1:123456789012:key/k", EventSource: events.Source,
	}
	return New(s, cloud.New(cloud.Config{
		Region: cloudtest.Region, Endpoint: w.moto, Change: offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
			return sender(func(r *http.Request) (*http.Response, error) { return w.send(next, r) })
		},
	}), &w.log)
}

func offline(c *aws.Config) {
	c.Credentials = credentials.NewStaticCredentialsProvider("id", "secret", "")
	c.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = retry.NewExponentialJitterBackoff(0) })
	}
}

type sender func(*http.Request) (*http.Response, error)

// Do is that of aws.HTTPClient.
func (s sender) Do(r *http.Request) (*http.Response, error) { return s(r) }

// send sends a request to whoever plays its service.
func (w *world) send(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.requests = append(w.requests, operation(r))
	number, before, after := len(w.requests), w.before, w.after
	w.mu.Unlock()
	if before != nil {
		if answer, err := before(number, r); answer != nil || err != nil {
			return answer, err
		}
	}
	answer, err := w.route(next, r)
	if after != nil && err == nil {
		if instead, err := after(number, r); instead != nil || err != nil {
			_ = answer.Body.Close()
			return instead, err
		}
	}
	return answer, err
}

func (w *world) route(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
	target := r.Header.Get("X-Amz-Target")
	var play http.Handler
	switch {
	case strings.HasPrefix(target, "AWSStepFunctions."):
		play = w.states
	case strings.HasPrefix(target, "CodeBuild_"):
		play = w.builds
	default:
		return next.Do(r)
	}
	recorded := httptest.NewRecorder()
	play.ServeHTTP(recorded, r)
	return recorded.Result(), nil
}

// operation names what a request asks for.
func operation(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	return r.Method + " " + r.URL.Path
}

// Invoke is that of engine.Tasks: what Lambda does with a payload. Each invocation finds a process of its own.
func (w *world) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in called
	if err := json.Unmarshal(i.Payload, &in); err != nil {
		return nil, err
	}
	out, err := w.open.Handlers().Invoke(ctx, in.Function, i.Payload)
	var named *task.Error
	if errors.As(err, &named) {
		cause, _ := json.Marshal(map[string]string{"errorType": named.Name, "errorMessage": named.Cause})
		return nil, &engine.TaskError{Name: named.Name, Cause: string(cause)}
	}
	return out, err
}

type called struct {
	Function string `json:"function"`
}

// create makes what a deployment makes, and a version of the source.
func (w *world) create() {
	w.Helper()
	cloudtest.Empty(w, w.moto)
	w.ask("DynamoDB_20120810.CreateTable", `{"TableName":"penstock","BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`)
	for _, bucket := range []string{"artifacts", "content", "production", "assets"} {
		w.http(http.MethodPut, "/"+bucket, `<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>`)
		w.http(http.MethodPut, "/"+bucket+"?versioning", `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	}
	w.http(http.MethodPut, "/content/site.zip", zipOf(map[string]string{"index.txt": "hello"}))
	w.form("sns", "Action=CreateTopic&Name=release&Version=2010-03-31")
}

// zipOf is a zip with these files.
func zipOf(files map[string]string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		f, _ := z.Create(name)
		_, _ = io.WriteString(f, text)
	}
	_ = z.Close()
	return b.String()
}

func (w *world) ask(target, body string) string {
	return w.request(http.MethodPost, "/", body, map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "Authorization": authorization("dynamodb"),
	})
}

func (w *world) form(service, body string) string {
	return w.request(http.MethodPost, "/", body, map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization(service),
	})
}

func (w *world) http(method, path, body string) string {
	return w.request(method, path, body, map[string]string{"Authorization": authorization("s3")})
}

func authorization(service string) string {
	return "AWS4-HMAC-SHA256 Credential=id/20260304/" + cloudtest.Region + "/" + service + "/aws4_request, SignedHeaders=host, Signature=0"
}

func (w *world) request(method, path, body string, header map[string]string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.moto+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		w.Fatalf("%s %s: %s %s %v", method, path, answer.Status, text, err)
	}
	return string(text)
}

// deploy compiles a definition, deploys its machines and registers it, as a stack does.
func (w *world) deploy(definition string) execution.Definition {
	w.Helper()
	p, diagnostics := pipeline.Parse("pipeline.json", []byte(definition))
	if diagnostics.HasErrors() {
		w.Fatal(diagnostics)
	}
	parts, err := statemachines.Compile(p)
	if err != nil {
		w.Fatal(err)
	}
	names := map[string]string{}
	for _, name := range events.Functions() {
		names[name] = name
	}
	bundle := Bundle{Source: pipeline.Canonical(p)}
	r := Registration{PipelineName: p.Name.Value, RoleArn: "arn:aws:iam::123456789012:role/penstock/pipelines/" + p.Name.Value}
	for i, part := range parts {
		text, err := part.Machine.Encode()
		if err != nil {
			w.Fatal(err)
		}
		bundle.StateMachines = append(bundle.StateMachines, BundledMachine{part.Stages, text})
		if text, err = asl.Substitute(text, names); err != nil {
			w.Fatal(err)
		}
		machine, err := asl.Decode(text)
		if err != nil {
			w.Fatal(err)
		}
		version := w.states.Publish(w.open.StateMachine(p.Name.Value, i), machine)
		r.StateMachines = append(r.StateMachines, DeployedMachine{version[:strings.LastIndexByte(version, ':')], "1"})
	}
	text, err := json.Marshal(bundle)
	if err != nil {
		w.Fatal(err)
	}
	w.http(http.MethodPut, "/assets/bundle.json", string(text))
	r.Bundle.Bucket, r.Bundle.Key = "assets", "bundle.json"
	d, err := w.open.RegisterPipeline(w.Context(), r)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// start starts the pipeline as a rule does.
func (w *world) start(name string) string {
	w.Helper()
	started, err := w.open.Handlers().StartFromEvent(w.Context(), task.StartRequest{
		PipelineName: name, ActionName: "Content", RuleARN: "arn:aws:events:eu-central-1:123456789012:rule/r",
		Event: events.Envelope{ID: "event-1", Source: "aws.s3", DetailType: "Object Created", Detail: json.RawMessage(`{}`)},
	})
	if err != nil {
		w.Fatal(err)
	}
	return started.PipelineExecutionID
}

// settle lets the machine run until nothing happens any more without somebody outside.
func (w *world) settle() {
	w.Helper()
	if err := w.states.Engine.Settle(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// buildService is what is used of CodeBuild. A build goes on until end.
type buildService struct {
	world *world

	mu     sync.Mutex
	order  []string
	builds map[string]*build
}

type build struct {
	Input  map[string]any
	status string
}

// ServeHTTP answers one request.
func (b *buildService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out any
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "CodeBuild_20161006.") {
	case "StartBuild":
		out = map[string]any{"build": b.described(b.started(in))}
	case "BatchGetBuilds":
		var all []any
		for _, id := range in["ids"].([]any) {
			if b.builds[id.(string)] != nil {
				all = append(all, b.described(id.(string)))
			}
		}
		out = map[string]any{"builds": all}
	case "ListBuildsForProject":
		var ids []string
		for _, id := range b.order {
			if b.builds[id].Input["projectName"] == in["projectName"] {
				ids = append([]string{id}, ids...)
			}
		}
		out = map[string]any{"ids": ids}
	case "StopBuild":
		id := in["id"].(string)
		b.builds[id].status = "STOPPED"
		out = map[string]any{"build": b.described(id)}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(out)
}

// started is the build of a token, which there is one of.
func (b *buildService) started(in map[string]any) string {
	for id, known := range b.builds {
		if known.Input["idempotencyToken"] == in["idempotencyToken"] {
			return id
		}
	}
	id := fmt.Sprintf("%s:00000000-0000-4000-8000-%012d", in["projectName"], len(b.builds)+1)
	b.builds[id] = &build{Input: in, status: "IN_PROGRESS"}
	b.order = append(b.order, id)
	return id
}

func (b *buildService) described(id string) map[string]any {
	known := b.builds[id]
	d := map[string]any{
		"id": id, "arn": "arn:aws:codebuild:eu-central-1:123456789012:build/" + id, "buildStatus": known.status,
		"projectName": known.Input["projectName"], "startTime": 1772618400, "phases": []any{},
		"environment":                  map[string]any{"environmentVariables": known.Input["environmentVariablesOverride"]},
		"exportedEnvironmentVariables": []any{map[string]any{"name": "PAGES", "value": "2"}},
	}
	if known.status != "IN_PROGRESS" {
		d["endTime"], d["buildComplete"] = 1772618460, true
	}
	return d
}

// end ends every build that goes on, storing what it was to store, and returns the events that tell of it.
func (b *buildService) end(status string) []events.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	var told []events.Envelope
	for _, id := range b.order {
		known := b.builds[id]
		if known.status != "IN_PROGRESS" {
			continue
		}
		if to, _ := known.Input["artifactsOverride"].(map[string]any); to["type"] == "S3" && status == "SUCCEEDED" {
			path := strings.Trim(fmt.Sprint(to["path"]), "/")
			b.world.http(http.MethodPut, fmt.Sprintf("/%s/%s/%s", to["location"], path, to["name"]), zipOf(map[string]string{"a.html": "a", "b.html": "b"}))
		}
		known.status = status
		detail, _ := json.Marshal(map[string]any{
			"build-status": status, "build-id": "arn:aws:codebuild:eu-central-1:123456789012:build/" + id, "project-name": known.Input["projectName"],
			"additional-information": map[string]any{},
		})
		told = append(told, events.Envelope{ID: "e", Source: "aws.codebuild", DetailType: events.BuildStateChange, Detail: detail})
	}
	return told
}
