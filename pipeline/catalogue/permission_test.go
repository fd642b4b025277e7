package catalogue_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

var here = catalogue.Scope{Partition: "aws", Region: "eu-west-1", Account: "111122223333", Pipeline: "release"}

func TestStatements(t *testing.T) {
	for _, c := range []struct {
		name, kind    string
		configuration map[string]string
		want          []catalogue.Statement
	}{
		{
			"exact", "Approval/Manual",
			map[string]string{"NotificationArn": "arn:aws:sns:eu-west-1:111122223333:asks"},
			[]catalogue.Statement{{
				Actions: []string{"sns:Publish"}, Resources: []string{"arn:aws:sns:eu-west-1:111122223333:asks"},
				Equals: map[string]string{},
			}},
		},
		{"nothing to allow", "Approval/Manual", nil, nil},
		{
			"last part of a value", "Invoke/StepFunctions",
			map[string]string{"StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:m"},
			[]catalogue.Statement{
				{
					Actions:   []string{"states:DescribeStateMachine", "states:StartExecution"},
					Resources: []string{"arn:aws:states:eu-west-1:111122223333:stateMachine:m"}, Equals: map[string]string{},
				},
				{
					Actions:   []string{"states:DescribeExecution"},
					Resources: []string{"arn:aws:states:eu-west-1:111122223333:execution:m:*"}, Equals: map[string]string{},
				},
			},
		},
		{
			"a reference is a wildcard and a wildcard is none", "Invoke/CodePipeline",
			map[string]string{"PipelineName": "a*-#{variables.Name}-?$"},
			[]catalogue.Statement{{
				Actions:   []string{"codepipeline:StartPipelineExecution"},
				Resources: []string{"arn:aws:codepipeline:eu-west-1:111122223333:a${*}-*-${?}${$}"}, Equals: map[string]string{},
			}},
		},
		{
			"by mode", "Deploy/CloudFormation",
			map[string]string{"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "web", "ChangeSetName": "c", "RoleArn": "arn:aws:iam::111122223333:role/cfn"},
			[]catalogue.Statement{
				stackStatement("cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"),
				stackStatement("cloudformation:ExecuteChangeSet"),
				stackStatement("cloudformation:DescribeChangeSet"),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := catalogue.Find(c.kind)[0].Statements(here, c.configuration)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
}

func stackStatement(actions ...string) catalogue.Statement {
	return catalogue.Statement{
		Actions:   actions,
		Resources: []string{"arn:aws:cloudformation:eu-west-1:111122223333:stack/web/*"}, Equals: map[string]string{},
	}
}

// TestStatementsOfLists checks that a list makes one resource for each item, and that conditions are filled.
func TestStatementsOfLists(t *testing.T) {
	row := catalogue.Find("Deploy/EC2")[0]
	statements := row.Statements(here, map[string]string{
		"InstanceTagKey": "Name", "InstanceTagValue": "web", "InstanceType": "EC2", "TargetGroupNameList": "blue, green",
	})
	var groups []string
	tagged := false
	for _, s := range statements {
		if s.Actions[0] == "elasticloadbalancing:DeregisterTargets" {
			groups = s.Resources
		}
		tagged = tagged || s.Equals["aws:ResourceTag/Name"] == "web"
	}
	want := []string{
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/blue/*",
		"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/green/*",
	}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Errorf("target groups (-want +got):\n%s", diff)
	}
	if !tagged {
		t.Error("commands are not held to the tagged instances")
	}
}

// TestPassedRoles checks that a role is passed to one service only, and only where the action does so.
func TestPassedRoles(t *testing.T) {
	row := catalogue.Find("Deploy/CloudFormation")[0]
	for mode, passes := range map[string]bool{"CREATE_UPDATE": true, "CHANGE_SET_EXECUTE": false} {
		found := false
		for _, s := range row.Statements(here, map[string]string{"ActionMode": mode, "StackName": "web", "RoleArn": "arn:aws:iam::111122223333:role/cfn"}) {
			if s.Actions[0] == "iam:PassRole" {
				found = s.Equals["iam:PassedToService"] == "cloudformation.amazonaws.com"
			}
		}
		if found != passes {
			t.Errorf("%s passes the role: %t, want %t", mode, found, passes)
		}
	}
}
