package platform

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codepipeline"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// equipment is what a provider works with for one action: the account as the action's role sees it, and the artifacts there.
type equipment struct {
	*Platform
	account *cloud.Account
	options cloud.BucketOptions // of the artifact store
	store   *artifact.Store
	region  string
	caller  string // the ARN of the pipeline's role
}

// family is a set of action types that one provider performs on AWS. An empty owner or provider is any.
type family struct {
	category, owner, provider string
	of                        func(equipment) action.Provider
	// waits says that the work outlasts the call.
	waits bool
}

// families says who performs what runs on AWS.
var families = []family{
	{"Source", "AWS", "CodeStarSourceConnection", connections, true},
	{"Source", "", "", sources, false},
	{"Build", "AWS", "CodeBuild", builds, true},
	{"Test", "AWS", "CodeBuild", builds, true},
	{"Compute", "AWS", "Commands", commands, true},
	{"Approval", "AWS", "Manual", approvals, false},
	{"Deploy", "AWS", "S3", buckets, false},
	{"Deploy", "AWS", "CloudFormation", stacks, true},
	{"Invoke", "AWS", "CodePipeline", pipelines, false},
	{"Invoke", "AWS", "Lambda", jobs, true},
	{"Invoke", "AWS", "StepFunctions", machines, true},
}

func sources(e equipment) action.Provider {
	return source.New(cloud.NewSources(e.account), e.store)
}

func connections(e equipment) action.Provider {
	return cloud.NewConnections(e.account, e.Project(resources.FetchProject), cloud.BuildsOptions{Artifacts: e.options, Clock: clock{}})
}

func builds(e equipment) action.Provider { return codebuild.NewProvider(e.builds()) }

func commands(e equipment) action.Provider { return codebuild.NewCommandsProvider(e.builds()) }

func (e equipment) builds() *cloud.Builds {
	return e.account.Builds(cloud.BuildsOptions{
		Artifacts: e.options, CommandsProject: e.Project(resources.CommandsProject), Clock: e.clock,
	})
}

func approvals(e equipment) action.Provider { return approval.New(e.account.Notifications(), e.region) }

func buckets(e equipment) action.Provider { return s3.New(cloud.NewBuckets(e.account), e.store) }

func stacks(e equipment) action.Provider {
	return cloudformation.New(e.account.Stacks(e.options), e.store)
}

// pipelines starts pipelines of the platform, by their records: no role of AWS has a part in that.
func pipelines(e equipment) action.Provider { return codepipeline.New(e.records, e.caller) }

func jobs(e equipment) action.Provider {
	return lambda.NewJobProvider(e.account.Functions(e.options), e.records, clock{}, e.Account)
}

func machines(e equipment) action.Provider {
	return stepfunctions.New(e.account.StateMachines(), e.store)
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
	provider, err := n.of(r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Start(ctx, r)
}

// waiting is narrowed for work that outlasts the call.
type waiting struct{ narrowed }

// Describe is that of action.Describer.
func (w waiting) Describe(ctx context.Context, r action.Request, externalExecutionID string) (action.Outcome, error) {
	provider, err := w.describer(r)
	if err != nil {
		return action.Outcome{}, err
	}
	return provider.Describe(ctx, r, externalExecutionID)
}

// Stop is that of action.Describer.
func (w waiting) Stop(ctx context.Context, r action.Request, externalExecutionID string) error {
	provider, err := w.describer(r)
	if err != nil {
		return err
	}
	return provider.Stop(ctx, r, externalExecutionID)
}

// Details are those of task.JobDetails: what the job of an action is about.
func (w waiting) Details(ctx context.Context, r action.Request) (lambda.Event, error) {
	provider, err := w.of(r)
	if err != nil {
		return lambda.Event{}, err
	}
	invoking, ok := provider.(*lambda.JobProvider)
	if !ok {
		return lambda.Event{}, fmt.Errorf("%s/%s: its actions are no jobs", r.Stage, r.Action.Name.Value)
	}
	return invoking.Details(ctx, r)
}

func (w waiting) describer(r action.Request) (action.Describer, error) {
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

func (n narrowed) of(r action.Request) (action.Provider, error) {
	account, err := n.platform.as(r)
	if err != nil {
		return nil, err
	}
	options := cloud.BucketOptions{KMSKeyID: n.platform.keyOf(r)}
	region := r.Action.Region.Value
	if region == "" {
		region = n.platform.Region
	}
	return n.family.of(equipment{
		Platform: n.platform, account: account, options: options, store: artifact.NewStore(account.Objects(options)), region: region, caller: r.RoleARN,
	}), nil
}

// keyOf is the key that what an action makes is encrypted with: that of the store that it goes to.
func (p *Platform) keyOf(r action.Request) string {
	if len(r.Outputs) == 0 || r.Outputs[0].Bucket == p.BucketName {
		return p.KeyARN
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
	}, r.Action.Region.Value)
	role := r.Action.RoleArn.Value
	if role == "" {
		return account, nil
	}
	if policy, err = p.ActionRolePolicy(access); err != nil {
		return nil, action.Fail(action.ConfigurationError, "%v", err)
	}
	return account.As(cloud.Role{ARN: role, SessionName: r.ActionExecutionID, Policy: policy}, ""), nil
}

// access is what the action reaches.
func (p *Platform) access(r action.Request) resources.ActionAccess {
	a := resources.ActionAccess{Pipeline: r.PipelineName, Action: r.Action, Configuration: r.Configuration}
	buckets := map[string]bool{}
	for _, in := range r.Inputs {
		a.Reads = append(a.Reads, resources.Object{Bucket: in.Bucket, Key: in.Key})
		buckets[in.Bucket] = true
	}
	for _, out := range r.Outputs {
		a.Writes = append(a.Writes, resources.Object{Bucket: out.Bucket, Key: out.Key})
		buckets[out.Bucket] = true
	}
	for bucket := range buckets {
		key := p.KeyARN
		if bucket != p.BucketName {
			key = p.EncryptionKeyARN(r.EncryptionKeys[bucket], p.Region)
		}
		if key != "" {
			a.Keys = append(a.Keys, key)
		}
	}
	slices.Sort(a.Keys)
	return a
}
