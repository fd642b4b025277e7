//go:build synth

package infra_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
)

const corpusList = "testdata/corpus.txt"

// TestCorpus makes a stack of every public definition that `check --for aws` accepts, all in one app. The others are in
// testdata/corpus.txt, each with its reason. Whether CloudFormation takes the templates, cfn-lint says: make synth.
func TestCorpus(t *testing.T) {
	files := corpustest.Files(t)
	out := *corpusOut
	if out == "" {
		out = t.TempDir()
	}
	app := newApp(out)
	left, made := map[string]string{}, 0
	for _, file := range files {
		all, reason := accepted(t, file)
		if reason != "" {
			left[file.Name] = reason
		}
		for i, p := range all {
			// A stack must not stay empty: what cannot be deployed is found before there is one.
			if _, err := (resources.Platform{Name: "penstock"}).Pipeline(p, machines.Compile, resources.Named); err != nil {
				left[fmt.Sprintf("%s %d", file.Name, i+1)] = "not deployed: " + strings.Join(strings.Fields(err.Error()), " ")
				continue
			}
			made++
			stack := awscdk.NewStack(app, jsii.String(fmt.Sprintf("corpus-%d", made)), nil)
			_, err := infra.NewPipeline(stack, "Pipeline", infra.PipelineProps{
				Platform: infra.DeployedPlatform(stack, ""), Definition: p,
			})
			if err != nil {
				t.Errorf("%s: %v", file.Name, err)
			}
		}
	}
	app.Synth(nil)
	t.Logf("%d files: %d pipelines have a stack, %d files or pipelines have none", len(files), made, len(left))
	compare(t, left)
}

// accepted are the pipelines of a file that AWS runs; the reason says why there are none.
func accepted(t *testing.T, file corpustest.File) (all []*pipeline.Pipeline, reason string) {
	t.Helper()
	all, list := pipeline.ParseAll(filepath.Base(file.Path), file.Read(t), pipeline.ParseOptions{})
	for _, p := range all {
		list.Add(pipeline.Check(p, resources.CheckOptions())...)
	}
	codes := map[string]bool{}
	for _, d := range list {
		if d.Severity == diag.Error {
			codes[d.Code] = true
		}
	}
	switch {
	case len(codes) > 0:
		return nil, "refused: " + strings.Join(slices.Sorted(maps.Keys(codes)), ", ")
	case len(all) == 0:
		return nil, "no pipeline"
	}
	return all, ""
}

// compare holds what has no stack against the list.
func compare(t *testing.T, left map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Public definitions, and pipelines in them, that no stack is made of, each with its reason.\n")
	for _, file := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(&b, "%s\t%s\n", file, left[file])
	}
	if *update {
		if err := os.WriteFile(corpusList, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(corpusList)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("definitions without a stack (-want +got):\n%s", diff)
	}
}
