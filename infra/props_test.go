//go:build synth

package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/infra"
	"github.com/penstock-ci/penstock/internal/resources"
)

// What would be synthesized and then not deployed is refused, everything at once.
func TestProps(t *testing.T) {
	stack := awscdk.NewStack(newApp(t.TempDir()), jsii.String("s"), nil)
	_, err := infra.NewPlatform(stack, "Platform", infra.PlatformProps{
		Name: "My_Platform", Architecture: "amd64", Targets: []string{"12"}, LogDays: 10, Functions: t.TempDir(),
	})
	says(t, err, `PlatformProps.Name is "My_Platform": write lower-case letters`, `Architecture is "amd64": write arm64 or x86_64`, `Targets is "12"`,
		`LogDays is "10": write one of the numbers of days that CloudWatch Logs takes: 1 3 5 7 14 `, "gate-stage/bootstrap")
	_, err = infra.NewPipeline(stack, "None", infra.PipelineProps{LogDays: 2})
	says(t, err, "set File, or Definition", "set what NewPlatform or DeployedPlatform gives", `LogDays is "2"`)
	_, err = infra.NewPipeline(stack, "Two", infra.PipelineProps{Platform: infra.DeployedPlatform(stack, ""), File: "a.yaml", Definition: built(1, 1, 1)})
	says(t, err, `has File "a.yaml" and a Definition`)
}

func says(t *testing.T, err error, all ...string) {
	t.Helper()
	for _, want := range all {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
}

// A pipeline is made after its platform: in a stack with it, where IAM refuses to trust roles that are not there yet, and in
// another one. Logs are kept as long as is asked for, and alarms notify the topic.
func TestOwnApp(t *testing.T) {
	const topic = "arn:aws:sns:eu-west-1:111122223333:on-call"
	out := t.TempDir()
	app := newApp(out)
	stack, other := awscdk.NewStack(app, jsii.String("one"), nil), awscdk.NewStack(app, jsii.String("other"), nil)
	platform, err := infra.NewPlatform(stack, "Platform", infra.PlatformProps{Functions: binaries(t), LogDays: 400, AlarmTopic: topic})
	if err != nil {
		t.Fatal(err)
	}
	for at, days := range map[awscdk.Stack]int{stack: 0, other: 7} {
		p := built(1, 1, 1)
		p.Name = word("in-" + *at.StackName())
		if _, err := infra.NewPipeline(at, "Pipeline", infra.PipelineProps{Platform: platform, Definition: p, LogDays: days}); err != nil {
			t.Fatal(err)
		}
	}
	app.Synth(nil)
	if on := *other.Dependencies(); len(on) != 1 || *on[0].StackName() != "one" {
		t.Errorf("the other stack depends on %d stacks", len(on))
	}
	all := templates(t, out)
	var register string
	for id, r := range all["one"].Resources {
		if r.Properties["FunctionName"] == resources.DefaultName+"-"+resources.RegisterPipeline && r.Type == "AWS::Lambda::Function" {
			register = id
		}
	}
	for _, kind := range []string{"Custom::PenstockPipeline", "AWS::IAM::Role"} {
		for id, r := range of(map[string]template{"": all["one"]}, kind) {
			if strings.HasPrefix(id, "/Pipeline") && !slices.Contains(list(r.DependsOn), any(register)) {
				t.Errorf("%s does not wait for %s", id, register)
			}
		}
	}
	for id, r := range of(all, "AWS::Logs::LogGroup") {
		want := 400.0
		if strings.HasPrefix(id, "other/") {
			want = 7
		}
		if r.Properties["RetentionInDays"] != want {
			t.Errorf("%s keeps logs for %v days", id, r.Properties["RetentionInDays"])
		}
	}
	for id, r := range of(all, "AWS::CloudWatch::Alarm") {
		if got := list(r.Properties["AlarmActions"]); !slices.Equal(got, []any{topic}) {
			t.Errorf("%s notifies %v", id, got)
		}
	}
	t.Logf("both in a stack: %d bytes", len(all["one"].text))
}
