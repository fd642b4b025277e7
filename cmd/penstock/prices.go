package main

import (
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// prices are AWS's list prices in us-east-1 as of November 2026, in US dollars, free tiers left out. This table is the
// only place that knows a price.
var prices = struct {
	stateTransition float64 // Step Functions Standard, $0.025 per 1,000
	actionMinute    float64 // CodePipeline V2, each action execution rounded up to a full minute
	pipelineMonth   float64 // CodePipeline V1, for a pipeline that is active in that month
}{
	stateTransition: 0.000025,
	actionMinute:    0.002,
	pipelineMonth:   1.00,
}

// cost is what a run would cost on AWS, builds and storage aside: those cost the same either way.
type cost struct {
	StepFunctions float64 `json:"step-functions-usd"`
	CodePipeline  float64 `json:"code-pipeline-usd"`
	v1            bool
}

func costOf(transitions int, actions []*execution.Action, v1 bool) cost {
	c := cost{StepFunctions: float64(transitions) * prices.stateTransition, v1: v1}
	if v1 {
		return c
	}
	for _, a := range actions {
		c.CodePipeline += float64(billedMinutes(a)) * prices.actionMinute
	}
	return c
}

// billedMinutes is what CodePipeline bills of an action: manual approvals and custom actions are free.
func billedMinutes(a *execution.Action) int {
	if a.Type.Owner == "Custom" || a.Type.Category == "Approval" && a.Type.Provider == "Manual" {
		return 0
	}
	took := a.LastUpdateTime.Sub(a.StartTime)
	return max(1, int((took+time.Minute-1)/time.Minute))
}

// String is the sentence about the cost.
func (c cost) String() string {
	text := fmt.Sprintf("On AWS: about $%.4f of Step Functions; ", c.StepFunctions)
	if c.v1 {
		return text + fmt.Sprintf("CodePipeline V1 bills $%.2f a month.", prices.pipelineMonth)
	}
	return text + fmt.Sprintf("CodePipeline V2 would bill $%.3f.", c.CodePipeline)
}
