package notifications

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

var anApproval = events.ApprovalMessage{Region: cloudtest.Region, Approval: events.Approval{
	PipelineName: "release", PipelineExecutionID: "e1", StageName: "Approve", ActionName: "Release", Token: "t",
	Expires: "2026-12-03T12:00Z", ExternalEntityLink: "http://example.com", CustomData: "Look at it",
}}

const topic = "arn:aws:sns:eu-central-1:123456789012:approvals"

// account is one whose calls are answered by a.
func account(a *cloudtest.Answers) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: "http://aws.invalid", Change: cloudtest.Offline, Through: a.Through})
}

func TestNotify(t *testing.T) {
	var asked url.Values
	a := &cloudtest.Answers{Query: map[string]func(url.Values) any{"Publish": func(in url.Values) any {
		asked = in
		return "<MessageId>m</MessageId>"
	}}}
	if err := New(account(a)).Notify(t.Context(), topic, anApproval); err != nil {
		t.Fatal(err)
	}
	var bodies map[string]string
	var got events.ApprovalMessage
	if err := json.Unmarshal([]byte(asked.Get("Message")), &bodies); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(bodies["default"]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(anApproval, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	for _, line := range []string{"until:      2026-12-03T12:00Z", "Look at it", "review:     http://example.com", "  penstock approve e1 Approve/Release"} {
		if !strings.Contains(bodies["email"], line+"\n") {
			t.Errorf("the mail has no line %q:\n%s", line, bodies["email"])
		}
	}
	if got, want := asked.Get("Subject"), "APPROVAL NEEDED: AWS CodePipeline release for action Release"; got != want || asked.Get("MessageStructure") != "json" || asked.Get("TopicArn") != topic {
		t.Errorf("Subject %q, want %q; %v", got, want, asked)
	}
	long := anApproval
	long.Approval.PipelineName, long.Approval.ActionName = strings.Repeat("p", 100), strings.Repeat("a", 100)
	if got := approvalSubject(long.Approval); len(got) != maxSubject {
		t.Errorf("the subject has %d characters", len(got))
	}
}

func TestNotifyWithoutTopic(t *testing.T) {
	a := &cloudtest.Answers{}
	if err := New(account(a)).Notify(t.Context(), "", anApproval); err != nil || len(a.Asked) != 0 {
		t.Errorf("%v, %v", a.Asked, err)
	}
}

func TestNotifyRefused(t *testing.T) {
	a := &cloudtest.Answers{Query: map[string]func(url.Values) any{"Publish": func(url.Values) any {
		return cloudtest.Refuse(403, "AuthorizationError", "User: arn:aws:iam::1:role/r is not authorized to perform: SNS:Publish on resource: "+topic)
	}}}
	err := New(account(a)).Notify(t.Context(), topic, anApproval)
	if execution.CodeOf(err) != execution.NotAllowed || !strings.Contains(err.Error(), "arn:aws:iam::1:role/r needs SNS:Publish on "+topic) {
		t.Errorf("error %v", err)
	}
}

// A topic of moto takes the message.
func TestOnMoto(t *testing.T) {
	moto := cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: cloudtest.Start(t), Change: cloudtest.Offline})
	var created struct {
		TopicARN string `xml:"CreateTopicResult>TopicArn"`
	}
	if err := moto.Service(service).Call(t.Context(), "CreateTopic", url.Values{"Name": {"approvals"}}, &created); err != nil {
		t.Fatal(err)
	}
	onMoto := New(moto)
	if err := onMoto.Notify(t.Context(), created.TopicARN, anApproval); err != nil {
		t.Error(err)
	}
	if err := onMoto.Notify(t.Context(), topic+"-none", anApproval); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("error %v, want code %s", err, execution.NotFound)
	}
}
