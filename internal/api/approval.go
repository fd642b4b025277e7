package api

import (
	"context"
	"iter"
	"slices"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

type putApprovalResultInput struct {
	PipelineName string `json:"pipelineName"`
	StageName    string `json:"stageName"`
	ActionName   string `json:"actionName"`
	Token        string `json:"token"`
	Result       struct {
		Summary string `json:"summary"`
		Status  string `json:"status"`
	} `json:"result"`
}

type putApprovalResultOutput struct {
	ApprovedAt timestamp `json:"approvedAt"`
}

// putApprovalResult answers an approval. It is done even where the caller goes away.
func (c *call) putApprovalResult(ctx context.Context, in putApprovalResultInput) (putApprovalResultOutput, error) {
	d, err := c.registered(ctx, in.PipelineName, 0)
	if err != nil {
		return putApprovalResultOutput{}, err
	}
	a, err := c.approval(ctx, in, parsed(d))
	if err != nil {
		return putApprovalResultOutput{}, err
	}
	answered, err := c.Runner.PutApprovalResult(context.WithoutCancel(ctx), execution.Approval{
		PipelineExecutionID: a.PipelineExecutionID, StageName: in.StageName, ActionName: in.ActionName, Token: in.Token,
		Approved: in.Result.Status == "Approved", Summary: in.Result.Summary, By: c.caller,
	})
	if err != nil {
		return putApprovalResultOutput{}, err
	}
	return putApprovalResultOutput{timestamp{answered.LastUpdateTime}}, nil
}

// answeredLately is among how many executions, the newest ones, an approval is looked for that was answered before. All of a
// pipeline that has run for years are more than a request has time for.
const answeredLately = 100

// approval finds the action execution that the token answers, or has answered. The request does not say of which pipeline
// execution it is: open ones are searched first.
func (c *call) approval(ctx context.Context, in putApprovalResultInput, p *pipeline.Pipeline) (*execution.Action, error) {
	for _, executions := range []iter.Seq2[*execution.Execution, error]{
		c.open(ctx, in.PipelineName), newest(answeredLately, c.before(ctx, in.PipelineName, execution.Claim{})),
	} {
		for e, err := range executions {
			if err != nil {
				return nil, err
			}
			actions, err := c.Records.ListActionExecutions(ctx, e.PipelineExecutionID)
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(actions, func(a *execution.Action) bool {
				return a.StageName == in.StageName && a.ActionName == in.ActionName && a.ApprovalToken == in.Token
			})
			if i >= 0 {
				return actions[i], nil
			}
		}
	}
	return nil, noApproval(p, in)
}

// newest are the first of a sequence.
func newest(most int, all iter.Seq2[*execution.Execution, error]) iter.Seq2[*execution.Execution, error] {
	return func(yield func(*execution.Execution, error) bool) {
		n := 0
		for e, err := range all {
			if n++; !yield(e, err) || n == most {
				return
			}
		}
	}
}

// open are the executions of a pipeline that have not ended.
func (c *call) open(ctx context.Context, name string) iter.Seq2[*execution.Execution, error] {
	return func(yield func(*execution.Execution, error) bool) {
		all, err := c.Records.OpenExecutions(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range all {
			if e.PipelineName == name && !yield(e, nil) {
				return
			}
		}
	}
}

// noApproval says what is wrong with an answer that no approval waits for.
func noApproval(p *pipeline.Pipeline, in putApprovalResultInput) error {
	i := slices.IndexFunc(p.Stages, func(st pipeline.Stage) bool { return st.Name.Value == in.StageName })
	if i < 0 {
		return noStage(in.PipelineName, in.StageName)
	}
	if !slices.ContainsFunc(p.Stages[i].Actions, func(a pipeline.Action) bool { return a.Name.Value == in.ActionName }) {
		return noAction(in.StageName, in.ActionName)
	}
	return invalidApprovalToken(in.StageName, in.ActionName)
}
