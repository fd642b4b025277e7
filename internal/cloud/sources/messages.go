package sources

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// The wording of this package.

func unknownProvider(r source.Request) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s has the provider %q, which is not fetched on AWS", r.Stage, r.Action, r.Provider)
}

func noSourceBucket(r source.Request) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s names the bucket %q, which does not exist", r.Stage, r.Action, r.Configuration["S3Bucket"])
}

func noObject(r source.Request) *action.Failure {
	object := fmt.Sprintf("s3://%s/%s", r.Configuration["S3Bucket"], r.Configuration["S3ObjectKey"])
	if r.ObjectVersion != "" {
		return action.Fail(action.RevisionUnavailable, "%s has no version %q", object, r.ObjectVersion)
	}
	return action.Fail(action.RevisionUnavailable, "there is no object %s: put it, or name another key in S3ObjectKey", object)
}

func noRepository(r source.Request, repository string) *action.Failure {
	return action.Fail(action.ConfigurationError, "the source %s/%s names the repository %q, which does not exist", r.Stage, r.Action, repository)
}

func noImage(r source.Request, repository, asked string) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "the source %s/%s: repository %q has no image %s", r.Stage, r.Action, repository, asked)
}

func notVersioned(r source.Request) *action.Failure {
	return action.Fail(action.ConfigurationError,
		"the bucket %q of the source %s/%s keeps no versions, so there is no revision to record: turn its versioning on and put the object again",
		r.Configuration["S3Bucket"], r.Stage, r.Action)
}

func codeCommitRepository(name string) string {
	return fmt.Sprintf("repository %q of CodeCommit", name)
}

func gitHubRepository(name string) string { return fmt.Sprintf("repository %q of GitHub", name) }

func needsGitPull(who, name string) string {
	return fmt.Sprintf("%s needs codecommit:GitPull on %s", who, name)
}

func needsToken(s catalogue.Secret, name string) string {
	return fmt.Sprintf("the token in secret %s must be valid, and one that may read %s", s.ID, name)
}

// tokenWritten does not quote the value.
func tokenWritten(r source.Request) *action.Failure {
	return action.Fail(action.ConfigurationError,
		"OAuthToken of the source %s/%s is no reference to a secret: put the token into Secrets Manager and write {{resolve:secretsmanager:NAME:SecretString:KEY}}",
		r.Stage, r.Action)
}
