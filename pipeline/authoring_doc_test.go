package pipeline_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline"
)

// TestAuthoringPage checks the examples of docs/authoring.md: they are laid out, and nothing is to say about them.
func TestAuthoringPage(t *testing.T) {
	page, err := os.ReadFile("../docs/authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) == 0 {
		t.Fatal("there is no example")
	}
	for _, example := range examples {
		p, list := pipeline.Parse("authoring.yaml", example[1])
		list.Add(pipeline.Check(p, pipeline.Options{For: pipeline.LocalEngine})...)
		if len(list) > 0 || p.Form != pipeline.FormAuthoring {
			t.Errorf("form %v: %v\n%s", p.Form, list, example[1])
		}
		laidOut, _ := pipeline.Format("authoring.yaml", example[1])
		if diff := cmp.Diff(string(example[1]), string(laidOut)); diff != "" {
			t.Errorf("is not laid out (-page +fmt):\n%s", diff)
		}
	}
}
