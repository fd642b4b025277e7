//go:build synth

package infra_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra"
	"github.com/penstock-ci/penstock/internal/resources"
)

// TestOpen holds what becomes of what a template leaves open.
func TestOpen(t *testing.T) {
	made := synthesize(t, "testdata/open.yaml")["penstock-open"]
	want := []string{"BootstrapVersion", "KeyArn5e5d", "Project", "Repository", "RoleArn8b8c", "Store"}
	got := sortedKeys(made.Parameters)
	for i := range got {
		if i < len(want) && strings.HasPrefix(want[i], "KeyArn") && strings.HasPrefix(got[i], "KeyArn") ||
			i < len(want) && strings.HasPrefix(want[i], "RoleArn") && strings.HasPrefix(got[i], "RoleArn") {
			want[i] = got[i] // with a digest behind it
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if strings.Contains(made.text, "{{resolve:secretsmanager") {
		t.Error("CloudFormation would put a secret into the template")
	}
	for _, r := range of(map[string]template{"": made}, "Custom::PenstockPipeline") {
		substitutions, _ := r.Properties["Substitutions"].(map[string]any)
		if names := sortedKeys(substitutions); !cmp.Equal(names, []string{"AWS::Region", "Key.Arn", "Project", "Repository", "Role.Arn", "Store"}) {
			t.Errorf("substitutions of %v", names)
		}
	}
}

// TestRefused holds that everything wrong comes together, with its place, and that nothing is synthesized.
func TestRefused(t *testing.T) {
	folder := t.TempDir()
	source := func(deploy string) string {
		return "name: a\nstages:\n- name: Source\n  actions:\n  - {name: S, actionTypeId: Source/S3, configuration: {S3Bucket: b, S3ObjectKey: k}, outputArtifacts: [{name: A}]}\n" +
			"- name: Deploy\n  actions:\n  - {name: D, actionTypeId: " + deploy + ", inputArtifacts: [{name: A}]}\n"
	}
	write(t, filepath.Join(folder, "ecs.yaml"), source("Deploy/ECS, configuration: {ClusterName: c, ServiceName: s}"))
	write(t, filepath.Join(folder, "wrong.yaml"), source("Deploy/S3, configuration: {BucketNam: b}"))
	write(t, filepath.Join(folder, "one.yaml"), source("Deploy/S3, configuration: {BucketName: b, Extract: true}"))
	write(t, filepath.Join(folder, "two.yaml"), source("Deploy/S3, configuration: {BucketName: b, Extract: true}"))
	err := infra.AddStacks(newApp(t.TempDir()), infra.Settings{Platform: "penstock", Pipelines: []string{folder + "/*.yaml"}, Functions: binaries(t)})
	var refused *infra.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"ecs.yaml:8:29: Deploy/AWS/ECS/1", "what runs on AWS is", "wrong.yaml:8:", `"BucketNam"`, `one.yaml and `, `two.yaml both have a pipeline "a"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in:\n%v", want, err)
		}
	}
}

// TestSeveral holds which of a template's pipelines have a stack: all that CloudFormation would make. One construct takes one.
func TestSeveral(t *testing.T) {
	one := func(id, more string) string {
		return id + `: {Type: AWS::CodePipeline::Pipeline, ` + more + `Properties: {RoleArn: arn:aws:iam::111122223333:role/r, ArtifactStore: {Type: S3, Location: store}, Stages: [
    {Name: Source, Actions: [{Name: S, ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: "1"}, Configuration: {S3Bucket: b, S3ObjectKey: k}, OutputArtifacts: [{Name: A}]}]},
    {Name: Ask, Actions: [{Name: M, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}}]}]}}
`
	}
	file := write(t, filepath.Join(t.TempDir(), "several.yaml"), "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:\n  "+
		one("Web", "")+"  "+one("Api", "")+"  "+one("Only", "Condition: Prod, "))
	for stage, want := range map[string][]string{"test": {"Api", "Web"}, "prod": {"Api", "Only", "Web"}} {
		app := newApp(t.TempDir())
		settings := infra.Settings{Platform: "p", Pipelines: []string{file}, Architecture: "arm64", Functions: binaries(t), Parameters: map[string]string{"Stage": stage}}
		if err := infra.AddStacks(app, settings); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, child := range *app.Node().Children() {
			if name := strings.TrimPrefix(*child.Node().Id(), "p-"); name != "platform" && name != *child.Node().Id() {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stage %s (-want +got):\n%s", stage, diff)
		}
	}
	stack := awscdk.NewStack(newApp(t.TempDir()), jsii.String("s"), nil)
	props := infra.PipelineProps{Platform: infra.DeployedPlatform(stack, "p"), File: file}
	if _, err := infra.NewPipeline(stack, "One", props); err == nil || !strings.Contains(err.Error(), "set Name of PipelineProps") {
		t.Errorf("got %v", err)
	}
	props.Name = "Api"
	if made, err := infra.NewPipeline(stack, "One", props); err != nil || made.Name != "Api" {
		t.Errorf("%s is made: %v", made.Name, err)
	}
}

// TestMissing holds that missing functions and files are named, and what to do.
func TestMissing(t *testing.T) {
	stack := awscdk.NewStack(newApp(t.TempDir()), jsii.String("s"), nil)
	_, err := infra.NewPlatform(stack, "Platform", infra.PlatformProps{Functions: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "gate-stage/bootstrap, fetch-source/bootstrap, fetch-source/clone") || !strings.Contains(err.Error(), "make functions") {
		t.Errorf("got %v", err)
	}
	err = infra.AddStacks(newApp(t.TempDir()), infra.Settings{Platform: "p", Pipelines: []string{"nowhere/*.yaml"}})
	if err == nil || !strings.Contains(err.Error(), "no file matches") {
		t.Errorf("got %v", err)
	}
}

// TestReadSettings holds both ways of writing a context, and that everything wrong in it comes together.
func TestReadSettings(t *testing.T) {
	read := func(context map[string]any) (infra.Settings, error) {
		return infra.ReadSettings(awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: jsii.String(t.TempDir())}).Node())
	}
	want := infra.Settings{
		Platform: "release", Pipelines: []string{"a/*.yaml", "b.json"}, Architecture: "amd64", Parameters: map[string]string{"Stage": "prod"},
		Functions: filepath.Join(".cache", "functions", "amd64"), Removable: true, OtherLogRole: true, LogDays: 30, AlarmTopic: "arn:aws:sns:r:1:t", Tags: map[string]string{"team": "shop"},
	}
	more := map[string]map[string]any{
		"cdk.json": {"removable": true, "apiLogRole": false, "logDays": 30, "alarmTopic": "arn:aws:sns:r:1:t", "tags": map[string]any{"team": "shop"}},
		"command":  {"removable": "true", "apiLogRole": "false", "logDays": "30", "alarmTopic": "arn:aws:sns:r:1:t", "tags": `{"team": "shop"}`},
	}
	for name, context := range map[string]map[string]any{
		"cdk.json": {"platform": "release", "architecture": "amd64", "pipelines": []string{"a/*.yaml", "b.json"}, "parameters": map[string]any{"Stage": "prod"}},
		"command":  {"platform": "release", "architecture": "amd64", "pipelines": `["a/*.yaml", "b.json"]`, "parameters": `{"Stage": "prod"}`},
	} {
		maps.Copy(context, more[name])
		got, err := read(context)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	got, err := read(nil)
	if err != nil || got.Platform != resources.DefaultName || got.Architecture != "arm64" || !cmp.Equal(got.Pipelines, []string{infra.DefaultPipelines}) {
		t.Errorf("without a context: %+v, %v", got, err)
	}
	_, err = read(map[string]any{"architecture": "riscv64", "parameters": "Stage=prod", "pipelines": 3, "platform": "My_P", "removable": "yes", "logDays": "ten", "alarmTopic": "on-call"})
	for _, wrong := range []string{
		"architecture is riscv64", "parameters is Stage=prod", "pipelines is 3", "platform is My_P: write lower-case", "removable is yes: write true or false",
		"logDays is ten: write a number", "alarmTopic is on-call",
	} {
		if err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("no %s in %v", wrong, err)
		}
	}
}
