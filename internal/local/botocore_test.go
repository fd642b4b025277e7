package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
	documents "github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// What convert --to api prints must be what `aws codepipeline create-pipeline --cli-input-json` takes: botocore, which
// is in the environment that the tests with moto have, validates it for every definition of the corpus.
func TestBotocoreTakesTheAPIForm(t *testing.T) {
	files := append(corpustest.Files(t), corpustest.File{Path: "../../examples/go-service/pipeline.yaml"})
	var inputs bytes.Buffer
	converted := 0
	for _, file := range files {
		for name, input := range apiForms(t, file.Path) {
			fmt.Fprintf(&inputs, `{"name":%q,"input":%s}`+"\n", name, input)
			converted++
		}
	}
	inputs.WriteString(`{"name":"refused","input":{"pipeline":{"name":"x","roleArn":"arn:aws:iam::111122223333:role/X"}}}` + "\n")
	if converted < 100 {
		t.Errorf("%d definitions were converted: has the corpus moved?", converted)
	}
	python := mototest.Python(t)
	validate := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "botocore", "validate.py"))
	validate.Stdin = &inputs
	validate.Stderr = os.Stderr
	out, err := validate.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("refused: Missing required parameter in pipeline: \"stages\"\n%d inputs\n", converted+1)
	if string(out) != want {
		t.Errorf("botocore says:\n%swant\n%s", out, want)
	}
}

// apiForms converts every definition of a file that has no errors, by name, each on one line.
func apiForms(t *testing.T, file string) map[string][]byte {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pipelines, list := pipeline.ParseAll(filepath.Base(file), source, pipeline.ParseOptions{})
	forms := map[string][]byte{}
	if list.HasErrors() {
		return forms
	}
	for _, p := range pipelines {
		if !pipeline.Check(p, pipeline.Options{}).HasErrors() {
			forms[filepath.Base(file)+" "+p.Name.Value] = apiForm(t, p)
		}
	}
	return forms
}

// apiForm converts with made-up values for what only AWS knows: as many as the diagnostics ask for.
func apiForm(t *testing.T, p *pipeline.Pipeline) []byte {
	t.Helper()
	c := pipeline.Conversion{To: pipeline.API, Values: map[string]string{}}
	if !p.RoleArn.IsSet() {
		c.RoleArn = "arn:aws:iam::111122223333:role/Pipeline"
	}
	if p.ArtifactStore == nil && len(p.ArtifactStores) == 0 {
		c.ArtifactBucket = "artifacts"
	}
	_, list := pipeline.Convert(p, c)
	for _, d := range list {
		if d.Severity == diag.Error && d.Code == "value-not-known" {
			_, rest, _ := strings.Cut(d.Help, "'")
			name, _, _ := strings.Cut(rest, "=VALUE'")
			c.Values[name] = "value"
		}
	}
	v, list := pipeline.Convert(p, c)
	if list.HasErrors() {
		t.Fatalf("%s: %v", p.Name.Value, list)
	}
	text, err := documents.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil {
		t.Fatal(err)
	}
	return line.Bytes()
}
