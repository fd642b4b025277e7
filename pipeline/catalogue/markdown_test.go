package catalogue_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

var update = flag.Bool("update", false, "write docs/action-types.md")

const page = "../../docs/action-types.md"

// TestPageIsCurrent holds docs/action-types.md against the catalogue.
func TestPageIsCurrent(t *testing.T) {
	want := catalogue.Markdown()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/action-types.md is not what the catalogue says; write it with -update (-want +got):\n%s", diff)
	}
}

// TestPageIsWellFormed checks that every table's rows have as many cells as its head, and that links lead somewhere.
func TestPageIsWellFormed(t *testing.T) {
	text := catalogue.Markdown()
	width := 0
	for line := range strings.Lines(text) {
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			width = 0
		case width == 0:
			width = cells
		case cells != width:
			t.Errorf("%d cells instead of %d: %s", cells-1, width-1, line)
		}
	}
	for _, row := range all() {
		if !strings.Contains(text, "\n## "+row.String()+"\n") {
			t.Errorf("%s has no section", row)
		}
	}
}
