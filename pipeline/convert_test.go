package pipeline_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// TestConvertKeepsTheMeaning converts the definitions of the corpus that have no errors from each form to each other
// and back: what is read in the end is what was read in the beginning.
func TestConvertKeepsTheMeaning(t *testing.T) {
	converted := 0
	for _, f := range corpustest.Files(t) {
		file := filepath.Base(f.Path)
		pipelines, list := pipeline.ParseAll(file, f.Read(t), pipeline.ParseOptions{})
		if list.HasErrors() {
			continue
		}
		for _, p := range pipelines {
			if !pipeline.Check(p, pipeline.Options{}).HasErrors() {
				converted++
				t.Run(file+"/"+p.Name.Value, func(t *testing.T) { convertAround(t, p) })
			}
		}
	}
	if converted < 100 {
		t.Errorf("%d pipelines were converted: has the corpus moved?", converted)
	}
}

// convertAround takes a definition through all forms, in both formats.
func convertAround(t *testing.T, p *pipeline.Pipeline) {
	supplied := pipeline.Conversion{To: pipeline.Authoring, Values: map[string]string{}}
	if !p.RoleArn.IsSet() {
		supplied.RoleArn = "arn:aws:iam::111122223333:role/Pipeline"
	}
	if p.ArtifactStore == nil && len(p.ArtifactStores) == 0 {
		supplied.ArtifactBucket = "artifacts"
	}
	start := convertTo(t, p, supplied)
	if supplied.RoleArn == "" && supplied.ArtifactBucket == "" {
		sameMeaning(t, p, start)
	}
	for _, way := range [][]pipeline.Target{
		{pipeline.CloudFormation, pipeline.Authoring},
		{pipeline.API, pipeline.CloudFormation, pipeline.API, pipeline.Authoring},
	} {
		values := map[string]string{}
		if way[0] == pipeline.API {
			values = valuesFor(t, start)
		}
		want := convertTo(t, start, pipeline.Conversion{To: pipeline.Authoring, Values: values})
		for at, i := start, 0; i < len(way); i++ {
			at = convertTo(t, at, pipeline.Conversion{To: way[i], Values: values})
			sameMeaning(t, want, at)
		}
	}
}

// convertTo converts, writes in both formats and reads back.
func convertTo(t *testing.T, p *pipeline.Pipeline, c pipeline.Conversion) *pipeline.Pipeline {
	t.Helper()
	v, list := pipeline.Convert(p, c)
	if list.HasErrors() {
		t.Fatalf("to %s: %v", c.To, list)
	}
	check := len(c.Values) == 0 // what is made up breaks rules
	asYAML := format.YAML(v, "stages", "Stages")
	fromYAML := readBack(t, "x.yaml", asYAML, check)
	if c.To != pipeline.CloudFormation {
		isFormatted(t, asYAML)
	}
	text, err := format.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON := readBack(t, "x.json", text, check)
	sameMeaning(t, fromYAML, fromJSON)
	return fromJSON
}

// isFormatted wants Format to have nothing to do.
func isFormatted(t *testing.T, text []byte) {
	t.Helper()
	formatted, list := pipeline.Format("x.yaml", text)
	if diff := cmp.Diff(string(text), string(formatted)); list.HasErrors() || diff != "" {
		t.Fatalf("is not formatted: %v (-written +formatted):\n%s", list, diff)
	}
}

func readBack(t *testing.T, file string, text []byte, check bool) *pipeline.Pipeline {
	t.Helper()
	p, list := pipeline.Parse(file, text)
	if check {
		list.Add(pipeline.Check(p, pipeline.Options{})...)
	}
	if list.HasErrors() {
		t.Fatalf("%v\n%s", list, text)
	}
	return p
}

// sameMeaning compares what Check and everything after it sees.
func sameMeaning(t *testing.T, want, got *pipeline.Pipeline) {
	t.Helper()
	if diff := cmp.Diff(meaningOf(want), meaningOf(got)); diff != "" {
		t.Fatalf("the meaning has changed (-want +got):\n%s", diff)
	}
	if len(want.Tags) != len(got.Tags) {
		t.Fatalf("%d tags, want %d", len(got.Tags), len(want.Tags))
	}
	for i := range want.Tags {
		if want.Tags[i].Key.Value != got.Tags[i].Key.Value || want.Tags[i].Value.Value != got.Tags[i].Value.Value {
			t.Errorf("tag %d is %s=%s", i, got.Tags[i].Key.Value, got.Tags[i].Value.Value)
		}
	}
}

var placeholderPattern = regexp.MustCompile(`\$\{[^}!]+\}`)

// meaningOf is the canonical form with placeholders as a template's parameters are named: Role.Arn becomes RoleArn.
func meaningOf(p *pipeline.Pipeline) string {
	return placeholderPattern.ReplaceAllStringFunc(string(pipeline.Canonical(p)), func(placeholder string) string {
		return strings.NewReplacer(".", "", "(", "", ")", "", ",", "", " ", "", "-", "", ":", "").Replace(placeholder)
	})
}

// valuesFor makes up values for what only AWS knows.
func valuesFor(t *testing.T, p *pipeline.Pipeline) map[string]string {
	t.Helper()
	var list diag.List
	values := map[string]string{}
	fill(values, tree.Read("canonical.json", pipeline.Canonical(p), &list))
	if list.HasErrors() {
		t.Fatal(list)
	}
	return values
}

func fill(values map[string]string, v *tree.Value) {
	text, _ := template.Substitution(v)
	for _, placeholder := range text.Placeholders {
		values[placeholder.Name] = "value"
	}
	for _, e := range v.Entries {
		fill(values, e.Value)
	}
	for _, item := range v.Items {
		fill(values, item)
	}
}
