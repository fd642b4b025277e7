package pipeline_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// Triggers start executions on AWS, and nothing does on a machine: only there is something to be said.
func TestTriggersOfEngines(t *testing.T) {
	const source = `name: app
triggers:
- providerType: CodeStarSourceConnection
  gitConfiguration: {sourceActionName: Get, push: [{branches: {includes: [main]}}]}
stages:
- name: Source
  actions:
  - name: Get
    actionTypeId: Source/CodeStarSourceConnection
    configuration: {ConnectionArn: "arn:aws:codestar-connections:us-east-1:111122223333:connection/1", FullRepositoryId: o/r, BranchName: main}
    outputArtifacts: [{name: App}]
- name: Ask
  actions: [{name: Gate, actionTypeId: Approval/Manual}]
`
	p, list := pipeline.Parse("pipeline.yaml", []byte(source))
	if list.HasErrors() {
		t.Fatal(list)
	}
	for engine, want := range map[pipeline.Engine]int{pipeline.AnyEngine: 1, pipeline.LocalEngine: 1, pipeline.AWSEngine: 0} {
		notes := 0
		for _, d := range pipeline.Check(p, pipeline.Options{For: engine}) {
			if d.Code == "not-supported-yet" && d.Severity == diag.Note {
				notes++
			}
		}
		if notes != want {
			t.Errorf("engine %q: %d notes about triggers, want %d", engine, notes, want)
		}
	}
}
