package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// actionTypesOfV2 exist in pipelines of type V2 only.
var actionTypesOfV2 = []string{
	"Compute/AWS/Commands/1", "Build/AWS/ECRBuildAndPublish/1", "Deploy/AWS/EC2/1", "Deploy/AWS/EKS/1",
	"Deploy/AWS/Lambda/1", "Invoke/AWS/CodePipeline/1",
}

// checkPipelineType finds what a pipeline that is explicitly V1 cannot have. Left out, the type follows from what is
// used.
func checkPipelineType(d *definition, list *diag.List) {
	if d.PipelineType.Value != "V1" {
		return
	}
	if mode := d.Mode(); mode == ModeQueued || mode == ModeParallel {
		list.Add(needsV2(d.ExecutionMode.At, "execution mode "+mode, d.PipelineType))
	}
	if len(d.Variables) > 0 {
		list.Add(needsV2(d.Variables[0].At, "a pipeline variable", d.PipelineType))
	}
	if len(d.Triggers) > 0 {
		list.Add(needsV2(d.Triggers[0].At, "a trigger", d.PipelineType))
	}
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			list.Add(needsV2(set.at, set.kind, d.PipelineType))
		}
	}
	for i := range d.actions {
		if id := d.actions[i].ActionTypeID; slices.Contains(actionTypesOfV2, id.String()) {
			list.Add(needsV2(id.At, "action type "+id.String(), d.PipelineType))
		}
	}
}
