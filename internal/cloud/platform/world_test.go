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

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers/approvals"
	"github.com/penstock-ci/penstock/internal/cloud/providers/invokes"
	"github.com/penstock-ci/penstock/internal/cloud/providers/sources"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	secretsOf "github.com/penstock-ci/penstock/internal/cloud/secrets"
	"github.com/penstock-ci/penstock/internal/cloud/statestest"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
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

// world is AWS: Step Functions played by the engine, CodeBuild by buildService, and everything else by moto, or, a hundred
// times as fast, by what is in this process.
type world struct {
	testing.TB
	moto     string
	clock    *engine.VirtualClock
	states   *statestest.Server
	builds   *buildService
	store    *store // nil where moto plays S3
	services *services
	table    execution.Table
	log      bytes.Buffer
	// outside is the platform as those see it who are no handler of it; within as its handlers do.
	outside, within *Platform
	process         *process // of within
	faults          *faults
	toldOf          map[string]bool // machine executions whose end was told
	invocations     int
	// webhooks and substitutions are what a deployment brings beside the definition.
	webhooks      json.RawMessage
	substitutions map[string]string
}

func newWorld(t testing.TB, moto string) *world {
	t.Helper()
	w := &world{TB: t, moto: moto, clock: engine.NewVirtualClock(time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)), faults: &faults{}, toldOf: map[string]bool{}}
	w.services = &services{}
	w.webhooks = []byte(`[{"name":"push","targetAction":"Content","filters":[{"jsonPath":"$.ref","matchEquals":"refs/heads/main"}],
		"authentication":"GITHUB_HMAC","authenticationConfiguration":{"SecretToken":"{{resolve:secretsmanager:push:SecretString}}"}}]`)
	w.builds = &buildService{world: w, builds: map[string]*build{}}
	e := engine.New(engine.Options{Clock: w.clock, Tasks: w, Region: cloudtest.Region, Account: cloudtest.Account})
	t.Cleanup(e.Close)
	w.states = statestest.New(e, cloudtest.Region, cloudtest.Account)
	if moto == "" {
		w.store, w.table = &store{objects: map[string][]string{}}, porttest.NewMemory()
		w.moto = "http://aws.invalid"
	}
	w.outside = w.open(nil)
	w.restart()
	w.create()
	return w
}

const key = "arn:aws:kms:eu-central-1:123456789012:key/k"

// restart has handlers run in a process of their own from now on.
func (w *world) restart() {
	w.process = &process{faults: w.faults}
	w.within = w.open(w.process)
}

// open is what a process of a function has.
func (w *world) open(p *process) *Platform {
	s := Settings{
		Platform: resources.Platform{
			Name: "penstock", Partition: "aws", Region: cloudtest.Region, Account: cloudtest.Account, Key: key,
		},
		TableName: "penstock", BucketName: "artifacts", EventSource: events.Source,
	}
	account := cloud.New(cloud.Config{
		Region: cloudtest.Region, Endpoint: w.moto, Change: cloudtest.Offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
			return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
				return p.send(r, func() (*http.Response, error) { return w.route(next, r) })
			})
		},
	})
	b := base{account.Table(s.TableName, ids{}), w.clock, Parts{
		Providers: sources.Providers(nil).And(approvals.Providers()).And(waiting.Providers()).And(invokes.Providers(functions.Invoke)), Secret: secretsOf.Read, Assume: roles.Assume,
	}}
	if w.table != nil {
		b.table = faultyTable{w.table, p}
	}
	return open(s, account, &w.log, b)
}

func (w *world) route(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
	target := r.Header.Get("X-Amz-Target")
	var play http.Handler
	switch {
	case strings.HasPrefix(target, "AWSStepFunctions."):
		play = w.states
	case strings.HasPrefix(target, "CodeBuild_"):
		play = w.builds
	case w.store == nil:
		return next.Do(r)
	case strings.HasPrefix(target, "secretsmanager."), strings.HasPrefix(r.URL.Path, "/2015-03-31/"), r.Header.Get("Content-Type") ==
		"application/x-www-form-urlencoded" && strings.Contains(r.Header.Get("Authorization"), "/cloudformation/"):
		play = w.services
	case target == "" && r.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
		play = w.store
	default:
		play = http.HandlerFunc(answer)
	}
	recorded := httptest.NewRecorder()
	play.ServeHTTP(recorded, r)
	return recorded.Result(), nil
}

// Invoke is that of engine.Tasks: what Lambda does with a payload.
func (w *world) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var in called
	if err := json.Unmarshal(i.Payload, &in); err != nil {
		return nil, err
	}
	var out []byte
	err := w.invoke(func(p *Platform) (err error) {
		out, err = p.Handlers().Invoke(ctx, in.Function, i.Payload)
		return err
	})
	if err == nil {
		return out, nil
	}
	named := task.Classify(err)
	if errors.Is(err, errDead) {
		named = &task.Error{Name: "Lambda.Unknown", Cause: "the process has ended"}
	}
	cause, _ := json.Marshal(map[string]string{"errorType": named.Name, "errorMessage": named.Cause})
	return nil, &engine.TaskError{Name: named.Name, Cause: string(cause)}
}

// invoke is one invocation of a function. Of one that dies nothing is known, and another process takes the next.
func (w *world) invoke(handle func(*Platform) error) error {
	w.faults.mu.Lock()
	within, process := w.within, w.process
	w.invocations++
	w.faults.mu.Unlock()
	err := handle(within)
	if settled := within.Records().Close(w.Context()); err == nil {
		err = settled
	}
	if !process.died() {
		return err
	}
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	if w.process == process {
		w.restart()
	}
	return errDead
}

