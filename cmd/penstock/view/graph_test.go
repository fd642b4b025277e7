package view_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/cmd/penstock/view/graph"
	"github.com/penstock-ci/penstock/pipeline"
)

func TestGraphFitsAndNamesEveryArtifact(t *testing.T) {
	files, err := filepath.Glob("graph/testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions: %v", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, list := pipeline.Parse(file, source)
		if list.HasErrors() {
			t.Fatal(list)
		}
		d := graph.Of(p)
		for _, width := range []int{40, 60, 80, 160} {
			lines := view.Style{Width: width}.Graph(d)
			for _, line := range lines {
				if view.Width(line) > width {
					t.Errorf("%s: wider than %d: %q", file, width, line)
				}
			}
			letters := strings.NewReplacer(" ", "", "│", "").Replace(strings.Join(lines, ""))
			for _, artifact := range d.Artifacts {
				if !strings.Contains(letters, artifact.Name) {
					t.Errorf("%s: at width %d the artifact %s is not named", file, width, artifact.Name)
				}
			}
		}
	}
}
