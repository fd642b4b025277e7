package resources

import (
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
)

// onAWS are the action types that run on AWS, as Category/Owner/Provider.
var onAWS = []string{
	"Source/AWS/S3", "Source/AWS/CodeCommit", "Source/AWS/ECR", "Source/AWS/CodeStarSourceConnection", "Source/ThirdParty/GitHub",
	"Build/AWS/CodeBuild", "Test/AWS/CodeBuild", "Compute/AWS/Commands",
	"Approval/AWS/Manual",
	"Deploy/AWS/S3", "Deploy/AWS/CloudFormation",
	"Invoke/AWS/Lambda", "Invoke/AWS/StepFunctions", "Invoke/AWS/CodePipeline",
}

// Runs says whether actions of a type run on AWS; it is what Check asks for.
func Runs(t pipeline.ActionType) bool {
	return slices.Contains(onAWS, t.Category+"/"+t.Owner+"/"+t.Provider)
}

// CheckOptions are those with which Check judges whether AWS runs a definition.
func CheckOptions() pipeline.Options {
	return pipeline.Options{
		For: pipeline.AWSEngine, Runs: Runs,
		StandIn: func(string, *pipeline.Action) (bool, string) { return false, runsHelp() },
	}
}