// event is an invocation that Lambda repeats twice where it fails.
func (w *world) event(handle func(*Platform) error) error {
	var err error
	for range 3 {
		if err = w.invoke(handle); err == nil {
			return nil
		}
	}
	return err
}

type called struct {
	Function string `json:"function"`
}

// create makes what a deployment makes, and a version of the source.
func (w *world) create() {
	w.Helper()
	if w.store == nil {
		w.createOnMoto()
	}
	w.put("/content/site.zip", zipOf(map[string]string{"index.txt": "hello"}))
}

func (w *world) createOnMoto() {
	w.Helper()
	cloudtest.Empty(w, w.moto)
	w.request(http.MethodPost, "/", `{"TableName":"penstock","BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`, map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.CreateTable", "Authorization": authorization("dynamodb"),
	})
	for _, bucket := range []string{"artifacts", "content", "production", "assets"} {
		w.put("/"+bucket, `<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>`)
		w.put("/"+bucket+"?versioning", `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	}
	w.request(http.MethodPost, "/", "Action=CreateTopic&Name=release&Version=2010-03-31", map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization("sns"),
	})
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

// put puts to S3.
func (w *world) put(path, body string) {
	w.Helper()
	w.request(http.MethodPut, path, body, map[string]string{"Authorization": authorization("s3")})
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
	answer, err := w.route(http.DefaultClient, r)
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

// registration compiles a definition and deploys its machines.
func (w *world) registration(definition string) Registration {
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
	made := resources.Pipeline{Name: p.Name.Value, Source: pipeline.Canonical(p), Webhooks: w.webhooks}
	r := Registration{PipelineName: p.Name.Value, RoleArn: "arn:aws:iam::123456789012:role/penstock/pipelines/" + p.Name.Value, Substitutions: w.substitutions}
	for i, part := range parts {
		text, err := part.Machine.Encode()
		if err != nil {
			w.Fatal(err)
		}
		made.Machines = append(made.Machines, resources.Machine{Stages: part.Stages, Definition: text})
		if text, err = asl.Substitute(text, names); err != nil {
			w.Fatal(err)
		}
		machine, err := asl.Decode(text)
		if err != nil {
			w.Fatal(err)
		}
		version := w.states.Publish(w.outside.StateMachine(p.Name.Value, i), machine)
		at := strings.LastIndexByte(version, ':')
		r.StateMachines = append(r.StateMachines, DeployedMachine{version[:at], version[at+1:]}) // statestest's revisions are its versions
	}
	text, err := made.Bundle()
	if err != nil {
		w.Fatal(err)
	}
	r.Bundle.Bucket, r.Bundle.Key = "assets", "bundle-"+r.StateMachines[0].RevisionID+".json"
	w.put("/assets/"+r.Bundle.Key, string(text))
	return r
}

// deploy deploys a definition's machines and registers it, as a stack does.
func (w *world) deploy(definition string) execution.Definition {
	w.Helper()
	d, err := w.outside.RegisterPipeline(w.Context(), w.registration(definition))
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// start starts the pipeline as a rule does.
func (w *world) start(name, delivery string) string {
	w.Helper()
	var started task.Started
	err := w.event(func(p *Platform) (err error) {
		started, err = p.Handlers().StartFromEvent(w.Context(), task.StartRequest{
			PipelineName: name, ActionName: "Content", RuleARN: "arn:aws:events:eu-central-1:123456789012:rule/r",
			Event: events.Envelope{ID: delivery, Source: "aws.s3", DetailType: "Object Created", Detail: json.RawMessage(`{}`)},
		})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return started.PipelineExecutionID
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

// asked are the members that are read of any request.
type asked struct {
	ID          string   `json:"id"`
	IDs         []string `json:"ids"`
	ProjectName string   `json:"projectName"`
}

// ServeHTTP answers one request.
func (b *buildService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var in asked
	var all map[string]any
	body, err := io.ReadAll(r.Body)
	if err = errors.Join(err, json.Unmarshal(body, &in), json.Unmarshal(body, &all)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out any
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "CodeBuild_20161006.") {
	case "StartBuild":
		out = map[string]any{"build": b.described(b.started(all))}
	case "BatchGetBuilds":
		var found []any
		for _, id := range in.IDs {
			if b.builds[id] != nil {
				found = append(found, b.described(id))
			}
		}
		out = map[string]any{"builds": found}
	case "BatchGetReports":
		out = map[string]any{"reports": []any{map[string]any{
			"type": "TEST", "status": "SUCCEEDED", "testSummary": map[string]any{"total": 3, "statusCounts": map[string]any{"SUCCEEDED": 3}},
		}}}
	case "ListBuildsForProject":
		var ids []string
		for _, id := range b.order {
			if b.builds[id].Input["projectName"] == in.ProjectName {
				ids = append([]string{id}, ids...)
			}
		}
		out = map[string]any{"ids": ids}
	case "StopBuild":
		b.builds[in.ID].status = "STOPPED"
		out = map[string]any{"build": b.described(in.ID)}
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
		if known.Input["projectName"] == "check" {
			d["reportArns"] = []any{"arn:aws:codebuild:eu-central-1:123456789012:report/check-links:1"}
		}
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
			b.world.put(fmt.Sprintf("/%s/%s/%s", to["location"], path, to["name"]), zipOf(map[string]string{"a.html": "a", "b.html": "b"}))
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
