package source

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Wording of this package for people; summaries are made where what they tell is known.

func wrongOutputs(n int) *action.Failure {
	return action.Fail(action.ConfigurationError, "a source action has one output artifact, this one has %d", n)
}

func noDetail() *action.Failure {
	return action.Fail(action.ConfigurationError, "what stands for an ECR repository must hold %s, as CodePipeline writes it; there is none", ImageDetail)
}

func unreadableDetail(err error) *action.Failure {
	return action.Fail(action.ConfigurationError, "%s cannot be read: %v", ImageDetail, err)
}

func emptyDetail() *action.Failure {
	return action.Fail(action.ConfigurationError, "%s has no ImageDigest or no ImageURI", ImageDetail)
}

// noteLinks says what would be missing on AWS: CodePipeline's zip of a connection has no symbolic links, by what AWS CDK
// says of codeBuildCloneOutput.
func noteLinks(n int) string {
	const help = ", which CodePipeline leaves out of its zip; OutputArtifactFormat CODEBUILD_CLONE_REF keeps them"
	if n == 1 {
		return "one of the files is a symbolic link" + help
	}
	return fmt.Sprintf("%d of the files are symbolic links%s", n, help)
}

// contents says how much there is, without what makes a clone a clone.
func contents(f Fetched, object artifact.Object) string {
	size := artifact.Bytes(object.Size)
	files := f.Count()
	if f.Object != nil && files == 0 {
		return size
	}
	text := fmt.Sprintf("%d files, ", files)
	if files == 1 {
		text = "1 file, "
	}
	if f.Clone {
		text += "and the .git of a clone, "
	}
	return text + size
}
