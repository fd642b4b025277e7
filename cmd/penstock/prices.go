package main

import (
	"fmt"
	"math"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// prices are AWS's list prices in us-east-1, in US dollars, free tiers left out. This table is the only place that
// knows a price.
var prices = struct {
	month           string
	stateTransition float64 // Step Functions Standard, $0.025 per 1,000
	actionMinute    float64 // CodePipeline V2, each action execution rounded up to a full minute
	pipelineMonth   float64 // CodePipeline V1, for a pipeline that is active in that month
}{
	month:           "November 2026",
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

// billedMinutes is what CodePipeline bills of an action: manual approvals and custom actions are free, and so is what was
// not done.
func billedMinutes(a *execution.Action) int {
	if a.Skipped || isFree(a.Type) {
		return 0
	}
	took := a.LastUpdateTime.Sub(a.StartTime)
	return max(1, int((took+time.Minute-1)/time.Minute))
}

func isFree(id execution.ActionTypeID) bool {
	return id.Owner == "Custom" || id.Category == "Approval" && id.Provider == "Manual"
}

// String is the sentence about the cost.
func (c cost) String() string {
	text := fmt.Sprintf("On AWS: about $%.4f of Step Functions; ", c.StepFunctions)
	if c.v1 {
		return text + fmt.Sprintf("CodePipeline V1 bills $%.2f a month.", prices.pipelineMonth)
	}
	return text + fmt.Sprintf("CodePipeline V2 would bill $%.3f.", c.CodePipeline)
}

// plannedCost is what a run of a pipeline will cost on AWS.
type plannedCost struct {
	PricesOf           string  `json:"prices-of"`
	StepFunctions      float64 `json:"step-functions-usd"`       // of a run that succeeds without a retry
	WorstStepFunctions float64 `json:"worst-step-functions-usd"` // of one in which everything is retried
	BilledActions      int     `json:"billed-actions"`           // those that CodePipeline V2 bills
	CodePipeline       float64 `json:"code-pipeline-usd"`        // CodePipeline V2, each action within a minute
	v1                 bool
}

func costPlanned(f statemachines.Figures, p *pipeline.Pipeline) plannedCost {
	c := plannedCost{
		PricesOf:           prices.month,
		StepFunctions:      dollars(f.Transitions, prices.stateTransition),
		WorstStepFunctions: dollars(f.WorstTransitions, prices.stateTransition),
		v1:                 p.PipelineType.Value == "V1",
	}
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			id := &p.Stages[i].Actions[j].ActionTypeID
			if !isFree(execution.ActionTypeID{Category: id.Category.Value, Owner: id.Owner.Value, Provider: id.Provider.Value}) {
				c.BilledActions++
			}
		}
	}
	c.CodePipeline = dollars(c.BilledActions, prices.actionMinute)
	return c
}

// dollars is n times a price, without the noise of binary fractions.
func dollars(n int, price float64) float64 { return math.Round(float64(n)*price*1e6) / 1e6 }

// costRow is a line of a table about the cost of a run.
type costRow struct{ what, succeeds, worst, remark string }

func (c plannedCost) rows() []costRow {
	rows := []costRow{
		{"Step Functions", fmt.Sprintf("$%.5f", c.StepFunctions), fmt.Sprintf("$%.5f", c.WorstStepFunctions), ""},
		{
			"CodePipeline V2", fmt.Sprintf("$%.5f", c.CodePipeline), "",
			fmt.Sprintf("%s, $%.3f a minute begun", countOf(c.BilledActions, "action"), prices.actionMinute),
		},
	}
	if c.v1 {
		rows = append(rows, costRow{what: "CodePipeline V1", remark: fmt.Sprintf("$%.2f a month, however many runs", prices.pipelineMonth)})
	}
	return rows
}
