package statemachines_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// refusedList holds the files that Parse and Check refuse, each with its reason; it is kept by the tests of pipeline.
const refusedList = "../pipeline/testdata/corpus.txt"

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
	for _, f := range corpustest.Files(t) {
		all, complete := goodPipelines(t, f, parameters[f.Name])
		for _, p := range all {
			good = append(good, definition{f.Name + " " + p.Name.Value, p})
		}
		if !complete {
			refused = append(refused, f.Name)
		}
	}
	slices.Sort(refused)
	return good, refused
}

// goodPipelines returns the pipelines of a file that have no errors, and whether those are all.
func goodPipelines(t *testing.T, f corpustest.File, parameters map[string]string) (good []*pipeline.Pipeline, complete bool) {
	t.Helper()
	all, problems := pipeline.ParseAll(f.Name, f.Read(t), pipeline.ParseOptions{Parameters: parameters})
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
	needing := 0
	for _, f := range corpustest.Files(t) {
		if parameters[f.Name] == nil {
			continue
		}
		needing++
		file := f.Name
		all, _ := goodPipelines(t, f, nil)
		if len(all) == 0 {
			t.Errorf("%s has no good pipeline", file)
		}
		for _, p := range all {
			if _, err := statemachines.Compile(p); err == nil {
				t.Errorf("%s compiles without parameters", file)
			}
		}
	}
	if needing != len(parameters) {
		t.Errorf("%d files of %d that need parameters are there", needing, len(parameters))
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
