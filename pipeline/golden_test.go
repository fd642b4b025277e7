package pipeline_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write what the code says into the golden files")

// A case is a txtar archive: a comment that may hold the line "for: local", the definition under the name it is
// parsed by, and "want", the diagnostics as a person sees them.
func TestParse(t *testing.T) {
	golden(t, "testdata/parse", func(file string, source []byte, _ pipeline.Options) diag.List {
		_, list := pipeline.Parse(file, source)
		return list
	})
}

func TestCheck(t *testing.T) {
	golden(t, "testdata/check", func(file string, source []byte, options pipeline.Options) diag.List {
		p, list := pipeline.Parse(file, source)
		return append(list, pipeline.Check(p, options)...)
	})
}

func golden(t *testing.T, folder string, diagnose func(string, []byte, pipeline.Options) diag.List) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			input := archive.Files[0]
			got := render(t, input, diagnose(input.Name, input.Data, optionsOf(archive.Comment)))
			if *update {
				writeWant(t, path, archive, got)
				return
			}
			if len(archive.Files) != 2 || archive.Files[1].Name != "want" {
				t.Fatalf("%s needs a definition and want", path)
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

func optionsOf(comment []byte) pipeline.Options {
	var options pipeline.Options
	for line := range strings.Lines(string(comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "for":
			options.For = pipeline.Engine(value)
		case "runs":
			options.Runs = func(t pipeline.ActionType) bool { return strings.Contains(value, t.String()) }
		}
	}
	return options
}

func render(t *testing.T, input txtar.File, list diag.List) string {
	t.Helper()
	var out bytes.Buffer
	renderer := diag.Renderer{Source: func(string) []byte { return input.Data }}
	if err := renderer.Render(&out, list.Sorted()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func writeWant(t *testing.T, path string, archive *txtar.Archive, got string) {
	t.Helper()
	archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
