package resources_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/events/pattern"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// targetTemplate is a target's as CloudFormation reads it: ${} filled, Fn::Sub gone.
func targetTemplate(t *testing.T, target resources.Target) map[string]any {
	t.Helper()
	text, err := target.Template()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := target.Template(); err != nil || !bytes.Equal(text, again) {
		t.Errorf("a second template is another: %v", err)
	}
	var read map[string]any
	if err := yaml.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	filled, _ := filledIn(read["Resources"]).(map[string]any)
	return filled
}

func filledIn(part any) any {
	switch part := part.(type) {
	case map[string]any:
		if text, is := part["Fn::Sub"].(string); is {
			return strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::Region}", "eu-west-3", "${AWS::AccountId}", "444455556666").Replace(text)
		}
		for name, member := range part {
			part[name] = filledIn(member)
		}
	case []any:
		for i, item := range part {
			part[i] = filledIn(item)
		}
	}
	return part
}

func propertiesOf(t *testing.T, all map[string]any, id string) map[string]any {
	t.Helper()
	resource, _ := all[id].(map[string]any)
	properties, is := resource["Properties"].(map[string]any)
	if !is {
		t.Fatalf("there is no %s", id)
	}
	return properties
}

// TestTargetTrust holds whom a target's role trusts: exactly what the platform assumes it as.
func TestTargetTrust(t *testing.T) {
	for _, c := range []struct {
		pipelines []string
		region    string
		name      string
		want      bool
	}{
		{nil, "eu-west-1", "shop", true},
		{nil, "eu-west-3", "shop", false}, // of a platform in another Region
		{nil, "", "shop", false},          // the platform is where the target is, and this one is not
		{[]string{"shop"}, "eu-west-1", "shop", true},
		{[]string{"shop"}, "eu-west-1", "shop2", false},
	} {
		made := targetTemplate(t, resources.Target{Platform: "penstock", Account: here.Account, Region: c.region, Pipelines: c.pipelines})
		trust, err := json.Marshal(propertiesOf(t, made, "Role")["AssumeRolePolicyDocument"])
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Statement []struct {
				Principal map[string]string
				Condition struct {
					ArnLike, StringLike map[string]anyOf
				}
			}
		}
		if err := json.Unmarshal(trust, &document); err != nil {
			t.Fatal(err)
		}
		s := document.Statement[0]
		got := s.Principal["AWS"] == "arn:aws:iam::111122223333:root" &&
			s.Condition.ArnLike["aws:PrincipalArn"].match(here.PipelineRoleARN(c.name)) && s.Condition.StringLike["sts:ExternalId"].match(here.PipelineARN(c.name))
		if got != c.want {
			t.Errorf("%+v: trusted %t by %s", c, got, trust)
		}
	}
}

// TestTargetNames holds that the platform finds what the target has.
func TestTargetNames(t *testing.T) {
	there := resources.Platform{Name: "penstock", Partition: "aws", Region: "eu-west-3", Account: "444455556666"}
	made := targetTemplate(t, resources.Target{Platform: "penstock", Account: here.Account, Region: here.Region})
	role := propertiesOf(t, made, "Role")
	if got := fmt.Sprintf("arn:aws:iam::%s:role%v%v", there.Account, role["Path"], role["RoleName"]); got != there.TargetRoleARN() {
		t.Errorf("the role is %s, not %s", got, there.TargetRoleARN())
	}
	if got := propertiesOf(t, made, "Artifacts")["BucketName"]; got != there.TargetBucket() {
		t.Errorf("the bucket is %s", got)
	}
}

// TestTargetForwards holds that whatever a rule of a pipeline waits for is forwarded, but for what no rule is made of.
func TestTargetForwards(t *testing.T) {
	made := targetTemplate(t, resources.Target{Platform: "penstock", Account: here.Account, Region: here.Region})
	text, err := json.Marshal(propertiesOf(t, made, "Forward")["EventPattern"])
	if err != nil {
		t.Fatal(err)
	}
	forward, problems := pattern.Compile("forward", text)
	if problems != nil {
		t.Fatal(problems)
	}
	for _, row := range events.Rules() {
		source, kinds := fmt.Sprint(row.Pattern["source"]), fmt.Sprint(row.Pattern["detail-type"])
		event := fmt.Sprintf(`{"source":%q,"detail-type":%q}`, strings.Trim(source, "[]"), strings.Trim(kinds, "[]"))
		want := strings.HasPrefix(source, "[aws.") && row.Provider != "" && row.Name != "s3-cloudtrail"
		if got, err := forward.Match([]byte(event)); err != nil || got != want {
			t.Errorf("%s is forwarded: %t, %v", event, got, err)
		}
	}
}

// TestActionOfAnotherAccount holds that what an action may do, and what it waits for, is in the account of its role.
func TestActionOfAnotherAccount(t *testing.T) {
	const source = `name: away
pipelineType: V2
roleArn: arn:aws:iam::111122223333:role/p
artifactStore: {type: S3, location: s, encryptionKey: {type: KMS, id: "arn:aws:kms:eu-west-1:111122223333:key/k"}}
stages:
- name: Source
  actions: [{name: S, actionTypeId: Source/ECR, configuration: {RepositoryName: r}, outputArtifacts: [{name: A}]}]
- name: Deploy
  actions:
  - name: D
    actionTypeId: Deploy/CloudFormation
    roleArn: arn:aws:iam::444455556666:role/penstock/penstock-target-eu-west-1
    configuration: {ActionMode: DELETE_ONLY, StackName: web}
`
	d, list := pipeline.Parse("away.yaml", []byte(source))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	action := &d.Stages[1].Actions[0]
	access := resources.ActionAccess{Pipeline: "away", Action: action, Configuration: map[string]string{"ActionMode": "DELETE_ONLY", "StackName": "web"}}
	policy, err := here.ActionRolePolicy(access)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := json.Marshal(made.Rules)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"policy": policy, "rules": string(rules)} {
		if !strings.Contains(text, ":cloudformation:eu-west-1:444455556666:stack/web/") || strings.Contains(text, ":cloudformation:eu-west-1:111122223333:") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
