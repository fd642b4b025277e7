package stacks

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

const stackTemplate = `{"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
 "Outputs": {"TopicName": {"Value": {"Ref": "Name"}}}}`

func aChange(operation cloudformation.Operation) cloudformation.Change {
	return cloudformation.Change{
		Operation: operation, StackName: "app", ChangeSetName: "set", Template: []byte(stackTemplate), Token: "token-1",
		Parameters: map[string]string{"Name": "one"}, Tags: map[string]string{"k": "v"}, Capabilities: []string{"CAPABILITY_IAM"},
		RoleARN: "arn:aws:iam::123456789012:role/deployer", TemplateAt: artifact.Location{Bucket: "store", Key: "release/templates/a b"},
	}
}

// account is one whose calls are answered by a.
func account(a *cloudtest.Answers) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: "http://aws.invalid", Change: cloudtest.Offline, Through: a.Through})
}

// A stack is made, changed, found by its ID once it is deleted, and not by its name.
func TestOnMoto(t *testing.T) {
	s := New(cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: cloudtest.Start(t), Change: cloudtest.Offline}), cloud.BucketOptions{})
	var missing *cloudformation.NotFoundError
	if _, err := s.DescribeStack(t.Context(), "app"); !errors.As(err, &missing) {
		t.Fatalf("a stack that is not there: %v", err)
	}
	id, err := s.Begin(t.Context(), aChange(cloudformation.CreateStack))
	if err != nil {
		t.Fatal(err)
	}
	stack, err := s.DescribeStack(t.Context(), "app")
	if err != nil || stack.ID != id || stack.Status != "CREATE_COMPLETE" || time.Since(stack.Changed) > time.Hour {
		t.Errorf("%+v, %v", stack, err)
	}
	if diff := cmp.Diff(map[string]string{"TopicName": "one"}, stack.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	events, err := s.Events(t.Context(), id, time.Now().Add(-time.Hour))
	if err != nil || len(events) == 0 || events[0].Status != "CREATE_IN_PROGRESS" || events[len(events)-1].Status != "CREATE_COMPLETE" {
		t.Errorf("events %+v, %v; want the oldest first", events, err)
	}
	if events, err = s.Events(t.Context(), id, time.Now().Add(time.Hour)); err != nil || len(events) > 0 {
		t.Errorf("events of the future: %v, %v", events, err)
	}
	change := aChange(cloudformation.UpdateStack)
	change.Parameters["Name"] = "two"
	if _, err := s.Begin(t.Context(), change); err != nil {
		t.Error(err)
	}
	changeSetsOnMoto(t, s)
	if _, err := s.Begin(t.Context(), aChange(cloudformation.DeleteStack)); err != nil {
		t.Error(err)
	}
	if stack, err := s.DescribeStack(t.Context(), id); err != nil || stack.Status != "DELETE_COMPLETE" {
		t.Errorf("deleted: %+v, %v", stack, err)
	}
}

func changeSetsOnMoto(t *testing.T, s *Stacks) {
	t.Helper()
	var missing *cloudformation.NotFoundError
	if _, err := s.DescribeChangeSet(t.Context(), "app", "set"); !errors.As(err, &missing) {
		t.Errorf("a change set that is not there: %v", err)
	}
	id, err := s.Begin(t.Context(), aChange(cloudformation.CreateChangeSet))
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.DescribeChangeSet(t.Context(), "app", "set")
	if err != nil || set.ID != id || set.Status != "CREATE_COMPLETE" || set.Description != "token-1" || set.Empty {
		t.Errorf("%+v, %v", set, err)
	}
	if _, err := s.Begin(t.Context(), aChange(cloudformation.ExecuteChangeSet)); err != nil {
		t.Error(err)
	}
	if stack, err := s.DescribeStack(t.Context(), "app"); err != nil || stack.Outputs["TopicName"] != "one" {
		t.Errorf("after the change set: %+v, %v", stack, err)
	}
	another := aChange(cloudformation.CreateChangeSet)
	another.Parameters["Name"] = "three"
	if _, err := s.Begin(t.Context(), another); err != nil {
		t.Error(err)
	}
	if err := s.DeleteChangeSet(t.Context(), "app", "set"); err != nil {
		t.Error(err)
	}
}

