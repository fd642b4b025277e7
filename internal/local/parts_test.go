package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/statemachines"
)

// inParts is a pipeline whose states are too long for one machine: a quote inside of an expression takes seven bytes.
func inParts() string {
	var b strings.Builder
	b.WriteString(`
name: parts
stages:
  - name: Source
    actions:
      - name: Checkout
        namespace: Src
        actionTypeId: Source/AWS/CodeCommit/1
        configuration: {RepositoryName: demo, BranchName: main}
        outputArtifacts: [{name: app}]
`)
	for i := range 4 {
		fmt.Fprintf(&b, `  - name: Approve%[1]d
    actions:
      - name: Gate
        actionTypeId: Approval/AWS/Manual/1
        configuration: {CustomData: '#{Src.RepositoryName} %[2]s'}
`, i, strings.Repeat(`"`, 45_000))
	}
	b.WriteString(`  - name: Release
    actions:
      - name: Deploy
        actionTypeId: Deploy/AWS/S3/1
        configuration: {BucketName: site, ObjectKey: "#{Src.RepositoryName}", Extract: "true"}
        inputArtifacts: [{name: app}]
`)
	return b.String()
}

// A pipeline that comes in several machines runs through all of them: each ends by starting the next, which reads from the
// records what the source made.
func TestPipelineInPartsRuns(t *testing.T) {
	b := bind(t, map[string]string{
		"source/index.html":   "hello\n",
		"penstock.local.yaml": "sources: {Source/Checkout: {path: ./source}}\n",
	})
	p := b.open(t, Options{})
	defer closed(t, p)
	approve(t, p, true)
	source := parse(t, inParts())
	parts, err := statemachines.Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2 {
		t.Fatalf("compiled into %d machines", len(parts))
	}
	e := start(t, p, source)
	ended, err := p.Wait(t.Context(), e.PipelineExecutionID)
	if err != nil || ended.Status != execution.ExecutionSucceeded || ended.MachineExecution != e.PipelineExecutionID+".2" {
		t.Fatalf("%+v, %v", ended, err)
	}
	if ended.ResumedAt != parts[1].Stages[0] {
		t.Errorf("the second machine began with stage %q, want %q", ended.ResumedAt, parts[1].Stages[0])
	}
	if budget := statemachines.Budget(source, 2); p.Figures(e.PipelineExecutionID).Transitions != budget {
		t.Errorf("%d transitions, the budget is %d", p.Figures(e.PipelineExecutionID).Transitions, budget)
	}
	text, err := os.ReadFile(filepath.Join(p.state.path(ObjectsFolder), "site", "demo", "index.html"))
	if err != nil || string(text) != "hello\n" {
		t.Errorf("deployed %q, %v", text, err)
	}
}
