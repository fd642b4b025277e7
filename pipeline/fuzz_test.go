package pipeline_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

func FuzzParseYAML(f *testing.F) { fuzz(f, "p.yaml") }

func FuzzParseJSON(f *testing.F) { fuzz(f, "p.json") }

func fuzz(f *testing.F, file string) {
	for _, source := range seeds(f, filepath.Ext(file)) {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, list := pipeline.Parse(file, source)
		list = append(list, pipeline.Check(p, pipeline.Options{For: pipeline.LocalEngine})...).Sorted()
		lines := strings.Split(string(source), "\n")
		for _, d := range list {
			holds(t, lines, d.At)
			for _, note := range d.Notes {
				holds(t, lines, note.At)
			}
		}
		if head, _ := list.Head(); len(head) > diag.Limit {
			t.Fatalf("%d diagnostics", len(head))
		}
		renderer := diag.Renderer{Source: func(string) []byte { return source }, Width: 40}
		if err := renderer.Render(io.Discard, list); err != nil {
			t.Fatal(err)
		}
		digestIsStable(t, p, list)
	})
}

// holds wants a place to be inside the file.
func holds(t *testing.T, lines []string, at diag.Range) {
	t.Helper()
	if !at.IsKnown() {
		return
	}
	if at.Start.Line > len(lines) {
		t.Fatalf("line %d of %d", at.Start.Line, len(lines))
	}
	if length := len([]rune(lines[at.Start.Line-1])); at.Start.Column < 1 || at.Start.Column > length+1 {
		t.Fatalf("column %d of %d in line %d", at.Start.Column, length, at.Start.Line)
	}
	if at.End.Line < at.Start.Line || at.End.Line == at.Start.Line && at.End.Column < at.Start.Column {
		t.Fatalf("range %v ends before it begins", at)
	}
}

// digestIsStable wants a good definition's canonical form to be a definition with the same digest.
func digestIsStable(t *testing.T, p *pipeline.Pipeline, list diag.List) {
	t.Helper()
	if list.HasErrors() {
		return
	}
	again, problems := pipeline.Parse("canonical.json", pipeline.Canonical(p))
	if problems.HasErrors() || pipeline.Digest(again) != pipeline.Digest(p) {
		t.Fatalf("the canonical form does not stand for itself: %v\n%s", problems, pipeline.Canonical(p))
	}
}

func seeds(t testing.TB, extension string) [][]byte {
	t.Helper()
	var seeds [][]byte
	for _, pattern := range []string{"testdata/parse/*.txtar", "testdata/check/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Ext(archive.Files[0].Name) == extension {
				seeds = append(seeds, archive.Files[0].Data)
			}
		}
	}
	return seeds
}
