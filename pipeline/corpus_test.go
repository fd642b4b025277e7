package pipeline_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
)

const corpusList = "testdata/corpus.txt"

// TestCorpus reads definitions that others wrote. A file without errors has to be labelled good; the errors of every
// other file, and the reason why a label is wrong, are in the list, line by line, and nothing else is.
func TestCorpus(t *testing.T) {
	files := corpustest.Files(t)
	want, reasons := readCorpusList(t)
	got := map[string][]string{}
	pipelines, start, there := 0, time.Now(), map[string]bool{}
	for _, f := range files {
		file := f.Name
		there[file] = true
		all, list := checkAll(t, f)
		pipelines += len(all)
		if errors := errorLines(list); len(errors) > 0 {
			got[file] = errors
		}
		if _, listed := reasons[file]; listed == (f.Good && len(got[file]) == 0) {
			t.Errorf("%s: labelled good is %v, it has %d errors, and listed with a reason is %v",
				file, f.Good, len(got[file]), listed)
		}
	}
	t.Logf("%d files, %d pipelines in %v", len(files), pipelines, time.Since(start).Round(time.Millisecond))
	for file := range reasons {
		if !there[file] {
			t.Errorf("the list has %s, which is not in the corpus", file)
		}
	}
	if *update {
		writeCorpusList(t, got, reasons)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors in the corpus (-want +got):\n%s", diff)
	}
}

// checkAll parses and checks every pipeline of a file, and wants every place to be in it.
func checkAll(t *testing.T, f corpustest.File) ([]*pipeline.Pipeline, diag.List) {
	t.Helper()
	source := f.Read(t)
	all, list := pipeline.ParseAll(filepath.Base(f.Path), source, pipeline.ParseOptions{})
	for _, p := range all {
		list.Add(pipeline.Check(p, pipeline.Options{})...)
	}
	placesHold(t, source, list)
	return all, list.Sorted()
}

// errorLines prints the errors of a file as the list has them: line and code.
func errorLines(list diag.List) []string {
	var lines []string
	for _, d := range list {
		line := fmt.Sprintf("%d %s", d.At.Start.Line, d.Code)
		if d.Severity == diag.Error && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// readCorpusList reads the list: a file, a tab and the reason why it is there; below it, indented, its errors.
func readCorpusList(t *testing.T) (errors map[string][]string, reasons map[string]string) {
	t.Helper()
	content, err := os.ReadFile(corpusList)
	if err != nil {
		t.Fatal(err)
	}
	errors, reasons = map[string][]string{}, map[string]string{}
	file := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		switch name, reason, isHead := strings.Cut(line, "\t"); {
		case strings.HasPrefix(line, "#") || line == "":
		case strings.HasPrefix(line, "\t"):
			errors[file] = append(errors[file], strings.TrimSpace(line))
		case !isHead || reason == "":
			t.Fatalf("%s: no reason in %q", corpusList, line)
		default:
			file = name
			reasons[file] = reason
		}
	}
	return errors, reasons
}

func writeCorpusList(t *testing.T, errors map[string][]string, reasons map[string]string) {
	t.Helper()
	var out strings.Builder
	out.WriteString(`# Files of the corpus whose label says that they are bad, or that have errors: why, and each error's line and code.
# "good" before the reason says that the label is wrong and the file is right; "label" that the label says it is right
# and it is wrong; all others are bad and labelled so.
`)
	for _, file := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&out, "\n%s\t%s\n", file, reasons[file])
		for _, line := range errors[file] {
			fmt.Fprintf(&out, "\t%s\n", line)
		}
	}
	if err := os.WriteFile(corpusList, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
