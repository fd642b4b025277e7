//go:build synth

package infra_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/resources"
)

// statement is one of a policy document of a template, with where it stands.
type statement struct {
	at        string
	effect    string
	actions   []string
	resources []string
	principal any
	condition map[string]any
}

// statements of all policy documents: whatever has a Statement below a resource's properties.
func statements(all map[string]template, kinds ...string) []statement {
	var found []statement
	for stack, made := range all {
		for id, r := range made.Resources {
			if len(kinds) == 0 || slices.Contains(kinds, r.Type) {
				found = append(found, inside(fmt.Sprintf("%s/%s (%s)", stack, id, r.Type), r.Properties)...)
			}
		}
	}
	return found
}

func inside(at string, value any) []statement {
	var found []statement
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if name != "Statement" {
				found = append(found, inside(at+"."+name, member)...)
				continue
			}
			for _, one := range list(member) {
				found = append(found, read(at, one))
			}
		}
	case []any:
		for _, item := range value {
			found = append(found, inside(at, item)...)
		}
	}
	return found
}

func read(at string, value any) statement {
	written, _ := value.(map[string]any)
	s := statement{at: at, effect: text(written["Effect"]), principal: written["Principal"]}
	s.condition, _ = written["Condition"].(map[string]any)
	for _, action := range list(written["Action"]) {
		s.actions = append(s.actions, text(action))
	}
	for _, resource := range list(written["Resource"]) {
		s.resources = append(s.resources, text(resource))
	}
	return s
}

func noWildcards(t *testing.T, templates map[string]template) {
	all := statements(templates)
	if len(all) < 50 {
		t.Fatalf("only %d statements were found", len(all))
	}
	for _, s := range all {
		if s.effect == "Deny" {
			continue
		}
		for _, action := range s.actions {
			if strings.Contains(action, "*") {
				t.Errorf("%s allows %s", s.at, action)
			}
		}
		if problem := wildcardResource(s); problem != "" {
			t.Errorf("%s: %s", s.at, problem)
		}
		for _, principal := range principals(s.principal) {
			if strings.Contains(principal, "*") {
				t.Errorf("%s trusts %s", s.at, principal)
			}
		}
	}
}

// wildcardResource says what is wrong with a statement whose resource is anything. In the policy of a key "*" is that
// key.
func wildcardResource(s statement) string {
	if !slices.Contains(s.resources, "*") || strings.Contains(s.at, "(AWS::KMS::Key)") {
		return ""
	}
	for _, action := range s.actions {
		if !slices.Contains(resources.WithoutResource(), action) {
			return action + " on *"
		}
	}
	return ""
}

func principals(value any) []string {
	var all []string
	switch value := value.(type) {
	case string:
		return []string{value}
	case map[string]any:
		for _, member := range value {
			for _, one := range list(member) {
				all = append(all, text(one))
			}
		}
	}
	return all
}

// trusts holds that roles have one of two shapes of trust: a service, for sources of this account where the service
// sends them; or exact roles of functions, with the ARN of the pipeline as external ID.
func trusts(t *testing.T, all map[string]template) {
	shapes := map[string]int{}
	for _, s := range statements(all, "AWS::IAM::Role") {
		if !strings.HasSuffix(s.at, "AssumeRolePolicyDocument") {
			continue
		}
		shape := shapeOf(s)
		if shape == "" {
			t.Errorf("%s: principal %v, condition %v", s.at, s.principal, s.condition)
		}
		shapes[shape]++
	}
	for _, shape := range []string{"service", "lambda", "gateway", "functions"} {
		if shapes[shape] == 0 {
			t.Errorf("no role is trusted by %s: %v", shape, shapes)
		}
	}
}

// versions are all of one state machine, behind its whole name.
var versions = regexp.MustCompile(`(:stateMachine:[\w-]+):\*`)

