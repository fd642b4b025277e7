package pipeline_test

import (
	"bytes"
	"encoding/csv"
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
)

const (
	corpus     = "../../shared/corpus"
	corpusList = "testdata/corpus.txt"
)

// TestCorpus reads definitions that others wrote. A file without errors has to be labelled good; the errors of every
// other file, and the reason why a label is wrong, are in the list, line by line, and nothing else is.
func TestCorpus(t *testing.T) {
	labels := corpusLabels(t)
	want, reasons := readCorpusList(t)
	got := map[string][]string{}
	pipelines, start := 0, time.Now()
	for _, file := range slices.Sorted(maps.Keys(labels)) {
		all, list := checkAll(t, filepath.Join(corpus, file))
		pipelines += len(all)
		if errors := errorLines(list); len(errors) > 0 {
			got[file] = errors
		}
		if _, listed := reasons[file]; listed == (labels[file] && len(got[file]) == 0) {
			t.Errorf("%s: labelled good is %v, it has %d errors, and listed with a reason is %v",
				file, labels[file], len(got[file]), listed)
		}
	}
	t.Logf("%d files, %d pipelines in %v", len(labels), pipelines, time.Since(start).Round(time.Millisecond))
	for file := range reasons {
		if _, there := labels[file]; !there {
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
func checkAll(t *testing.T, path string) ([]*pipeline.Pipeline, diag.List) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, list := pipeline.ParseAll(filepath.Base(path), source, pipeline.ParseOptions{})
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

// corpusLabels returns the files of the corpus, and whether their label says that they are good.
func corpusLabels(t *testing.T) map[string]bool {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(corpus, "index.tsv"))
	if os.IsNotExist(err) {
		t.Skip("the corpus of public definitions is not beside this checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(index))
	reader.Comma, reader.LazyQuotes = '\t', true
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	valid, problems := slices.Index(rows[0], "valid"), slices.Index(rows[0], "structural_problems")
	labels := map[string]bool{}
	for _, row := range rows[1:] {
		labels[row[0]] = strings.HasPrefix(row[valid], "valid") && row[problems] == ""
	}
	if len(labels) < 150 {
		t.Fatalf("the corpus has %d files only", len(labels))
	}
	return labels
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
