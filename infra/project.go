package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// buildMinutes is the longest that the platform's own builds take: CodePipeline gives Commands actions 55 minutes.
const buildMinutes = 55

// newProjects makes the CodeBuild projects on which actions run that have none of their own.
func newProjects(p Platform) {
	for _, project := range p.Projects() {
		newProject(p, project)
	}
}

// newProject makes one. A build brings its source, its artifacts and its buildspec with it.
func newProject(p Platform, project resources.Project) {
	scope := constructs.NewConstruct(p.Scope, jsii.String("Project-"+project.Name))
	logs := newLogs(scope, p.ProjectLogs(project.Name), p)
	role := newRole(scope, "Role", p, rolePlan{
		name: p.FunctionRole(project.Name), path: p.RolePath(), description: "what builds of " + p.Project(project.Name) + " may do",
		trust: p.ServiceTrust("codebuild.amazonaws.com", p.ProjectARN(project.Name)), statements: project.Role,
	})
	made := awscodebuild.NewCfnProject(scope, jsii.String("Project"), &awscodebuild.CfnProjectProps{
		Name: jsii.String(p.Project(project.Name)), Description: jsii.String(project.Does),
		// Not the role's attribute: the library's template check (E3050) takes that for its name, which has a path.
		ServiceRole:   jsii.String(p.FunctionRoleARN(project.Name)),
		EncryptionKey: jsii.String(p.Key), TimeoutInMinutes: jsii.Number(buildMinutes),
		Source: &awscodebuild.CfnProject_SourceProperty{
			Type: jsii.String("NO_SOURCE"), BuildSpec: jsii.String("version: 0.2\nphases: {build: {commands: [\"false\"]}}\n"),
		},
		Artifacts: &awscodebuild.CfnProject_ArtifactsProperty{Type: jsii.String("NO_ARTIFACTS")},
		Environment: &awscodebuild.CfnProject_EnvironmentProperty{
			Type: jsii.String("LINUX_CONTAINER"), ComputeType: jsii.String("BUILD_GENERAL1_SMALL"),
			Image: jsii.String("aws/codebuild/amazonlinux-x86_64-standard:5.0"),
		},
		LogsConfig: &awscodebuild.CfnProject_LogsConfigProperty{CloudWatchLogs: &awscodebuild.CfnProject_CloudWatchLogsConfigProperty{
			Status: jsii.String("ENABLED"), GroupName: logs.Ref(),
		}},
	})
	made.Node().AddDependency(role)
}