// A template that does not fit into a request is put into the bucket, and CloudFormation is told where.
func TestLongTemplate(t *testing.T) {
	var asked url.Values
	stored := ""
	a := &cloudtest.Answers{
		Query: map[string]func(url.Values) any{"CreateStack": func(in url.Values) any {
			asked = in
			return "<StackId>id</StackId>"
		}},
		Rest: func(r *http.Request) *http.Response {
			body, _ := io.ReadAll(r.Body)
			stored += r.Method + " " + r.URL.Path + " " + string(body)
			return cloudtest.Object("", "v1")(r)
		},
	}
	change := aChange(cloudformation.CreateStack)
	for _, c := range []struct {
		length    int
		url, body string
	}{{maxTemplateBody, "", strings.Repeat("x", maxTemplateBody)}, {maxTemplateBody + 1, "http://aws.invalid/store/release/templates/a%20b", ""}} {
		change.Template = bytes.Repeat([]byte("x"), c.length)
		if _, err := New(account(a), cloud.BucketOptions{}).Begin(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if asked.Get("TemplateURL") != c.url || asked.Get("TemplateBody") != c.body {
			t.Errorf("%d bytes: TemplateURL %q, TemplateBody of %d bytes", c.length, asked.Get("TemplateURL"), len(asked.Get("TemplateBody")))
		}
	}
	if want := "PUT /store/release/templates/a b " + string(change.Template); stored != want {
		t.Errorf("stored %.60q, want %.60q", stored, want)
	}
}

func validation(message string) func(url.Values) any {
	return func(url.Values) any { return cloudtest.Refuse(400, "ValidationError", message) }
}

// What CloudFormation tells by messages alone.
func TestStacksThatCloudFormationRefuses(t *testing.T) {
	a := &cloudtest.Answers{Query: map[string]func(url.Values) any{
		"DescribeStacks": validation("Stack with id app does not exist"),
		"UpdateStack":    validation("No updates are to be performed."),
		"CreateStack":    validation("Parameters: [X] do not exist in the template"),
		"DeleteChangeSet": func(url.Values) any {
			return cloudtest.Refuse(404, "ChangeSetNotFound", "ChangeSet [set] does not exist")
		},
		"DescribeChangeSet": func(url.Values) any {
			return "<ChangeSetId>id</ChangeSetId><Status>FAILED</Status><StatusReason>The submitted information didn't contain changes. Submit different information to create a change set.</StatusReason>"
		},
		"DeleteStack": func(url.Values) any {
			return cloudtest.Refuse(403, "AccessDenied", "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: cloudformation:DeleteStack on resource: arn:stack because no policy allows it")
		},
	}}
	s := New(account(a), cloud.BucketOptions{})
	var missing *cloudformation.NotFoundError
	if _, err := s.DescribeStack(t.Context(), "app"); !errors.As(err, &missing) {
		t.Errorf("DescribeStack: %v", err)
	}
	if _, err := s.Begin(t.Context(), aChange(cloudformation.UpdateStack)); !errors.Is(err, cloudformation.ErrNoChanges) {
		t.Errorf("UpdateStack: %v", err)
	}
	if _, err := s.Begin(t.Context(), aChange(cloudformation.CreateStack)); execution.CodeOf(err) != execution.Invalid || !strings.Contains(err.Error(), "CreateStack of stack app: ") || !strings.Contains(err.Error(), "[X]") {
		t.Errorf("CreateStack: %v", err)
	}
	if err := s.DeleteChangeSet(t.Context(), "app", "set"); err != nil {
		t.Errorf("DeleteChangeSet of one that is not there: %v", err)
	}
	if set, err := s.DescribeChangeSet(t.Context(), "app", "set"); err != nil || !set.Empty {
		t.Errorf("DescribeChangeSet: %+v, %v", set, err)
	}
	if _, err := s.Begin(t.Context(), aChange(cloudformation.DeleteStack)); execution.CodeOf(err) != execution.NotAllowed || !strings.Contains(err.Error(), "r/s needs cloudformation:DeleteStack on arn:stack") {
		t.Errorf("DeleteStack: %v", err)
	}
}

// What is asked for arrives.
func TestCreateStackInFull(t *testing.T) {
	var asked url.Values
	a := &cloudtest.Answers{Query: map[string]func(url.Values) any{"CreateStack": func(in url.Values) any {
		asked = in
		return "<StackId>id</StackId>"
	}}}
	change := aChange(cloudformation.CreateStack)
	change.StackPolicy = `{"Statement":[]}`
	if id, err := New(account(a), cloud.BucketOptions{}).Begin(t.Context(), change); err != nil || id != "id" {
		t.Fatal(id, err)
	}
	for name, want := range map[string]string{
		"StackName": "app", "ClientRequestToken": "token-1", "RoleARN": change.RoleARN, "Capabilities.member.1": "CAPABILITY_IAM", "TemplateBody": stackTemplate,
		"Parameters.member.1.ParameterKey": "Name", "Parameters.member.1.ParameterValue": "one", "Tags.member.1.Key": "k", "StackPolicyBody": change.StackPolicy,
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}
