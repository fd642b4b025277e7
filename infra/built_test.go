//go:build synth

package infra_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/infra"
	"github.com/penstock-ci/penstock/pipeline"
)

func word(value string) pipeline.Text { return pipeline.Text{Value: value} }

func actionType(category, provider string) pipeline.ActionTypeID {
	return pipeline.ActionTypeID{Category: word(category), Owner: word("AWS"), Provider: word(provider), Version: word("1")}
}

func settings(pairs ...string) []pipeline.Property {
	var all []pipeline.Property
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pipeline.Property{Key: word(pairs[i]), Value: word(pairs[i+1])})
	}
	return all
}

// built is a pipeline of builds, by so many projects, that was never text.
func built(stages, perStage, projects int) *pipeline.Pipeline {
	p := &pipeline.Pipeline{Name: word("built")}
	p.Stages = append(p.Stages, pipeline.Stage{Name: word("Source"), Actions: []pipeline.Action{{
		Name: word("Get"), ActionTypeID: actionType("Source", "S3"), OutputArtifacts: []pipeline.OutputArtifact{{Name: word("Code")}},
		Configuration: settings("S3Bucket", "code", "S3ObjectKey", "code.zip"),
	}}})
	for i := range stages {
		stage := pipeline.Stage{Name: word(fmt.Sprintf("Stage%d", i))}
		for j := range perStage {
			stage.Actions = append(stage.Actions, pipeline.Action{
				Name: word(fmt.Sprintf("Build%d", j)), ActionTypeID: actionType("Build", "CodeBuild"), InputArtifacts: []pipeline.Text{word("Code")},
				Configuration: settings("ProjectName", fmt.Sprintf("a-project-with-a-rather-long-name-%03d", (i*perStage+j)%projects)),
			})
		}
		p.Stages = append(p.Stages, stage)
	}
	return p
}

// A pipeline that was built in Go has a stack, and one of 450 builds by 200 projects still fits into one.
func TestBuilt(t *testing.T) {
	out := t.TempDir()
	app := newApp(out)
	stack := func(app awscdk.App, name string, p *pipeline.Pipeline) error {
		made := awscdk.NewStack(app, jsii.String(name), nil)
		_, err := infra.NewPipeline(made, "Pipeline", infra.PipelineProps{Platform: infra.DeployedPlatform(made, ""), Definition: p})
		return err
	}
	if err := errors.Join(stack(app, "small", built(1, 1, 1)), stack(app, "large", built(9, 50, 200))); err != nil {
		t.Fatal(err)
	}
	if err := stack(newApp(t.TempDir()), "none", built(19, 50, 950)); err == nil || !strings.Contains(err.Error(), "policies of 6144 characters, and IAM takes 10") {
		t.Errorf("950 projects: %v", err)
	}
	app.Synth(nil)
	all := templates(t, out)
	machines := of(all, "AWS::StepFunctions::StateMachine")
	for stack, location := range map[string]string{"small": "DefinitionString", "large": "DefinitionS3Location"} {
		const most, longest = 500, 1 << 20 // CloudFormation's quotas: resources, and bytes of a template
		if n, size := len(all[stack].Resources), len(all[stack].text); n < 5 || n > most || size > longest {
			t.Errorf("%s has %d resources in %d bytes", stack, n, size)
		}
		for id, m := range machines {
			if strings.HasPrefix(id, stack+"/") && m.Properties[location] == nil {
				t.Errorf("%s has no %s", id, location)
			}
		}
	}
	policies := 0
	for id := range of(all, "AWS::IAM::ManagedPolicy") {
		if strings.HasPrefix(id, "large/") {
			policies++
		}
	}
	t.Logf("450 builds by 200 projects: %d resources, %d bytes, %d policies", len(all["large"].Resources), len(all["large"].text), policies)
	if policies < 2 || policies > 10 {
		t.Errorf("%d policies", policies)
	}
}
