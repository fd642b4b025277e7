package pipeline_test

import (
	"testing"
	"time"

	"github.com/penstock-ci/penstock/pipeline"
)

func TestTimeout(t *testing.T) {
	for _, c := range []struct {
		id            pipeline.ActionTypeID
		minutes       int
		configuration []pipeline.Property
		want          time.Duration
	}{
		{id: id("Deploy", "AWS", "CloudFormation"), want: 72 * time.Hour},
		{id: id("Deploy", "AWS", "CodeDeployToECS"), want: 120 * time.Hour},
		{id: id("Deploy", "AWS", "S3"), want: 90 * time.Minute},
		{id: id("Deploy", "AWS", "AppConfig"), want: time.Hour},
		{id: id("Build", "AWS", "CodeBuild"), want: 36 * time.Hour},
		{id: id("Test", "AWS", "CodeBuild"), want: 8 * time.Hour},
		{id: id("Test", "AWS", "DeviceFarm"), want: 8 * time.Hour},
		{id: id("Invoke", "AWS", "Lambda"), want: 24 * time.Hour},
		{id: id("Invoke", "AWS", "StepFunctions"), want: 168 * time.Hour},
		{id: id("Compute", "AWS", "Commands"), want: 55 * time.Minute},
		{id: id("Deploy", "Custom", "Mine"), want: 24 * time.Hour},
		{id: id("Approval", "AWS", "Manual"), want: 168 * time.Hour},
		{id: id("Approval", "AWS", "Manual"), minutes: 30, want: 30 * time.Minute},
		{id: id("Deploy", "AWS", "ECS"), want: time.Hour},
		{id: id("Deploy", "AWS", "ECS"), configuration: setting("DeploymentTimeout", "15"), want: 15 * time.Minute},
		{id: id("Deploy", "AWS", "ECS"), configuration: setting("DeploymentTimeout", "#{variables.T}"), want: time.Hour},
		{id: id("Deploy", "AWS", "S3"), configuration: setting("DeploymentTimeout", "15"), want: 90 * time.Minute},
	} {
		a := pipeline.Action{ActionTypeID: c.id, Configuration: c.configuration}
		if c.minutes > 0 {
			a.TimeoutInMinutes = pipeline.Number{Value: c.minutes, Set: true}
		}
		if got := a.Timeout(); got != c.want {
			t.Errorf("%s with %v: %s, want %s", c.id, c.configuration, got, c.want)
		}
	}
}

func setting(key, value string) []pipeline.Property {
	return []pipeline.Property{{Key: pipeline.Text{Value: key}, Value: pipeline.Text{Value: value}}}
}

func id(category, owner, provider string) pipeline.ActionTypeID {
	return pipeline.ActionTypeID{
		Category: pipeline.Text{Value: category}, Owner: pipeline.Text{Value: owner},
		Provider: pipeline.Text{Value: provider}, Version: pipeline.Text{Value: "1"},
	}
}
