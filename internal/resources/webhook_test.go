package resources_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

const hooked = `Parameters: {Token: {Type: String, NoEcho: true}, Branch: {Type: String}, Range: {Type: String}}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: hooked
      RoleArn: arn:aws:iam::111122223333:role/p
      ArtifactStore: {Type: S3, Location: store}
      Stages:
      - Name: Source
        Actions:
        - Name: Get
          ActionTypeId: {Category: Source, Owner: ThirdParty, Provider: GitHub, Version: "1"}
          Configuration: {Owner: o, Repo: r, Branch: main, OAuthToken: "{{resolve:secretsmanager:github}}"}
          OutputArtifacts: [{Name: A}]
      - Name: Approve
        Actions:
        - Name: M
          ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
  Open:
    Type: AWS::CodePipeline::Webhook
    Properties:
      Name: !Sub "on-${Branch}"
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: Get
      Authentication: GITHUB_HMAC
      AuthenticationConfiguration: {SecretToken: !Ref Token}
      Filters: [{JsonPath: $.ref, MatchEquals: !Sub "refs/heads/${Branch}-${!Literal}"}]
  Named:
    Type: AWS::CodePipeline::Webhook
    Properties:
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: Get
      Authentication: GITHUB_HMAC
      AuthenticationConfiguration: {SecretToken: "{{resolve:secretsmanager:hook:SecretString:token}}"}
      Filters: [{JsonPath: $.ref}]
  Near:
    Type: AWS::CodePipeline::Webhook
    Properties:
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: Get
      Authentication: IP
      AuthenticationConfiguration: {AllowedIPRange: !Ref Range}
      Filters: [{JsonPath: $.ref}]
`

// TestWebhooks holds what is registered of webhooks that a template leaves open, and that the template stays as it is.
func TestWebhooks(t *testing.T) {
	d, list := pipeline.Parse("hooked.yaml", []byte(hooked))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Branch", "Range", "Token"}, made.Open); diff != "" {
		t.Errorf("what is open (-want +got):\n%s", diff)
	}
	if secrets := resources.OpenSecrets(resources.Deployed(d)); !secrets["Token"] || secrets["Branch"] {
		t.Errorf("the names of secrets are %v", secrets)
	}
	got, err := resources.FillWebhooks(made.Webhooks, map[string]string{"Branch": "main", "Token": `ho"ok2`, "Range": "192.0.2.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	want := []execution.Webhook{
		{
			Name: "on-main", TargetAction: "Get", Authentication: "GITHUB_HMAC",
			AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: `{{resolve:secretsmanager:ho"ok2}}`},
			Filters:                     []execution.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/main-${Literal}"}},
		},
		{
			Name: "Named", TargetAction: "Get", Authentication: "GITHUB_HMAC",
			AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "{{resolve:secretsmanager:hook:SecretString:token}}"},
			Filters:                     []execution.WebhookFilter{{JSONPath: "$.ref"}},
		},
		{
			Name: "Near", TargetAction: "Get", Authentication: "IP",
			AuthenticationConfiguration: execution.WebhookAuthentication{AllowedIPRange: "192.0.2.0/24"},
			Filters:                     []execution.WebhookFilter{{JSONPath: "$.ref"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
	if _, err := resources.FillWebhooks(made.Webhooks, map[string]string{"Branch": "", "Token": ""}); err == nil || !strings.Contains(err.Error(), `["Range"]`) {
		t.Errorf("a value is missing: %v", err)
	}
	if w := d.Template.Webhooks[0]; w.Name.Value != "on-${Branch}" || w.AuthenticationConfiguration.SecretToken.Value != "${Token}" {
		t.Errorf("the template has changed: %q", w.Name.Value)
	}
}

// TestWebhookSecrets holds that receive-webhook reads the secret of the webhook that it has a request for, and in that
// session nothing else, the pipeline's other secrets included.
func TestWebhookSecrets(t *testing.T) {
	d, list := pipeline.Parse("hooked.yaml", []byte(hooked))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, func(name string) string { return "the" + name })
	if err != nil {
		t.Fatal(err)
	}
	role, err := json.Marshal(resources.NewDocument(made.Role))
	if err != nil {
		t.Fatal(err)
	}
	secretOf := func(id string) call {
		return call{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + id + "-AbCdEf", nil}
	}
	for _, id := range []string{"hook", "theToken"} {
		secret, is := catalogue.ParseSecret("{{resolve:secretsmanager:" + id + ":SecretString:token}}")
		if !is {
			t.Fatal("this is a reference")
		}
		narrowed, err := here.SecretPolicy(secret)
		if err != nil {
			t.Fatal(err)
		}
		s := session{role: readPolicy(t, role), narrowed: readPolicy(t, []byte(narrowed))}
		if !s.allows(secretOf(id)) {
			t.Errorf("the secret %s of a webhook may not be read: %s", id, role)
		}
		for _, c := range []call{
			secretOf("github"), secretOf(id + "-other"),
			{"secretsmanager:PutSecretValue", secretOf(id).resource, nil},
			{"s3:GetObject", here.BucketARN("store") + "/hooked/A/0", nil},
		} {
			if s.allows(c) {
				t.Errorf("whoever reads the secret %s may %s %s", id, c.action, c.resource)
			}
		}
	}
}
