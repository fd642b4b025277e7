package reports_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/local/builds/reports"
)

var update = flag.Bool("update", false, "write what the cases in testdata answer into them")

// TestCount compares what is counted in each file of a case, which is named by its format, with the case's "want".
func TestCount(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			want := ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				if tests, err := reports.Count(f.Name, bytes.NewReader(f.Data)); err != nil {
					fmt.Fprintf(&got, "%s: %v\n", f.Name, err)
				} else {
					fmt.Fprintf(&got, "%s: %s\n", f.Name, tests)
				}
			}
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got.String())})
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzCount holds that any text is answered by counts or an error, whatever format it is read as.
func FuzzCount(f *testing.F) {
	formats := []string{"JUNITXML", "CUCUMBERJSON", "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX", "SIMPLECOV"}
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if at := slices.Index(formats, file.Name); at >= 0 {
				f.Add(at, file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, at int, data []byte) {
		format := formats[(at%len(formats)+len(formats))%len(formats)]
		tests, err := reports.Count(format, bytes.NewReader(data))
		if err == nil && !reports.Counts(format) {
			t.Errorf("%s holds no test cases, and %v were counted", format, tests)
		}
		if tests.Passed < 0 || tests.Failed < 0 || tests.Skipped < 0 || tests.Passed+tests.Failed+tests.Skipped > len(data) {
			t.Errorf("%d bytes of %s hold %+v", len(data), format, tests)
		}
	})
}
