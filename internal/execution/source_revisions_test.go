package execution_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

const withSources = `name: demo
pipelineType: V2
stages:
  - name: Source
    actions:
      - {name: Code, actionTypeId: Source/CodeCommit, configuration: {RepositoryName: r, BranchName: main}, outputArtifacts: [{name: A}]}
      - {name: Image, actionTypeId: Source/ECR, configuration: {RepositoryName: r}, outputArtifacts: [{name: B}]}
      - {name: Object, actionTypeId: Source/S3, configuration: {S3Bucket: bucket, S3ObjectKey: k}, outputArtifacts: [{name: C}]}
      - {name: AnyKey, actionTypeId: Source/S3, configuration: {S3Bucket: bucket, S3ObjectKey: k, AllowOverrideForS3ObjectKey: true}, outputArtifacts: [{name: D}]}
      - {name: Old, actionTypeId: Source/ThirdParty/GitHub/1, configuration: {Owner: o, Repo: r, Branch: main, OAuthToken: "****"}, outputArtifacts: [{name: E}]}
  - name: Approve
    actions:
      - {name: Gate, actionTypeId: Approval/Manual}
`

func TestCheckSourceRevisions(t *testing.T) {
	p, list := pipeline.Parse("pipeline.yaml", []byte(withSources))
	if list.HasErrors() {
		t.Fatal(list)
	}
	override := func(name, kind, value string) execution.SourceRevisionOverride {
		return execution.SourceRevisionOverride{ActionName: name, RevisionType: kind, RevisionValue: value}
	}
	for _, c := range []struct {
		given []execution.SourceRevisionOverride
		want  string
	}{
		{nil, ""},
		{[]execution.SourceRevisionOverride{override("Code", "COMMIT_ID", "main"), override("Image", "IMAGE_DIGEST", "sha256:1")}, ""},
		{[]execution.SourceRevisionOverride{override("AnyKey", "S3_OBJECT_KEY", "other"), override("AnyKey", "S3_OBJECT_VERSION_ID", "v")}, ""},
		{[]execution.SourceRevisionOverride{override("Cod", "COMMIT_ID", "main")}, `pipeline "demo" has no source action "Cod"`},
		{[]execution.SourceRevisionOverride{override("Gate", "COMMIT_ID", "main")}, `no source action "Gate"`},
		{[]execution.SourceRevisionOverride{override("Code", "IMAGE_DIGEST", "main")}, `"Code" takes no revision of type "IMAGE_DIGEST", its provider CodeCommit takes COMMIT_ID`},
		{[]execution.SourceRevisionOverride{override("Object", "COMMIT_ID", "main")}, "takes S3_OBJECT_VERSION_ID and S3_OBJECT_KEY"},
		{[]execution.SourceRevisionOverride{override("Object", "S3_OBJECT_KEY", "other")}, "set AllowOverrideForS3ObjectKey to true"},
		{[]execution.SourceRevisionOverride{override("Old", "COMMIT_ID", "main")}, "CodePipeline does not allow it for the provider GitHub"},
		{[]execution.SourceRevisionOverride{override("Code", "COMMIT_ID", "")}, "has 0 bytes, it must have 1 to 1500"},
		{[]execution.SourceRevisionOverride{override("Code", "COMMIT_ID", strings.Repeat("a", 1501))}, "has 1501 bytes"},
		{[]execution.SourceRevisionOverride{override("Code", "COMMIT_ID", "a"), override("Code", "COMMIT_ID", "b")}, `two revisions of type COMMIT_ID are chosen for the source "Code"`},
		{make([]execution.SourceRevisionOverride, 51), "51 source revisions are chosen, at most 50"},
	} {
		wantInvalid(t, execution.CheckSourceRevisions(p, c.given), c.want)
	}
	p.PipelineType.Value = "V1"
	wantInvalid(t, execution.CheckSourceRevisions(p, []execution.SourceRevisionOverride{override("Code", "COMMIT_ID", "a")}), "set pipelineType to V2")
}

func wantInvalid(t *testing.T, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("error %v", err)
	case part != "" && (err == nil || execution.CodeOf(err) != execution.Invalid || !strings.Contains(err.Error(), part)):
		t.Errorf("error %v, want an invalid one with %q", err, part)
	}
}
