package pipeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

const surrounded = `Parameters:
  App: {Type: String, Default: shop}
  Bucket: {Type: String}
Conditions:
  Never: !Equals [a, b]
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Sub ${App}-release
      RoleArn: arn:aws:iam::111122223333:role/Pipeline
      ArtifactStores:
      - Region: eu-west-1
        ArtifactStore: {Type: S3, Location: !Ref Bucket}
      DisableInboundStageTransitions: [{StageName: Deploy, Reason: not yet}]
      RestartExecutionOnUpdate: true
      Tags: [{Key: team, Value: a}]
      Stages:
      - Name: Source
        Actions:
        - Name: Checkout
          ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: 1}
          Configuration: {S3Bucket: !Sub "${Bucket}-src", S3ObjectKey: a.zip, PollForSourceChanges: False}
          OutputArtifacts: [{Name: App}]
      - Name: Deploy
        Actions:
        - Name: Site
          RunOrder: !If [Never, 2, 3]
          ActionTypeId: {Category: Deploy, Owner: AWS, Provider: S3, Version: 1}
          Configuration: {BucketName: site, Extract: true}
          InputArtifacts: [{Name: App}]
  Other:
    Type: AWS::CodePipeline::Pipeline
    Condition: Never
    Properties: {RoleArn: !GetAtt Role.Arn, ArtifactStore: {Type: S3, Location: bucket}, Stages: []}
  Role: {Type: "AWS::IAM::Role"}
  Hook:
    Type: AWS::CodePipeline::Webhook
    Properties: {TargetPipeline: !Ref Release, TargetAction: Checkout}
  OtherHook:
    Type: AWS::CodePipeline::Webhook
    Properties: {TargetPipeline: !Ref Other, TargetAction: Checkout}
  Joined:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail: {bucket: {name: [!Ref Bucket]}}}
      Targets:
      - Id: a
        Arn: !Join [":", [arn, !Ref AWS::Partition, codepipeline, !Ref AWS::Region, !Ref AWS::AccountId, !Ref Release]]
  Named:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets: [{Id: b, Arn: !Sub "arn:aws:codepipeline:${AWS::Region}:111122223333:${App}-release"}]
  Topic:
    Type: AWS::Events::Rule
    Properties: {Targets: [{Id: c, Arn: !Ref Role}]}
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties: {ScheduleExpression: rate(1 day), Target: {Arn: !GetAtt Other.Arn, RoleArn: x}}
  Tool:
    Type: AWS::CodePipeline::CustomActionType
    Properties: {Category: Build, Provider: Tool, Version: "1"}
`

// TestTemplateBelongings wants each pipeline of a template with what belongs to it.
func TestTemplateBelongings(t *testing.T) {
	all, list := pipeline.ParseAll("t.yaml", []byte(surrounded), pipeline.ParseOptions{})
	if list.HasErrors() || len(all) != 2 {
		t.Fatalf("%d pipelines: %v", len(all), list)
	}
	var got []string
	for _, p := range all {
		got = append(got, p.Name.Value+":")
		for _, w := range p.Template.Webhooks {
			got = append(got, w.LogicalID.Value+" "+w.TargetAction.Value)
		}
		for _, r := range p.Template.EventRules {
			got = append(got, r.LogicalID.Value+" "+r.EventPattern.Value+r.ScheduleExpression.Value)
		}
		for _, s := range p.Template.Schedules {
			got = append(got, s.LogicalID.Value+" "+s.ScheduleExpression.Value)
		}
		for _, c := range p.Template.CustomActionTypes {
			got = append(got, c.Provider.Value)
		}
	}
	want := []string{
		"shop-release:", "Hook Checkout", `Joined {"source":["aws.s3"],"detail":{"bucket":{"name":["${Bucket}"]}}}`,
		"Named rate(1 day)", "Tool", "Other:", "OtherHook Checkout", "Nightly rate(1 day)", "Tool",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTemplateIsCanonical wants a template's pipeline in the API's form, and back.
func TestTemplateIsCanonical(t *testing.T) {
	p, list := pipeline.ParseOne("t.yaml", []byte(surrounded), pipeline.ParseOptions{Pipeline: "Release"})
	if list.HasErrors() {
		t.Fatal(list)
	}
	want := `{"name":"shop-release","roleArn":"arn:aws:iam::111122223333:role/Pipeline",` +
		`"artifactStores":{"eu-west-1":{"type":"S3","location":{"Fn::Sub":"${Bucket}"}}},"executionMode":"SUPERSEDED",` +
		`"stages":[{"name":"Source","actions":[{"name":"Checkout",` +
		`"actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},"runOrder":1,` +
		`"configuration":{"PollForSourceChanges":"false","S3Bucket":{"Fn::Sub":"${Bucket}-src"},"S3ObjectKey":"a.zip"},` +
		`"outputArtifacts":[{"name":"App"}]}]},{"name":"Deploy","actions":[{"name":"Site",` +
		`"actionTypeId":{"category":"Deploy","owner":"AWS","provider":"S3","version":"1"},"runOrder":3,` +
		`"configuration":{"BucketName":"site","Extract":"true"},"inputArtifacts":[{"name":"App"}]}]}]}`
	if diff := cmp.Diff(want, string(pipeline.Canonical(p))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, problems := pipeline.Parse("c.json", pipeline.Canonical(p))
	if problems.HasErrors() || pipeline.Digest(again) != pipeline.Digest(p) {
		t.Errorf("read back it is another: %v", problems)
	}
	if again.ArtifactStores[0].Location.IsKnown() {
		t.Error("the placeholder is lost")
	}
}

// TestPick wants one pipeline: by name, by logical ID, or the only one that is made.
func TestPick(t *testing.T) {
	for _, c := range []struct{ pick, want, code string }{
		{"", "shop-release", ""},
		{"Release", "shop-release", ""},
		{"shop-release", "shop-release", ""},
		{"Other", "Other", ""},
		{"Relaese", "shop-release", "unknown-pipeline"},
	} {
		p, list := pipeline.ParseOne("t.yaml", []byte(surrounded), pipeline.ParseOptions{Pipeline: c.pick})
		if code := firstError(list); p.Name.Value != c.want || code != c.code {
			t.Errorf("%q picks %q with error %q", c.pick, p.Name.Value, code)
		}
	}
}

func firstError(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return d.Code
		}
	}
	return ""
}

// TestPlaceholdersAreNotJudged wants only what is certain to be an error.
func TestPlaceholdersAreNotJudged(t *testing.T) {
	for _, c := range []struct{ mode, code string }{
		{"!Ref Open", ""},
		{"!Sub '${Open}ED'", ""},
		{"!Sub 'X${Open}'", "unknown-value"},
		{"!Sub '${Open}x'", "unknown-value"},
	} {
		source := "Parameters: {Open: {Type: String}}\nResources:\n  P:\n    Type: AWS::CodePipeline::Pipeline\n" +
			"    Properties:\n      RoleArn: !Ref Open\n      ArtifactStore: {Type: S3, Location: b-c}\n      Stages: []\n" +
			"      ExecutionMode: " + c.mode + "\n"
		p, list := pipeline.Parse("t.yaml", []byte(source))
		list.Add(pipeline.Check(p, pipeline.Options{})...)
		var codes []string
		for _, d := range list {
			if d.Severity == diag.Error && d.At.Start.Line == 9 {
				codes = append(codes, d.Code)
			}
		}
		if got := append(codes, "")[0]; got != c.code {
			t.Errorf("%s: %q, want %q", c.mode, got, c.code)
		}
	}
}
