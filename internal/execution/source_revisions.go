package execution

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// SourceRevisionOverride asks for a source revision other than the newest one, in the words of StartPipelineExecution.
// RevisionType is COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID or S3_OBJECT_KEY.
type SourceRevisionOverride struct {
	ActionName    string `json:"actionName"`
	RevisionType  string `json:"revisionType"`
	RevisionValue string `json:"revisionValue"`
}

// Limits of StartPipelineExecution on sourceRevisions.
const (
	maxSourceRevisions = 50
	maxRevisionValue   = 1500
)

// RevisionTypes are the revision types that a source action takes, the usual one first; none where CodePipeline lets no
// start choose the revision: for GitHub (version 1), and sources of somebody's own provider.
func RevisionTypes(a *pipeline.Action) []string {
	if a.ActionTypeID.Category.Value != "Source" || a.ActionTypeID.Owner.Value != "AWS" {
		return nil
	}
	switch a.ActionTypeID.Provider.Value {
	case "CodeCommit", "CodeStarSourceConnection":
		return []string{"COMMIT_ID"}
	case "ECR":
		return []string{"IMAGE_DIGEST"}
	case "S3":
		return []string{"S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"}
	}
	return nil
}

// CheckSourceRevisions holds overrides against a pipeline as StartPipelineExecution does: the pipeline is not V1, each
// override names a source action and a revision type of it once, and another key may be named only where the action
// allows it. The error has the code Invalid.
func CheckSourceRevisions(p *pipeline.Pipeline, given []SourceRevisionOverride) error {
	if len(given) > 0 && p.PipelineType.Value == "V1" {
		return errorf(Invalid, "ValidationException", "pipeline %q is V1, whose source revisions cannot be chosen; set pipelineType to V2", p.Name.Value)
	}
	if len(given) > maxSourceRevisions {
		return errorf(Invalid, "ValidationException", "%d source revisions are chosen, at most %d are allowed", len(given), maxSourceRevisions)
	}
	for i, o := range given {
		if err := checkSourceRevision(p, o); err != nil {
			return err
		}
		if slices.ContainsFunc(given[:i], func(other SourceRevisionOverride) bool {
			return other.ActionName == o.ActionName && other.RevisionType == o.RevisionType
		}) {
			return errorf(Invalid, "ValidationException", "two revisions of type %s are chosen for the source %q", o.RevisionType, o.ActionName)
		}
	}
	return nil
}

func checkSourceRevision(p *pipeline.Pipeline, o SourceRevisionOverride) error {
	a := sourceAction(p, o.ActionName)
	if a == nil {
		return errorf(Invalid, "ValidationException", "pipeline %q has no source action %q", p.Name.Value, o.ActionName)
	}
	kinds := RevisionTypes(a)
	switch {
	case len(kinds) == 0:
		return errorf(Invalid, "ValidationException", "the revision of the source %q cannot be chosen: CodePipeline does not allow it for the provider %s",
			o.ActionName, a.ActionTypeID.Provider.Value)
	case !slices.Contains(kinds, o.RevisionType):
		return errorf(Invalid, "ValidationException", "the source %q takes no revision of type %q, its provider %s takes %s",
			o.ActionName, o.RevisionType, a.ActionTypeID.Provider.Value, strings.Join(kinds, " and "))
	case o.RevisionValue == "" || len(o.RevisionValue) > maxRevisionValue:
		return errorf(Invalid, "ValidationException", "the revision of the source %q has %d bytes, it must have 1 to %d",
			o.ActionName, len(o.RevisionValue), maxRevisionValue)
	}
	if allowed, _ := a.Setting("AllowOverrideForS3ObjectKey"); o.RevisionType == "S3_OBJECT_KEY" && allowed.Value != "true" {
		return errorf(Invalid, "ValidationException", "the source %q allows no other object key; set AllowOverrideForS3ObjectKey to true in its configuration", o.ActionName)
	}
	return nil
}

func sourceAction(p *pipeline.Pipeline, name string) *pipeline.Action {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; a.Name.Value == name && a.ActionTypeID.Category.Value == "Source" {
				return a
			}
		}
	}
	return nil
}
