package statemachines_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

const corpus = "../../shared/corpus"

// placeholders are the definitions that Check refuses, rightly: whoever takes one has to fill in a role or a bucket
// first. A machine holds neither.
var placeholders = []string{
	"amazon-archives__deploy-manage-microservices-on-ecs-and-fargate__codepipeline__codepipeline.json",
	"aws-samples__aws-codepipeline-custom-job-worker-for-jfrog-artifactory__codepipeline-templates__3-stage-custom-action-codepipeline.json",
	"aws-samples__aws-codepipeline-custom-job-worker-for-jfrog-artifactory__codepipeline-templates__source-build-actions-codepipeline.json",
	"aws-samples__aws-modern-application-workshop__module-2__aws-cli__code-pipeline.json",
}

// TestCorpus compiles every public definition in API form and executes the machine: it is valid, meets the transition
// budget, and no figure is less than what is counted.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "json", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("%s, the collection of public definitions, is not beside the repository", corpus)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, problems := pipeline.Parse(file, source)
			problems = append(problems, pipeline.Check(p, pipeline.Options{})...)
			if refused := slices.Contains(placeholders, filepath.Base(file)); problems.HasErrors() != refused {
				t.Fatalf("Check found errors: %t, want %t: %+v", problems.HasErrors(), refused, problems)
			}
			runOfCorpus(t, p)
		})
	}
}

func runOfCorpus(t *testing.T, p *pipeline.Pipeline) {
	t.Helper()
	r := execute(t, p, &handlers{late: true}) // compiles and validates
	figures := measure(t, p)
	budget := statemachines.Budget(p, 1)
	if r.result.Status != engine.StatusSucceeded || len(r.visited) != budget || figures.Transitions != budget {
		t.Errorf("ended %+v after %d transitions; the figures say %d, the budget is %d", r.result, len(r.visited), figures.Transitions, budget)
	}
	if most := use(t, figures, "history events").Most; r.events != figures.Events || figures.Events > most {
		t.Errorf("%d history events; the figures say %d, at worst %d", r.events, figures.Events, most)
	}
}
