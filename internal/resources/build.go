package resources

import "github.com/penstock-ci/penstock/pipeline"

// CodeBuild projects of a platform, for actions that are a build and have no project of their own.
const (
	// FetchProject fetches through a connection: no public API gives others what a connection reads.
	FetchProject = "fetch"
	// CommandsProject runs the commands of Commands actions.
	CommandsProject = "commands"
)

// projects names the platform's project on which actions of a provider run.
var projects = map[string]string{
	"CodeStarSourceConnection": FetchProject,
	"Commands":                 CommandsProject,
}

// codeBuild is the service that runs builds, as roles trust it and are passed to it.
const codeBuild = "codebuild.amazonaws.com"

// Project is the name of one of the platform's CodeBuild projects.
func (p Platform) Project(project string) string { return p.Name + "-" + project }

// ProjectARN is that of the same.
func (p Platform) ProjectARN(project string) string {
	return p.arn("codebuild", "project/"+p.Project(project))
}

// Project is what one of the platform's CodeBuild projects needs.
type Project struct {
	Name string
	Does string
	Role []Statement
}

// Projects are the platform's CodeBuild projects. Each build brings a role of its pipeline; the project's own may do nothing
// but tell what happened, so that a build which brings none reaches nothing.
func (p Platform) Projects() []Project {
	return []Project{
		{FetchProject, "fetches sources through connections", []Statement{p.buildLogs(FetchProject)}},
		{CommandsProject, "runs the commands of Commands actions", []Statement{p.buildLogs(CommandsProject)}},
	}
}

func (p Platform) buildLogs(project string) Statement {
	return allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, p.LogsARN(p.ProjectLogs(project)))
}

// BuildRole is the name of the role that a pipeline's builds on the platform's projects have, below RolePath.
func (p Platform) BuildRole(name string) string { return p.roleOf("build", name) }

// BuildRoleARN is that of the same.
func (p Platform) BuildRoleARN(name string) string {
	return p.global("role" + p.RolePath() + p.BuildRole(name))
}

// startBuilds is what an action calls that is a build of one of the platform's projects.
func (p Platform) startBuilds(name, project string) []Statement {
	pass := allow([]string{"iam:PassRole"}, p.BuildRoleARN(name))
	pass.Equals = map[string]string{"iam:PassedToService": codeBuild}
	return []Statement{pass, allow([]string{
		"codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject", "codebuild:StopBuild",
	}, p.ProjectARN(project))}
}

// buildStatements is what the builds of a definition on the platform's projects may do: use the connections that it names,
// read and write its artifacts, and log. There are none where it has no such builds. What is open is marked.
func (p Platform) buildStatements(d *pipeline.Pipeline) (statements []Statement, used []string) {
	for _, a := range actions(d) {
		row, _ := pipeline.LookupActionType(a.ActionTypeID)
		project, is := projects[row.Provider]
		if !is {
			continue
		}
		used = append(used, project)
		statements = append(statements, p.buildLogs(project))
		if project != FetchProject {
			continue
		}
		for _, s := range row.Statements(p.scope(d.Name.Value, a), configurationOf(a)) {
			statements = append(statements, allow(connectionActions(), s.Resources...))
		}
	}
	if len(used) == 0 {
		return nil, nil
	}
	for _, s := range p.stores(d) {
		statements = append(statements, s.statements(p, d.Name.Value)...)
		statements = append(statements, allow([]string{"s3:GetBucketAcl", "s3:GetBucketLocation"}, p.BucketARN(s.bucket)))
	}
	return merge(statements), sorted(used)
}

// connectionActions are what git takes of a connection, under both names that the service has had.
func connectionActions() []string {
	return []string{
		"codeconnections:GetConnection", "codeconnections:GetConnectionToken", "codeconnections:UseConnection",
		"codestar-connections:GetConnection", "codestar-connections:GetConnectionToken", "codestar-connections:UseConnection",
	}
}

// BuildTrust lets CodeBuild assume the role of a pipeline's builds, for the platform's projects that it has builds of.
func (p Platform) BuildTrust(of Pipeline) Document {
	var arns []string
	for _, project := range of.Projects {
		arns = append(arns, p.ProjectARN(project))
	}
	return p.ServiceTrust(codeBuild, arns...)
}
