package statemachines_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

const (
	corpus = "../../shared/corpus"
	// refusedList holds the files that Parse and Check refuse, each with its reason; it is kept by the tests of pipeline.
	refusedList = "../pipeline/testdata/corpus.txt"
)

// parameters are values that a template asks its user for and that a machine cannot leave open: the category of an
// action says which function runs it.
var parameters = map[string]map[string]string{
	"cfn/aws-samples__aws-codepipeline-custom-action__examples__windows-container-pipeline__template.yml": {
		"CustomActionProviderCategory": "Build",
	},
}

// definition is a pipeline with the name that says where it is from.
type definition struct {
	name     string
	pipeline *pipeline.Pipeline
}

// TestCorpus compiles every good pipeline of the corpus of public definitions and executes the machine: it is valid,
// meets the transition budget, and no figure is less than what is counted. What Parse or Check refuses is printed.
func TestCorpus(t *testing.T) {
	good, refused := corpusDefinitions(t)
	for _, d := range good {
		t.Run(d.name, func(t *testing.T) { runOfCorpus(t, d.pipeline) })
	}
	t.Logf("%d pipelines compiled, validated and executed; refused are %d files:", len(good), len(refused))
	listed := refusedFiles(t)
	for _, file := range refused {
		t.Logf("%s: %s", file, listed[file])
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(listed)), refused); diff != "" {
		t.Errorf("files that Parse and Check refuse (-%s +here):\n%s", refusedList, diff)
	}
}

// corpusDefinitions returns the good pipelines of the corpus, and the files that have others, in the order of names.
func corpusDefinitions(t *testing.T) (good []definition, refused []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(corpus, "*", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skipf("%s, the collection of public definitions, is not beside the repository", corpus)
	}
	for _, path := range paths {
		file := strings.TrimPrefix(filepath.ToSlash(path), corpus+"/")
		all, complete := goodPipelines(t, file, parameters[file])
		for _, p := range all {
			good = append(good, definition{file + " " + p.Name.Value, p})
		}
		if !complete {
			refused = append(refused, file)
		}
	}
	slices.Sort(refused)
	return good, refused
}

// goodPipelines returns the pipelines of a file that have no errors, and whether those are all.
func goodPipelines(t *testing.T, file string, parameters map[string]string) (good []*pipeline.Pipeline, complete bool) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(corpus, file))
	if err != nil {
		t.Fatal(err)
	}
	all, problems := pipeline.ParseAll(file, source, pipeline.ParseOptions{Parameters: parameters})
	if problems.HasErrors() {
		return nil, false
	}
	for _, p := range all {
		if !pipeline.Check(p, pipeline.Options{}).HasErrors() {
			good = append(good, p)
		}
	}
	return good, len(good) == len(all)
}

// refusedFiles reads the list: a file, a tab and the reason why it is there; below it, indented, its errors. One without
// errors is there for another reason.
func refusedFiles(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile(refusedList)
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	var file, reason string
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "\t") {
			refused[file] = reason
			continue
		}
		file, reason, _ = strings.Cut(strings.TrimSpace(line), "\t")
	}
	return refused
}

// A parameter is given only where the pipeline does not compile without.
func TestParametersAreNeeded(t *testing.T) {
	corpusDefinitions(t)
	for file := range parameters {
		all, _ := goodPipelines(t, file, nil)
		if len(all) == 0 {
			t.Errorf("%s has no good pipeline", file)
		}
		for _, p := range all {
			if _, err := statemachines.Compile(p); err == nil {
				t.Errorf("%s compiles without parameters", file)
			}
		}
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
