package cloud

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// The wording of this package. What AWS says follows behind a colon.

func invalid(format string, args ...any) *execution.Error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf(format, args...)}
}

func noRegion() error {
	return invalid("no AWS Region is set: set AWS_REGION")
}

func notAllowed(doing string, d denial) string {
	who := "the caller"
	if d.role != "" {
		who = d.role
	}
	switch {
	case d.permission == "":
		return fmt.Sprintf("%s: %s is not allowed to, or has no valid credentials", doing, who)
	case d.resource == "":
		return fmt.Sprintf("%s: %s needs %s", doing, who, d.permission)
	}
	return fmt.Sprintf("%s: %s needs %s on %s", doing, who, d.permission, d.resource)
}

func tooManyWrites(n int) error {
	return invalid("%d writes at once, at most %d", n, execution.MaxWrites)
}

func twoWrites(k execution.Key) error { return invalid("two writes of %q %q", k.Partition, k.Sort) }

func unknownKind(w execution.Write) error {
	return invalid("%q %q: unknown kind of write %d", w.Partition, w.Sort, w.Kind)
}

func itemTooLong(w execution.Write) error {
	return invalid("%q %q has %d bytes, at most %d", w.Partition, w.Sort, len(w.Value), execution.MaxItemBytes)
}

func writesTooLong(size int) error {
	return invalid("%d bytes in one write, at most %d", size, maxTransactionBytes)
}

func noKey(k execution.Key) error {
	return invalid("%q %q is no key: both parts must be UTF-8, the first of 1 to %d bytes, the second of 1 to %d", k.Partition, k.Sort, maxPartitionBytes, maxSortBytes)
}

func noQuery(q execution.Query) error {
	return invalid("partition %q, prefix %q, after %q: each must be UTF-8, and the partition of 1 to %d bytes", q.Partition, q.Prefix, q.After, maxPartitionBytes)
}

func noItem(k execution.Key, table, attribute string) error {
	return &execution.Error{
		Code:    execution.Internal,
		Message: fmt.Sprintf("item %q %q of table %s was not written by Penstock: its attribute %q is not what it should be", k.Partition, k.Sort, table, attribute),
	}
}

func changed(doing string, writes []execution.Write, err error) error {
	all := make([]string, 0, len(writes))
	for _, w := range writes {
		all = append(all, fmt.Sprintf("%q %q has not revision %d", w.Partition, w.Sort, w.IfRevision))
	}
	return &execution.Error{Code: execution.Conflict, Message: doing + ": " + strings.Join(all, ", "), Err: err}
}

func noDigest(digest string) error {
	return invalid("%q is no digest: it must be 64 lower-case hex digits", digest)
}

func sameIdentifier(kind, one, other, id string) error {
	return action.Fail(action.ConfigurationError, "%ss %q and %q are both %q to CodeBuild; rename one", kind, one, other, id)
}

func tooManyParts(parts int) error {
	return invalid("it is longer than %d parts of %d bytes", parts, partSize)
}

func dataKeyLength(keyID string, n int) error {
	return &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("make a data key of %s: it has %d bytes", keyID, n)}
}

func (e *leftError) Error() string {
	return fmt.Sprintf("the time of this call is nearly over: %d %s are kept, the next call goes on", e.done, e.what)
}

func noBucket(bucket string, err error) error {
	return &execution.Error{Code: execution.NotFound, Message: fmt.Sprintf("there is no bucket %q", bucket), Err: err}
}

// What a source cannot be fetched for.

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

func secretNoObject(s catalogue.Secret) *action.Failure {
	return action.Fail(action.ConfigurationError, "secret %s is no JSON object, so it has no key %q", s.ID, s.Key)
}

func secretNoKey(s catalogue.Secret) *action.Failure {
	return action.Fail(action.ConfigurationError, "secret %s has no key %q whose value is a text", s.ID, s.Key)
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
