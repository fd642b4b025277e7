package execution_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// The webhooks of a template are registered beside the definition. One without a name has that of its resource.
func TestWebhooksOfATemplate(t *testing.T) {
	p, diagnostics := pipeline.Parse("template.yaml", []byte(`Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties: {Name: p, RoleArn: arn:aws:iam::123456789012:role/r, Stages: []}
  Hook:
    Type: AWS::CodePipeline::Webhook
    Properties:
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: Checkout
      Authentication: GITHUB_HMAC
      AuthenticationConfiguration: {SecretToken: "{{resolve:secretsmanager:hook}}"}
      Filters: [{JsonPath: $.ref, MatchEquals: "refs/heads/{Branch}"}]
  Near:
    Type: AWS::CodePipeline::Webhook
    Properties:
      Name: near
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: Checkout
      Authentication: IP
      AuthenticationConfiguration: {AllowedIPRange: 192.0.2.0/24}
      Filters: []
`))
	if p == nil || p.Template == nil {
		t.Fatalf("%d errors, no template", diagnostics.Errors())
	}
	want := []execution.Webhook{
		{
			Name: "Hook", TargetAction: "Checkout", Authentication: "GITHUB_HMAC",
			AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "{{resolve:secretsmanager:hook}}"},
			Filters:                     []execution.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/{Branch}"}},
		},
		{
			Name: "near", TargetAction: "Checkout", Authentication: "IP",
			AuthenticationConfiguration: execution.WebhookAuthentication{AllowedIPRange: "192.0.2.0/24"},
			Filters:                     []execution.WebhookFilter{},
		},
	}
	if diff := cmp.Diff(want, execution.Webhooks(p)); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
}