func shapeOf(s statement) string {
	equals, _ := s.condition["StringEquals"].(map[string]any)
	like, _ := s.condition["ArnLike"].(map[string]any)
	for _, principal := range principals(s.principal) {
		switch {
		case principal == "lambda.amazonaws.com" && s.condition == nil:
			return "lambda"
		case principal == "apigateway.amazonaws.com" && s.condition == nil && strings.Contains(s.at, "ApiLogRole"):
			return "gateway"
		case strings.HasSuffix(principal, ".amazonaws.com"):
			if text(equals["aws:SourceAccount"]) == "{AWS::AccountId}" && like["aws:SourceArn"] != nil && !strings.Contains(versions.ReplaceAllString(fmt.Sprint(like), ""), "*") {
				return "service"
			}
			return ""
		case !strings.Contains(principal, ":role/penstock/penstock-"):
			return ""
		}
	}
	if strings.Contains(text(equals["sts:ExternalId"]), ":codepipeline:") && len(principals(s.principal)) > 0 {
		return "functions"
	}
	return ""
}

// encrypted says of each type that holds something how its encryption is written, and lists those that hold nothing.
var encrypted = map[string]string{
	"AWS::S3::Bucket":                  "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID",
	"AWS::DynamoDB::Table":             "SSESpecification.KMSMasterKeyId",
	"AWS::SQS::Queue":                  "SqsManagedSseEnabled",
	"AWS::Logs::LogGroup":              "KmsKeyId",
	"AWS::Lambda::Function":            "KmsKeyArn",
	"AWS::StepFunctions::StateMachine": "EncryptionConfiguration.KmsKeyId",
	"AWS::CodeBuild::Project":          "EncryptionKey",
	"AWS::KMS::Key":                    "EnableKeyRotation",
	"AWS::SecretsManager::Secret":      "KmsKeyId",
	"AWS::KMS::Alias":                  "",
	"AWS::IAM::Role":                   "",
	"AWS::IAM::ManagedPolicy":          "",
	"AWS::S3::BucketPolicy":            "",
	"AWS::SQS::QueuePolicy":            "",
	"AWS::Lambda::EventInvokeConfig":   "",
	"AWS::Lambda::Permission":          "",
	"AWS::Events::Rule":                "",
	"AWS::Scheduler::Schedule":         "", // its input is the name of the pipeline
	"AWS::CloudWatch::Alarm":           "",
	"AWS::CloudWatch::Dashboard":       "",
	"AWS::ApiGatewayV2::Api":           "",
	"AWS::ApiGatewayV2::Integration":   "",
	"AWS::ApiGatewayV2::Route":         "",
	"AWS::ApiGatewayV2::Stage":         "",
	"AWS::Events::EventBusPolicy":      "",
	"AWS::ApiGateway::Account":         "",
	"AWS::ApiGateway::RestApi":         "",
	"AWS::ApiGateway::Resource":        "",
	"AWS::ApiGateway::Method":          "",
	"AWS::ApiGateway::Deployment":      "",
	"AWS::ApiGateway::Stage":           "", // nothing is cached
	"Custom::PenstockPipeline":         "",
}

func encryption(t *testing.T, all map[string]template) {
	for stack, made := range all {
		for id, r := range made.Resources {
			path, known := encrypted[r.Type]
			if !known {
				t.Errorf("%s/%s: nobody said how %s is encrypted", stack, id, r.Type)
			}
			if path == "" {
				continue
			}
			if value := at(r.Properties, strings.Split(path, ".")); value == nil || value == false {
				t.Errorf("%s/%s (%s): %s is %v", stack, id, r.Type, path, value)
			}
		}
	}
}

// at follows a path, through the first item of lists.
func at(value any, path []string) any {
	if items, is := value.([]any); is && len(items) > 0 {
		value = items[0]
	}
	if len(path) == 0 {
		return value
	}
	members, _ := value.(map[string]any)
	return at(members[path[0]], path[1:])
}
