package platform

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// provider is task.Providers. It finds the provider of every action type that runs on AWS: one that this function is not made
// of cannot be asked for anything, and is still told from an action type that nobody performs.
func (p *Platform) provider(_ string, id pipeline.ActionTypeID) (action.Provider, bool) {
	row, known := providers.Lookup(id)
	switch {
	case !known:
		return nil, false
	case row.Waits:
		return outlasting{&narrowed{platform: p, family: row.Family}}, true
	}
	return &narrowed{platform: p, family: row.Family}, true
}

// narrowed performs each action as its pipeline's role, which a session policy narrows to what this one action does. Calls
// about one action execution, one after the other, share the session: what was just started is looked at by it.
type narrowed struct {
	platform *Platform
	family   providers.Family

	made    action.Provider
	madeFor string // the action execution
}

// Start is that of action.Provider.
func (n *narrowed) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	provider, err := n.of(r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Start(ctx, r)
}

// outlasting is narrowed for work that outlasts the call.
type outlasting struct{ *narrowed }

// Describe is that of action.Describer.
func (w outlasting) Describe(ctx context.Context, r action.Request, externalExecutionID string) (action.Outcome, error) {
	provider, err := w.describer(r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Describe(ctx, r, externalExecutionID)
}

// Stop is that of action.Describer.
func (w outlasting) Stop(ctx context.Context, r action.Request, externalExecutionID string) error {
	provider, err := w.describer(r)
	if err != nil {
		return err
	}
	return provider.Stop(ctx, r, externalExecutionID)
}

// Details are those of task.JobDetails: what the job of an action is about.
func (w outlasting) Details(ctx context.Context, r action.Request) (lambda.Event, error) {
	provider, err := w.of(r)
	if err != nil {
		return lambda.Event{}, err
	}
	invoking, ok := provider.(interface {
		Details(context.Context, action.Request) (lambda.Event, error)
	})
	if !ok {
		return lambda.Event{}, fmt.Errorf("%s/%s: its actions are no jobs", r.Stage, r.Action.Name.Value)
	}
	return invoking.Details(ctx, r)
}

func (w outlasting) describer(r action.Request) (action.Describer, error) {
	provider, err := w.of(r)
	if err != nil {
		return nil, err
	}
	describer, ok := provider.(action.Describer)
	if !ok {
		return nil, fmt.Errorf("%s/%s: its provider cannot be asked about work that outlasts a call", r.Stage, r.Action.Name.Value)
	}
	return describer, nil
}

// of makes the provider of an action execution, once.
func (n *narrowed) of(r action.Request) (action.Provider, error) {
	if n.made != nil && n.madeFor == r.ActionExecutionID {
		return n.made, nil
	}
	p := n.platform
	provider, linked := p.parts.Providers[n.family]
	if !linked || p.parts.Assume == nil {
		return nil, fmt.Errorf("%s/%s: this function is not made of the provider of %s: this is an error of the deployment",
			r.Stage, r.Action.Name.Value, n.family)
	}
	account, err := p.as(r)
	if err != nil {
		return nil, err
	}
	options := cloud.BucketOptions{KMSKeyID: p.keyOf(r)}
	n.madeFor, n.made = r.ActionExecutionID, provider(providers.Equipment{
		Platform: p.Platform, Account: account, Options: options, Store: artifact.NewStore(account.Objects(options)),
		Records: p.records, Clock: p.clock, Region: cmp.Or(r.Action.Region.Value, p.Region), RoleARN: r.RoleARN,
		BuildRoleARN: p.BuildRoleARN(r.PipelineName),
	})
	return n.made, nil
}

// keyOf is the key that what an action makes is encrypted with: that of the store that it goes to.
func (p *Platform) keyOf(r action.Request) string {
	if len(r.Outputs) == 0 || r.Outputs[0].Bucket == p.BucketName {
		return p.Key
	}
	return r.EncryptionKeys[r.Outputs[0].Bucket]
}

// as is the account as the action's role sees it: the pipeline's role, or one of the action's own, which that one assumes.
func (p *Platform) as(r action.Request) (*cloud.Account, error) {
	if r.RoleARN == "" {
		return nil, action.Fail(action.ConfigurationError,
			"pipeline %s version %d is registered without a role: deploy its stack again", r.PipelineName, r.PipelineVersion)
	}
	access := p.access(r)
	policy, err := p.SessionPolicy(access)
	if err != nil {
		return nil, action.Fail(action.ConfigurationError, "%v", err)
	}
	account := p.account.As(cloud.Role{
		ARN: r.RoleARN, ExternalID: p.PipelineARN(r.PipelineName), SessionName: r.ActionExecutionID, Policy: policy,
	}, r.Action.Region.Value, p.parts.Assume)
	role := r.Action.RoleArn.Value
	if role == "" {
		return account, nil
	}
	if policy, err = p.ActionRolePolicy(access); err != nil {
		return nil, action.Fail(action.ConfigurationError, "%v", err)
	}
	// The trust of a role that asks for no external ID takes any.
	return account.As(cloud.Role{
		ARN: role, ExternalID: p.PipelineARN(r.PipelineName), SessionName: r.ActionExecutionID, Policy: policy,
	}, "", p.parts.Assume), nil
}

// access is what the action reaches.
func (p *Platform) access(r action.Request) resources.ActionAccess {
	a := resources.ActionAccess{Pipeline: r.PipelineName, Action: r.Action, Configuration: r.Configuration}
	buckets := map[string]bool{}
	for _, in := range r.Inputs {
		a.Reads = append(a.Reads, resources.Object{Bucket: in.Bucket, Key: in.Key})
		buckets[in.Bucket] = true
	}
	if strings.EqualFold(r.Configuration["BatchEnabled"], "true") && len(r.Outputs) > 0 {
		// The builds of a batch store below the first output, under IDs that CodeBuild gives them.
		a.Below = append(a.Below, resources.Object{Bucket: r.Outputs[0].Bucket, Key: r.Outputs[0].Key})
	}
	for _, out := range r.Outputs {
		a.Writes = append(a.Writes, resources.Object{Bucket: out.Bucket, Key: out.Key})
		buckets[out.Bucket] = true
	}
	for bucket := range buckets {
		key := p.Key
		if bucket != p.BucketName {
			key = p.EncryptionKeyARN(r.EncryptionKeys[bucket], cmp.Or(r.StoreRegions[bucket], p.Region))
		}
		if key != "" {
			a.Keys = append(a.Keys, key)
		}
	}
	slices.Sort(a.Keys)
	return a
}
