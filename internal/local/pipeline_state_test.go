package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
)

// What an execution did not reach is as an earlier one left it.
func TestPipelineStateHasTheLatestOfEverything(t *testing.T) {
	files := small(greet)
	b := bind(t, files)
	p := b.open(t, Options{})
	defer p.Close()
	approve(t, p, true)
	if _, err := p.Records().GetPipelineState(t.Context(), "small"); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("before it is registered: %v", err)
	}
	source := parse(t, files["pipeline.yaml"])
	if _, err := p.Register(t.Context(), source, nil); err != nil {
		t.Fatal(err)
	}
	unused := []string{"Source -", "Checkout -", "Build -", "Make -", "Lint -", "Approve -", "Release -", "Deploy -", "Site -"}
	if diff := cmp.Diff(unused, latestOf(t, p)); diff != "" {
		t.Errorf("before it ran (-want +got):\n%s", diff)
	}

	ids := []string{ended(t, p, start(t, p, source))}
	failing := strings.ReplaceAll(files["source/build.yml"], greet, "exit 1")
	if err := os.WriteFile(filepath.Join(b.dir, "source", "build.yml"), []byte(failing), 0o600); err != nil {
		t.Fatal(err)
	}
	ids = append(ids, ended(t, p, start(t, p, source)))
	want := []string{
		"Source Succeeded " + ids[1], "Checkout Succeeded " + ids[1],
		"Build Failed " + ids[1], "Make Failed " + ids[1], "Lint Succeeded " + ids[1],
		"Approve Succeeded " + ids[0], "Release Succeeded " + ids[0],
		"Deploy Succeeded " + ids[0], "Site Succeeded " + ids[0],
	}
	if diff := cmp.Diff(want, latestOf(t, p)); diff != "" {
		t.Errorf("after two executions (-want +got):\n%s", diff)
	}
}

func ended(t *testing.T, p *Platform, e *execution.Execution) string {
	t.Helper()
	if _, err := p.Wait(t.Context(), e.PipelineExecutionID); err != nil {
		t.Fatal(err)
	}
	return e.PipelineExecutionID
}

// latestOf prints the state of the pipeline, one line for each stage and each action.
func latestOf(t *testing.T, p *Platform) []string {
	t.Helper()
	s, err := p.Records().GetPipelineState(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, st := range s.Stages {
		line := st.Name + " -"
		if st.Latest != nil {
			line = fmt.Sprintf("%s %s %s", st.Name, st.Latest.Status, st.Latest.PipelineExecutionID)
		}
		out = append(out, line)
		for _, a := range st.Actions {
			line := a.Name + " -"
			if a.Latest != nil {
				line = fmt.Sprintf("%s %s %s", a.Name, a.Latest.Status, a.Latest.PipelineExecutionID)
			}
			out = append(out, line)
		}
	}
	return out
}
