package pipeline_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// known are the definitions of the corpus that are wrong, and why.
var known = map[string][]string{
	// roleArn is a placeholder: <CodePipelineServiceRoleArn>.
	"amazon-archives__deploy-manage-microservices-on-ecs-and-fargate__codepipeline__codepipeline.json": {"invalid-value"},
	// roleArn has a placeholder for the account number.
	"aws-samples__aws-codepipeline-custom-job-worker-for-jfrog-artifactory__codepipeline-templates__" +
		"3-stage-custom-action-codepipeline.json": {"invalid-value"},
	"aws-samples__aws-codepipeline-custom-job-worker-for-jfrog-artifactory__codepipeline-templates__" +
		"source-build-actions-codepipeline.json": {"invalid-value"},
	// roleArn is REPLACE_ME_CODEPIPELINE_ROLE_ARN.
	"aws-samples__aws-modern-application-workshop__module-2__aws-cli__code-pipeline.json": {"invalid-value"},
}

// TestCorpus reads definitions that others wrote. Those with errors are listed with the codes that are right for them.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../shared/corpus/json/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the corpus of public definitions is not beside this checkout")
	}
	wrong := map[string][]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, list := pipeline.Parse(filepath.Base(file), source)
		if list.HasErrors() {
			t.Errorf("%s does not parse: %v", file, list)
		}
		if codes := errorCodes(pipeline.Check(p, pipeline.Options{})); len(codes) > 0 {
			wrong[filepath.Base(file)] = codes
		}
	}
	if diff := cmp.Diff(known, wrong); diff != "" {
		t.Errorf("errors in the corpus (-want +got):\n%s", diff)
	}
}

// TestCorpusOfTemplates feeds CloudFormation templates, which are refused with a diagnostic and never a crash.
func TestCorpusOfTemplates(t *testing.T) {
	files, err := filepath.Glob("../../shared/corpus/c*/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the corpus of public definitions is not beside this checkout")
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, list := pipeline.Parse(filepath.Base(file), source)
		if !list.HasErrors() || len(pipeline.Check(p, pipeline.Options{})) > 0 {
			t.Errorf("%s: %v", file, list)
		}
	}
}

func errorCodes(list diag.List) []string {
	var codes []string
	for _, d := range list {
		if d.Severity == diag.Error && !slices.Contains(codes, d.Code) {
			codes = append(codes, d.Code)
		}
	}
	slices.Sort(codes)
	return codes
}
