package platform

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// secrets is task.Secrets: a webhook's secret is read as the role of its pipeline, which may read that one and here
// nothing else.
type secrets struct{ platform *Platform }

// secrets is nil in a function that reads none.
func (p *Platform) secrets() task.Secrets {
	if p.parts.Secret == nil || p.parts.Assume == nil {
		return nil
	}
	return secrets{p}
}

// Secret is that of task.Secrets.
func (s secrets) Secret(ctx context.Context, d execution.Definition, reference string) (string, error) {
	secret, is := catalogue.ParseSecret(reference)
	if !is {
		return "", &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("%q names no secret of Secrets Manager", reference)}
	}
	p := s.platform
	policy, err := p.SecretPolicy(secret)
	if err != nil {
		return "", err
	}
	account := p.account.As(cloud.Role{
		ARN: d.RoleARN, ExternalID: p.PipelineARN(d.PipelineName), SessionName: resources.ReceiveWebhook, Policy: policy,
	}, "", p.parts.Assume)
	return p.parts.Secret(ctx, account, secret)
}
