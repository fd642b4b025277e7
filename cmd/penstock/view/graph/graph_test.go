package graph_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/cmd/penstock/view/graph"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write what is drawn now as the golden pictures")

func TestPictures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions in testdata (%v)", err)
	}
	for _, file := range append(files, "../../../../examples/go-service/pipeline.yaml") {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			d := diagram(t, file)
			golden(t, filepath.Join("testdata", name+".svg"), d.SVG())
			golden(t, filepath.Join("testdata", name+".mmd"), d.Mermaid())
		})
	}
}

func diagram(t *testing.T, file string) graph.Diagram {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, file, source)
}

func parse(t *testing.T, file string, source []byte) graph.Diagram {
	t.Helper()
	p, list := pipeline.Parse(file, source)
	list.Add(pipeline.Check(p, pipeline.Options{})...)
	if list.HasErrors() {
		t.Fatalf("%s: %v", file, list)
	}
	return graph.Of(p)
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); to write it again: go test -update\n%s", file, diff)
	}
	if filepath.Ext(file) == ".svg" {
		wellFormed(t, got)
	}
}

func wellFormed(t *testing.T, picture []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the picture is not XML: %v", err)
		}
	}
}
