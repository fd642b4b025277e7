package platform

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// secrets is task.Secrets: a webhook's secret is read as the role of its pipeline, which may read that one and here
// nothing else.
type secrets struct{ platform *Platform }

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
	return p.account.As(cloud.Role{
		ARN: d.RoleARN, ExternalID: p.PipelineARN(d.PipelineName), SessionName: resources.ReceiveWebhook, Policy: policy,
	}, "").Secret(ctx, secret)
}
