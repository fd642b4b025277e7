package resources_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events/pattern"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write the golden files")

var here = resources.Platform{
	Name: "penstock", Partition: "aws", Region: "eu-west-1", Account: "111122223333",
	Key: "arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888",
}

// examples are those of the repository, by name, and a template that leaves things open.
func examples(t *testing.T) map[string]*pipeline.Pipeline {
	t.Helper()
	files, err := filepath.Glob("../../examples/*/pipeline.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	all := map[string]*pipeline.Pipeline{}
	for _, file := range append(files, "testdata/open.yaml") {
		p := parse(t, file)
		all[p.Name.Value] = p
	}
	return all
}

func parse(t *testing.T, file string) *pipeline.Pipeline {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, list := pipeline.Parse(file, source)
	list.Add(pipeline.Check(p, resources.CheckOptions())...)
	if list.HasErrors() {
		t.Fatalf("%s: %v", file, list.Sorted())
	}
	return p
}

// TestPipeline holds what examples are made of against testdata/NAME.json.
func TestPipeline(t *testing.T) {
	for name, p := range examples(t) {
		t.Run(name, func(t *testing.T) {
			made, err := here.Pipeline(p, machines.Compile, resources.Named)
			if err != nil {
				t.Fatal(err)
			}
			made.Source = nil // it has tests of its own
			for i := range made.Machines {
				if !json.Valid(made.Machines[i].Definition) {
					t.Errorf("machine %d is no JSON", i)
				}
				made.Machines[i].Definition = nil
			}
			golden(t, name, made)
		})
	}
}

func golden(t *testing.T, name string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestPatterns holds that EventBridge takes every pattern, and that names fit where they go.
func TestPatterns(t *testing.T) {
	own, err := here.Rules()
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string][]resources.Rule{"": own}
	for name, p := range examples(t) {
		made, err := here.Pipeline(p, machines.Compile, resources.Named)
		if err != nil {
			t.Fatal(err)
		}
		rules[name] = made.Rules
	}
	for name, of := range rules {
		for _, rule := range of {
			if full := here.Rule(name, rule.Name); len(full) > 64 {
				t.Errorf("rule %s has %d characters", full, len(full))
			}
			if rule.Pattern == nil {
				continue
			}
			text, err := json.Marshal(rule.Pattern)
			if err != nil {
				t.Fatal(err)
			}
			if _, problems := pattern.Compile(rule.Name, text); problems != nil {
				t.Errorf("%s %s: %s: %v", name, rule.Name, text, problems)
			}
		}
	}
}

// TestRulesAreJoined holds that many projects make few rules, none too long, and that a reference matches anything.
func TestRulesAreJoined(t *testing.T) {
	var source strings.Builder
	source.WriteString("name: many\npipelineType: V2\nvariables: [{name: X, defaultValue: a}]\nstages:\n" +
		"- name: Source\n  actions: [{name: S, actionTypeId: Source/ECR, configuration: {RepositoryName: r}, outputArtifacts: [{name: A}]}]\n- name: Build\n  actions:\n")
	for i := range 40 {
		project := strings.Repeat("p", 60) + string(rune('a'+i%26)) + string(rune('a'+i/26))
		if i == 39 {
			project = "my-#{variables.X}"
		}
		source.WriteString("  - {name: B" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ", actionTypeId: Build/CodeBuild, configuration: {ProjectName: \"" +
			project + "\"}, inputArtifacts: [{name: A}]}\n")
	}
	p, list := pipeline.Parse("many.yaml", []byte(source.String()))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(p, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	builds := 0
	all := ""
	for _, rule := range made.Rules {
		if rule.Function != resources.CompleteAction {
			continue
		}
		builds++
		text, err := json.Marshal(rule.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
		if len(text) > 2048 {
			t.Errorf("the pattern of %s has %d bytes", rule.Name, len(text))
		}
		if _, problems := pattern.Compile(rule.Name, text); problems != nil {
			t.Error(problems)
		}
	}
	if builds < 2 || builds > 3 {
		t.Errorf("40 projects make %d rules", builds)
	}
	if !strings.Contains(all, `{"wildcard":"my-*"}`) {
		t.Errorf("no wildcard for the project with a variable in %s", all)
	}
}

// TestDeployed holds what becomes of a name and a secret that nobody knows yet, and that the definition stays as it is.
func TestDeployed(t *testing.T) {
	source := `Parameters: {Token: {Type: String, NoEcho: true}, Stage: {Type: String}}
Resources:
  P:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Sub "app-${Stage}"
      RoleArn: arn:aws:iam::111122223333:role/p
      ArtifactStore: {Type: S3, Location: store}
      Stages:
      - Name: Source
        Actions:
        - Name: S
          ActionTypeId: {Category: Source, Owner: ThirdParty, Provider: GitHub, Version: "1"}
          Configuration: {Owner: o, Repo: r, Branch: main, OAuthToken: !Ref Token}
          OutputArtifacts: [{Name: A}]
      - Name: Approve
        Actions:
        - Name: M
          ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
`
	p, list := pipeline.Parse("t.yaml", []byte(source))
	if list.HasErrors() {
		t.Fatal(list)
	}
	before := pipeline.Digest(p)
	made, err := here.Pipeline(p, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	if pipeline.Digest(p) != before {
		t.Error("the definition has changed")
	}
	if made.Name != "P" || made.Machines[0].Name != "penstock-P" {
		t.Errorf("the pipeline has the name %q, its machine %q", made.Name, made.Machines[0].Name)
	}
	if !resources.OpenSecrets(resources.Deployed(p))["Token"] {
		t.Error("Token is not the name of a secret")
	}
	role, err := json.Marshal(made.Role)
	if err != nil || !strings.Contains(string(role), "secret:${Token}-??????") {
		t.Errorf("the secret is not in the role: %s", role)
	}
	if definition := string(made.Machines[0].Definition); !strings.Contains(definition, "resolve:secretsmanager:") || strings.Contains(definition, "{{resolve:") {
		t.Errorf("the reference is not in the definition, or CloudFormation sees it: %s", definition)
	}
}

// TestDynamicReferences holds that CloudFormation finds none in a definition, and Step Functions reads the same text.
func TestDynamicReferences(t *testing.T) {
	made, err := here.Pipeline(examples(t)["open"], machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	definition := made.Machines[0].Definition
	if bytes.Contains(definition, []byte("{{resolve:")) {
		t.Error("CloudFormation would put the secret into the definition")
	}
	var read any
	if err := json.Unmarshal(definition, &read); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read)
	if err != nil || !bytes.Contains(again, []byte("{{resolve:secretsmanager:github")) {
		t.Errorf("the reference is gone: %v", err)
	}
}

// TestNames holds that names are as short as their services want them, and different ones stay different.
func TestNames(t *testing.T) {
	long := strings.Repeat("x", 99)
	for _, names := range [][2]string{{long + "a", long + "b"}, {"a.b", "a@b"}, {"platform", "platforms"}} {
		for most, name := range map[int]func(string) string{
			64:  here.PipelineRole,
			80:  func(p string) string { return here.StateMachine(p, 11) },
			128: here.PipelineStack,
		} {
			first, second := name(names[0]), name(names[1])
			if first == second || len(first) > most || len(second) > most {
				t.Errorf("%s and %s have the names %q and %q", names[0], names[1], first, second)
			}
		}
	}
	if here.PipelineStack("platform") == here.PlatformStack() {
		t.Error("a pipeline has the stack of the platform")
	}
}

// TestLambdaFunctions holds that every function is described, and that only those that assume roles may.
func TestLambdaFunctions(t *testing.T) {
	described := map[string]bool{}
	for _, f := range here.LambdaFunctions("assets") {
		described[f.Name] = true
		assumes := slices.ContainsFunc(f.Role, func(s resources.Statement) bool { return slices.Contains(s.Actions, "sts:AssumeRole") })
		if assumes != slices.Contains(resources.Assumers(), f.Name) {
			t.Errorf("%s assumes roles: %t", f.Name, assumes)
		}
	}
	for _, name := range resources.Functions() {
		if !described[name] {
			t.Errorf("nobody said what %s needs", name)
		}
	}
}

// TestDocuments holds that what is too long for a role becomes policies that are not, and allow the same.
func TestDocuments(t *testing.T) {
	var all []resources.Statement
	for i := range 30 {
		s := resources.Statement{Actions: []string{"s3:GetObject"}}
		for j := range 20 {
			s.Resources = append(s.Resources, here.BucketARN(strings.Repeat("b", i+3)+string(rune('a'+j)))+"/*")
		}
		all = append(all, s)
	}
	documents := here.Documents(all)
	if len(documents) < 4 {
		t.Errorf("%d documents", len(documents))
	}
	resourcesOf := 0
	for _, d := range documents {
		text, err := json.Marshal(d)
		if err != nil || len(text) > 6_144 {
			t.Errorf("a document has %d characters: %v", len(text), err)
		}
		for _, s := range d.Statement {
			resourcesOf += len(s.Resource)
		}
	}
	if resourcesOf != 600 {
		t.Errorf("%d resources of 600", resourcesOf)
	}
	if got := here.Documents(all[:2]); len(got) != 1 {
		t.Errorf("a short policy is %d documents", len(got))
	}
}

// TestSessionPolicyTooLong holds that the error has the figures.
func TestSessionPolicyTooLong(t *testing.T) {
	p := examples(t)["static-site"]
	access := resources.ActionAccess{Pipeline: "static-site", Action: &p.Stages[1].Actions[0], Configuration: map[string]string{"ProjectName": "p"}}
	for i := range 30 {
		access.Reads = append(access.Reads, resources.Object{Bucket: "store", Key: strings.Repeat("k", 60) + string(rune('a'+i))})
	}
	_, err := here.SessionPolicy(access)
	if err == nil || !strings.Contains(err.Error(), "AWS takes 2048") || !strings.Contains(err.Error(), "artifacts 2") {
		t.Errorf("got %v", err)
	}
}

// TestSessionPolicyBelow holds that what lies below a key may be read, and not written, and nothing beside it.
func TestSessionPolicyBelow(t *testing.T) {
	p := examples(t)["static-site"]
	text, err := here.SessionPolicy(resources.ActionAccess{
		Pipeline: "static-site", Action: &p.Stages[1].Actions[0], Configuration: map[string]string{"ProjectName": "p"},
		Below: []resources.Object{{Bucket: here.Bucket(), Key: "static-site/*/1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	narrowed := readPolicy(t, []byte(text))
	for c, want := range map[[2]string]bool{
		{"s3:GetObject", "/static-site/*/1/build/artifact"}: true,
		{"s3:PutObject", "/static-site/*/1/build/artifact"}: false,
		{"s3:GetObject", "/static-site/*/10/artifact"}:      false,
		{"s3:GetObject", "/static-site/A/1/artifact"}:       false,
	} {
		if got := narrowed.allows(call{c[0], here.BucketARN(here.Bucket()) + c[1], nil}); got != want {
			t.Errorf("%s %s: %t, want %t", c[0], c[1], got, want)
		}
	}
}

// TestBuildRole holds what builds on the platform's projects may do: what is their pipeline's, in its own store, and nothing
// of another's.
func TestBuildRole(t *testing.T) {
	const source = `name: shop
pipelineType: V2
artifactStore: {type: S3, location: own-store, encryptionKey: {type: KMS, id: alias/own}}
stages:
- name: Source
  actions:
  - name: S
    actionTypeId: Source/CodeStarSourceConnection
    configuration: {ConnectionArn: "arn:aws:codeconnections:eu-west-1:111122223333:connection/one", FullRepositoryId: o/r, BranchName: main}
    outputArtifacts: [{name: A}]
- name: Build
  actions:
  - {name: C, actionTypeId: Compute/Commands, commands: [make], inputArtifacts: [{name: A}]}
`
	d, list := pipeline.Parse("shop.yaml", []byte(source))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(resources.NewDocument(made.BuildRole))
	if err != nil {
		t.Fatal(err)
	}
	role := readPolicy(t, text)
	through := map[string]string{"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
	for c, want := range map[*call]bool{
		{"s3:PutObject", "arn:aws:s3:::own-store/shop/A/0", nil}:                                                          true,
		{"s3:GetObject", "arn:aws:s3:::own-store/other/A/0", nil}:                                                         false,
		{"s3:GetObject", here.BucketARN(here.Bucket()) + "/shop/A/0", nil}:                                                false,
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/x", through}:                                              true,
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/x", nil}:                                                  false,
		{"logs:PutLogEvents", here.LogsARN("/aws/codebuild/penstock-commands"), nil}:                                      true,
		{"logs:PutLogEvents", here.LogsARN("/aws/codebuild/penstock-fetch"), nil}:                                         true,
		{"logs:PutLogEvents", here.LogsARN("/aws/lambda/penstock-sweep"), nil}:                                            false,
		{"codeconnections:UseConnection", "arn:aws:codeconnections:eu-west-1:111122223333:connection/one", nil}:           true,
		{"codestar-connections:UseConnection", "arn:aws:codestar-connections:eu-west-1:111122223333:connection/two", nil}: false,
		{"iam:PassRole", here.BuildRoleARN("shop"), map[string]string{"iam:PassedToService": "codebuild.amazonaws.com"}}:  false,
		{"codebuild:StartBuild", here.ProjectARN("commands"), nil}:                                                        false,
	} {
		if role.allows(*c) != want {
			t.Errorf("a build may %s %s %v: %t", c.action, c.resource, c.context, !want)
		}
	}
	for _, project := range here.Projects() {
		if text, err := json.Marshal(project.Role); err != nil || strings.Contains(string(text), "s3:") || strings.Contains(string(text), "connections:") {
			t.Errorf("a build that brings no role may %s", text)
		}
	}
	if without, err := here.Pipeline(examples(t)["static-site"], machines.Compile, resources.Named); err != nil || len(without.BuildRole) > 0 || len(without.Projects) > 0 {
		t.Errorf("a pipeline without such builds has a role for them: %v, %v", without.BuildRole, err)
	}
}
