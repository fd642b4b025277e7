package pipeline

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

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
		if a := &d.actions[i]; a.actionType.V2Only.Answer == catalogue.Yes {
			list.Add(needsV2(a.ActionTypeID.At, "action type "+a.ActionTypeID.String(), d.PipelineType))
		}
	}
}
