package builds

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

// The wording of this package. What AWS says follows behind a colon.

func sameIdentifier(kind, one, other, id string) error {
	return action.Fail(action.ConfigurationError, "%ss %q and %q are both %q to CodeBuild; rename one", kind, one, other, id)
}

func noConnection(r action.Request) *action.Failure {
	return action.Fail(action.ConfigurationError, "ConnectionArn %q of the source %s/%s is no ARN of a connection", r.Configuration["ConnectionArn"], r.Stage, r.Action.Name.Value)
}

// notFetched says why a build that fetches has failed, by the command that did.
func notFetched(r action.Request, id string, d codebuild.Description) *action.Failure {
	repository, branch := r.Configuration["FullRepositoryId"], r.Configuration["BranchName"]
	switch d.Failure.Command {
	case askRepository:
		return action.Fail(action.PermissionError,
			"repository %q may not be read through connection %s, or there is none: the connection must be available and its app installed for the repository (build %s: %s)",
			repository, r.Configuration["ConnectionArn"], id, d.Failure.Reason)
	case askBranch:
		return action.Fail(action.RevisionUnavailable, "repository %q has no branch %q (build %s)", repository, branch, id)
	case askCommit:
		return action.Fail(action.RevisionUnavailable, "the commit that was asked for is not to be had of repository %q (build %s: %s)", repository, id, d.Failure.Reason)
	}
	return action.Fail(action.JobFailed, "build %s, which fetches repository %q, ended as %s: %s", id, repository, d.Status, d.Failure.Reason)
}

func nothingStored(r action.Request, id string) *action.Failure {
	return action.Fail(action.JobFailed, "build %s has succeeded, and %s is not there", id, r.Outputs[0].Location)
}

func uncountedTests(build string, err error) string {
	return fmt.Sprintf("note: the test cases of build %s are not counted: %v", build, err)
}

func unmadeReport(build, report string) string {
	return fmt.Sprintf("note: the test cases of build %s are not counted: CodeBuild had not made %s when the build ended", build, report)
}

func lostReport(build, report string) string {
	return fmt.Sprintf("note: the test cases of build %s are not counted: CodeBuild does not know %s", build, report)
}

func truncatedReport(report string, beyond int) string {
	return fmt.Sprintf("note: %s has %d more test cases than CodeBuild keeps, which are not counted", report, beyond)
}

func withoutPrimary(output, build string) error {
	return action.Fail(action.ConfigurationError,
		"output artifact %q is a secondary artifact of build %q, which is asked for where its primary artifact is one too: add an output artifact %q, or one of another build that has both",
		output, build, build)
}
