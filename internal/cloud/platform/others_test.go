package platform

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// others has the actions that site has not.
const others = `{"name":"others","pipelineType":"V2","stages":[
 {"name":"Source","actions":[{"name":"Content","actionTypeId":"Source/AWS/S3/1",
   "configuration":{"S3Bucket":"content","S3ObjectKey":"site.zip"},"outputArtifacts":[{"name":"Source"}]}]},
 {"name":"Work","actions":[
   {"name":"Stack","namespace":"Stack","actionTypeId":"Deploy/AWS/CloudFormation/1","inputArtifacts":[{"name":"Source"}],
    "configuration":{"ActionMode":"CREATE_UPDATE","StackName":"shop","TemplatePath":"Source::template.json","RoleArn":"arn:aws:iam::123456789012:role/Stack"}},
   {"name":"Commands","runOrder":2,"actionTypeId":"Compute/AWS/Commands/1","commands":["echo #{Stack.Url}"],"inputArtifacts":[{"name":"Source"}]},
   {"name":"Function","runOrder":2,"namespace":"Function","actionTypeId":"Invoke/AWS/Lambda/1","configuration":{"FunctionName":"notify"}},
   {"name":"Machine","runOrder":3,"actionTypeId":"Invoke/AWS/StepFunctions/1","configuration":{
     "StateMachineArn":"arn:aws:states:eu-central-1:123456789012:stateMachine:user","Input":"{\"said\":\"#{Function.Said}\"}"}},
   {"name":"Pipeline","runOrder":4,"actionTypeId":"Invoke/AWS/CodePipeline/1","configuration":{"PipelineName":"next"}}]}]}`

const next = `{"name":"next","pipelineType":"V2","stages":[
 {"name":"Source","actions":[{"name":"Content","actionTypeId":"Source/AWS/S3/1",
   "configuration":{"S3Bucket":"content","S3ObjectKey":"site.zip"},"outputArtifacts":[{"name":"Source"}]}]},
 {"name":"Ask","actions":[{"name":"Ask","actionTypeId":"Approval/AWS/Manual/1"}]}]}`

// prepare makes what these actions need.
func (w *world) prepare() {
	w.Helper()
	w.put("/content/site.zip", zipOf(map[string]string{"template.json": `{"Resources":{}}`}))
	machine, err := asl.Decode([]byte(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Wait","Seconds":30,"End":true}}}`))
	if err != nil {
		w.Fatal(err)
	}
	w.states.Publish("user", machine)
	w.deploy(next)
}

// services are what these actions call.
type services struct {
	mu     sync.Mutex
	jobs   []string // that functions were given
	status string   // of the stack
	read   []string // the secrets that were read
}

// ServeHTTP answers as Lambda, CloudFormation and Secrets Manager do.
func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if strings.HasPrefix(r.URL.Path, "/2015-03-31/functions/") {
		var event struct {
			Job struct{ ID string } `json:"CodePipeline.job"`
		}
		_ = json.Unmarshal(body, &event)
		s.jobs = append(s.jobs, event.Job.ID)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue" {
		var secret struct{ SecretID string }
		_ = json.Unmarshal(body, &secret)
		s.read = append(s.read, secret.SecretID)
		_, _ = io.WriteString(w, `{"SecretString":"hush"}`)
		return
	}
	form, _ := url.ParseQuery(string(body))
	action := form.Get("Action")
	switch {
	case action == "DescribeStacks" && s.status == "":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id shop does not exist</Message></Error></ErrorResponse>`)
		return
	case action == "CreateStack":
		if s.status != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AlreadyExistsException</Code><Message>Stack [shop] already exists</Message></Error></ErrorResponse>`)
			return
		}
		s.status = "CREATE_IN_PROGRESS"
	case action == "UpdateStack" && strings.HasSuffix(s.status, "_COMPLETE"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>ValidationError</Code><Message>No updates are to be performed.</Message></Error></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<%sResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><%sResult><StackId>%s</StackId><Stacks><member><StackName>shop</StackName>`+
		`<StackId>%s</StackId><StackStatus>%s</StackStatus><CreationTime>2026-03-04T10:00:00Z</CreationTime><Outputs><member><OutputKey>Url</OutputKey>`+
		`<OutputValue>http://x</OutputValue></member></Outputs></member></Stacks></%sResult></%sResponse>`, action, action, stackID, stackID, s.status, action, action)
}

const stackID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1"

// endWork ends what goes on in these services, and tells of it.
func (w *world) endWork() bool {
	w.services.mu.Lock()
	jobs, status := w.services.jobs, w.services.status
	w.services.jobs = nil
	if status == "CREATE_IN_PROGRESS" {
		w.services.status = "CREATE_COMPLETE"
	}
	w.services.mu.Unlock()
	for _, id := range jobs {
		_ = w.event(func(p *Platform) error {
			return p.Handlers().PutJobResult(w.Context(), id, execution.JobResult{Variables: map[string]string{"Said": "yes"}})
		})
	}
	if status == "CREATE_IN_PROGRESS" {
		_ = w.event(func(p *Platform) error {
			return p.Handlers().ServiceEvent(w.Context(), events.Envelope{
				ID: "stack", DetailType: events.StackStatusChange,
				Detail: json.RawMessage(`{"stack-id":"` + stackID + `","status-details":{"status":"CREATE_COMPLETE"}}`),
			})
		})
	}
	return len(jobs) > 0 || status == "CREATE_IN_PROGRESS"
}

// deliver sends a webhook of GitHub's.
func (w *world) deliver(number int) (string, error) {
	started, err := w.push("site", "push", "hush", fmt.Sprintf(`{"ref":"refs/heads/main","number":%d}`, number))
	return started.PipelineExecutionID, err
}

// push sends a push of GitHub's to a webhook, signed with a secret.
func (w *world) push(pipeline, webhook, secret, body string) (started task.Started, err error) {
	sum := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(sum, body)
	err = w.event(func(p *Platform) (err error) {
		started, err = p.Handlers().ReceiveWebhook(w.Context(), task.WebhookRequest{
			PipelineName: pipeline, WebhookName: webhook, SourceIP: "203.0.113.1", RequestID: "r", Body: []byte(body),
			Header: http.Header{"X-Github-Event": {"push"}, "X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(sum.Sum(nil))}},
		})
		return err
	})
	return started, err
}
