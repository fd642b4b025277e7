package s3

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// All wording of this package for people: one function per mistake or note.

func wrong(format string, args ...any) *action.Failure {
	return action.Fail(action.ConfigurationError, format, args...)
}

func wrongInputs(n int) *action.Failure {
	return wrong("an S3 deployment has one input artifact, this one has %d", n)
}

func noBucket() *action.Failure { return wrong("BucketName is empty") }

func wrongExtract(value string) *action.Failure {
	return wrong("Extract is %q, it must be true or false", value)
}

func noKey() *action.Failure {
	return wrong("ObjectKey is empty: the zip needs a key where Extract is false")
}

func wrongACL(value string, allowed []string) *action.Failure {
	return wrong("CannedACL is %q, it must be one of %s", value, strings.Join(allowed, ", "))
}

// notZip is the end of an artifact that a source took as it was.
func notZip(input string, err error) *action.Failure {
	return action.Fail(action.JobFailed, "the artifact %s cannot be extracted, it is no zip: %v; with Extract false it is deployed as it is", input, err)
}

// isClone is a source that is made for CodeBuild. On AWS its artifact is no zip at all.
func isClone(input string) *action.Failure {
	return action.Fail(action.JobFailed,
		"the artifact %s is a reference to a clone, which only CodeBuild can use; set OutputArtifactFormat of its source to CODE_ZIP", input)
}

func noteRecorded(key, value string) string {
	return fmt.Sprintf("note: %s %q is recorded; it says how S3 keeps or serves an object, the files here are only files\n", key, value)
}

func noteSkipped(f artifact.File) string {
	return fmt.Sprintf("skip: %s, a link to %s, which is no file of the artifact\n", f.Path, f.Link)
}
