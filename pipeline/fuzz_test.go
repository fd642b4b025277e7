package pipeline_test

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// FuzzParseYAML and FuzzParseJSON read the API's forms and the authoring form, FuzzTemplate templates in YAML and
// FuzzTemplateJSON in JSON; all of them end up in every form.
func FuzzParseYAML(f *testing.F) { fuzz(f, "p.yaml", seeds(f, ".yaml", false)) }

func FuzzParseJSON(f *testing.F) { fuzz(f, "p.json", seeds(f, ".json", false)) }

func FuzzTemplate(f *testing.F) {
	fuzz(f, "t.yaml", append(seeds(f, ".yaml", true), []byte(everyFunction)))
}

func FuzzTemplateJSON(f *testing.F) {
	fuzz(f, "t.json", append(seeds(f, ".json", true), []byte(smallTemplate)))
}

// smallTemplate is a template in JSON.
const smallTemplate = `{"Parameters": {"P": {"Type": "String"}}, "Resources": {"R": {"Type": "AWS::CodePipeline::Pipeline",
  "Properties": {"Name": {"Fn::Sub": "a-${P}-${R.Arn}"}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Stages": [{"Name": "S",
  "Actions": [{"Name": {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, "InputArtifacts": {"Fn::Split": [",", "a,b"]}}]}]}}}}`

// everyFunction is a template that has each function and each resource that is read.
const everyFunction = `Transform: X
Parameters: {P: {Type: String, Default: d, AllowedValues: [d]}, L: {Type: CommaDelimitedList, Default: "a,b"}, O: {Type: String}}
Mappings: {M: {d: {k: v}}}
Conditions: {C: !Equals [!Ref P, d], D: !Not [!Condition C], E: !And [!Condition C, !Equals [!Ref O, x]], F: !Or [!Condition E]}
Resources:
  R:
    Type: AWS::CodePipeline::Pipeline
    Condition: E
    Properties:
      Name: !Sub ["${P}-${X}-${!Y}", {X: !Join ["-", !Ref L]}]
      RoleArn: !GetAtt Role.Arn
      ArtifactStores: [{Region: !Ref AWS::Region, ArtifactStore: {Type: S3, Location: !ImportValue b}}]
      DisableInboundStageTransitions: [{StageName: S, Reason: r}]
      Stages:
      - Name: !FindInMap [M, !Ref P, k]
        Actions:
        - !If
          - F
          - Name: !Select [0, !Split [".", a.b]]
            ActionTypeId: {Category: Source, Owner: Custom, Provider: Q, Version: 1}
            Configuration: {A: !Base64 x, B: {"Fn::ToJsonString": {a: 1}}, C: {"Fn::Length": [1]}, D: !Cidr [a, 1, 2]}
          - !Ref AWS::NoValue
  H:
    Type: AWS::CodePipeline::Webhook
    Properties: {TargetPipeline: !Ref R, TargetAction: a, Authentication: IP, Filters: [{JsonPath: $, MatchEquals: "{x}"}]}
  T:
    Type: AWS::CodePipeline::CustomActionType
    Properties: {Category: Source, Provider: Q, Version: 1, InputArtifactDetails: {MinimumCount: 0, MaximumCount: 1}}
  V:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [aws.s3]}, Targets: [{Id: a, Arn: !Sub "arn:aws:codepipeline:${AWS::Region}:1:${R}"}]}
  W:
    Type: AWS::Scheduler::Schedule
    Properties: {ScheduleExpression: rate(1 day), Target: {Arn: !GetAtt R.Arn, RoleArn: x}}
`

func fuzz(f *testing.F, file string, seeds [][]byte) {
	for _, source := range seeds {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		all, list := pipeline.ParseAll(file, source, pipeline.ParseOptions{})
		for _, p := range all {
			list.Add(pipeline.Check(p, pipeline.Options{For: pipeline.LocalEngine})...)
		}
		list = list.Sorted()
		placesHold(t, source, list)
		renderer := diag.Renderer{Source: func(string) []byte { return source }, Width: 40}
		if err := renderer.Render(io.Discard, list); err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			digestIsStable(t, p, list)
		}
	})
}

// holds wants a place to be inside the file.
func holds(t testing.TB, lines []string, at diag.Range) {
	t.Helper()
	if !at.IsKnown() {
		return
	}
	if at.Start.Line > len(lines) {
		t.Fatalf("line %d of %d", at.Start.Line, len(lines))
	}
	if length := len([]rune(lines[at.Start.Line-1])); at.Start.Column < 1 || at.Start.Column > length+1 {
		t.Fatalf("column %d of %d in line %d", at.Start.Column, length, at.Start.Line)
	}
	if at.End.Line < at.Start.Line || at.End.Line == at.Start.Line && at.End.Column < at.Start.Column {
		t.Fatalf("range %v ends before it begins", at)
	}
}

// digestIsStable wants a good definition's canonical form to be a definition with the same digest.
func digestIsStable(t *testing.T, p *pipeline.Pipeline, list diag.List) {
	t.Helper()
	if list.HasErrors() {
		return
	}
	again, problems := pipeline.Parse("canonical.json", pipeline.Canonical(p))
	if problems.HasErrors() || pipeline.Digest(again) != pipeline.Digest(p) {
		t.Fatalf("the canonical form does not stand for itself: %v\n%s", problems, pipeline.Canonical(p))
	}
}

// seeds returns the definitions of the golden files with that extension, the templates or the others.
func seeds(t testing.TB, extension string, templates bool) [][]byte {
	t.Helper()
	var seeds [][]byte
	for _, pattern := range []string{"testdata/parse/*.txtar", "testdata/check/*.txtar", "testdata/checks/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, definition := range archive.Files {
				isTemplate := bytes.Contains(definition.Data, []byte("AWS::CodePipeline::Pipeline"))
				if filepath.Ext(definition.Name) == extension && isTemplate == templates {
					seeds = append(seeds, definition.Data)
				}
			}
		}
	}
	return seeds
}
