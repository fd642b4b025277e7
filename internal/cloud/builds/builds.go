// Package builds runs builds in CodeBuild: those of actions, and those that fetch sources through connections.
package builds

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Options say how builds are run.
type Options struct {
	// Artifacts are the options of the buckets that artifacts lie in. Its key encrypts what builds store; without one the
	// project's does.
	Artifacts cloud.BucketOptions
	// CommandsProject is the platform's project that runs builds without one of their own.
	CommandsProject string
	// ServiceRole is the ARN of the role that builds of the platform's projects have in place of the project's.
	ServiceRole string
	Clock       execution.Clock
}

// Builds is a codebuild.Builds in CodeBuild. A project may be made for CodePipeline or for anything else: the builds that
// are started here override its source and its artifacts, and leave it all the rest.
type Builds struct {
	account *cloud.Account
	options Options
}

// New makes those of the account.
func New(account *cloud.Account, options Options) *Builds {
	return &Builds{account: account, options: options}
}

// buildMark is the environment variable in which a build carries the action execution that started it.
const buildMark = "PENSTOCK_ACTION_EXECUTION"

// tokenLife is for how long CodeBuild surely knows an idempotency token: five minutes (StartBuild, API reference), less
// what clocks may differ in and a call may take.
const tokenLife = 4 * time.Minute

// StartBuild is that of codebuild.Builds. A repeated call finds the first by the token as long as CodeBuild knows that,
// and among the latest builds of the project after that.
func (b *Builds) StartBuild(ctx context.Context, build codebuild.Build) (string, error) {
	run := &run{builds: b, build: build, project: b.project(build)}
	overrides, err := run.overrides()
	if err != nil {
		return "", err
	}
	id, err := b.begin(ctx, build, func(ctx context.Context, client *sdk.Client) (string, error) {
		run.client = client
		return run.start(ctx, overrides)
	})
	if err != nil {
		return "", err
	}
	if log, ok := build.Log.(io.Closer); ok {
		return id, log.Close() // its lines are in CloudWatch Logs
	}
	return id, nil
}

// begin starts a build, unless an earlier call has.
func (b *Builds) begin(ctx context.Context, build codebuild.Build, start func(context.Context, *sdk.Client) (string, error)) (string, error) {
	project := b.project(build)
	client, err := cloud.Client(b.account, sdk.NewFromConfig)
	if err != nil {
		return "", b.account.Failed("start a build of project "+project, err)
	}
	if b.options.Clock.Now().Sub(build.Started) >= tokenLife {
		earlier := &run{builds: b, client: client, build: build, project: project}
		if id, err := earlier.find(ctx); err != nil {
			return "", b.account.Failed("look for an earlier build of project "+project, err)
		} else if id != "" {
			return id, nil
		}
	}
	id, err := start(ctx, client)
	if err != nil {
		return "", b.account.Failed("start a build of project "+project, err)
	}
	return id, nil
}

// project is the name of the project that runs a build.
func (b *Builds) project(build codebuild.Build) string {
	if build.Buildspec != nil {
		return b.options.CommandsProject
	}
	return build.Project
}

// DescribeBuild is that of codebuild.Builds.
func (b *Builds) DescribeBuild(ctx context.Context, build codebuild.Build, id string) (codebuild.Description, error) {
	client, err := cloud.Client(b.account, sdk.NewFromConfig)
	if err != nil {
		return codebuild.Description{}, b.account.Failed("describe build "+id, err)
	}
	run := &run{builds: b, client: client, build: build, project: b.project(build)}
	if build.Batch {
		return run.describeBatch(ctx, id)
	}
	return run.describe(ctx, id)
}

// StopBuild is that of codebuild.Builds.
func (b *Builds) StopBuild(ctx context.Context, build codebuild.Build, id string) error {
	client, err := cloud.Client(b.account, sdk.NewFromConfig)
	if err == nil && build.Batch {
		_, err = client.StopBuildBatch(ctx, &sdk.StopBuildBatchInput{Id: &id})
	} else if err == nil {
		_, err = client.StopBuild(ctx, &sdk.StopBuildInput{Id: &id})
	}
	var unknown *types.ResourceNotFoundException
	switch {
	case errors.As(err, &unknown):
		return &codebuild.NotFoundError{BuildID: id}
	case err != nil:
		return b.account.Failed("stop build "+id, err)
	}
	return nil
}

// run is one build as it is asked for.
type run struct {
	builds  *Builds
	client  *sdk.Client
	build   codebuild.Build
	project string
}

func (r *run) start(ctx context.Context, o overrides) (string, error) {
	if r.build.Batch {
		out, err := r.client.StartBuildBatch(ctx, o.batch())
		if err != nil {
			return "", err
		}
		return aws.ToString(out.BuildBatch.Id), nil
	}
	out, err := r.client.StartBuild(ctx, o.single())
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Build.Id), nil
}

// find looks for the build of this token among the project's, the latest first, back to when the action began. It
// returns "" where there is none.
func (r *run) find(ctx context.Context) (string, error) {
	list, since := r.builtLately, r.build.Started.Add(-time.Minute)
	if r.build.Batch {
		list = r.batchedLately
	}
	for next, more := (*string)(nil), true; more; more = next != nil {
		page, following, err := list(ctx, next)
		if err != nil {
			return "", err
		}
		for _, m := range page {
			switch {
			case m.mark == r.build.IdempotencyToken:
				return m.id, nil
			case m.start.Before(since):
				return "", nil
			}
		}
		next = following
	}
	return "", nil
}

// made is a build that there is.
type made struct {
	id, mark string
	start    time.Time
}

func marked(id *string, start *time.Time, environment *types.ProjectEnvironment) made {
	m := made{id: aws.ToString(id), start: aws.ToTime(start)}
	if environment == nil {
		return m
	}
	for _, v := range environment.EnvironmentVariables {
		if aws.ToString(v.Name) == buildMark {
			m.mark = aws.ToString(v.Value)
		}
	}
	return m
}

func (r *run) builtLately(ctx context.Context, next *string) (page []made, following *string, err error) {
	listed, err := r.client.ListBuildsForProject(ctx, &sdk.ListBuildsForProjectInput{
		ProjectName: &r.project, SortOrder: types.SortOrderTypeDescending, NextToken: next,
	})
	if err != nil || len(listed.Ids) == 0 {
		return nil, nil, err
	}
	out, err := r.client.BatchGetBuilds(ctx, &sdk.BatchGetBuildsInput{Ids: listed.Ids})
	if err != nil {
		return nil, nil, err
	}
	for i := range out.Builds {
		page = append(page, marked(out.Builds[i].Id, out.Builds[i].StartTime, out.Builds[i].Environment))
	}
	return newestFirst(page), listed.NextToken, nil
}

func (r *run) batchedLately(ctx context.Context, next *string) (page []made, following *string, err error) {
	listed, err := r.client.ListBuildBatchesForProject(ctx, &sdk.ListBuildBatchesForProjectInput{
		ProjectName: &r.project, SortOrder: types.SortOrderTypeDescending, NextToken: next,
	})
	if err != nil || len(listed.Ids) == 0 {
		return nil, nil, err
	}
	out, err := r.client.BatchGetBuildBatches(ctx, &sdk.BatchGetBuildBatchesInput{Ids: listed.Ids})
	if err != nil {
		return nil, nil, err
	}
	for i := range out.BuildBatches {
		page = append(page, marked(out.BuildBatches[i].Id, out.BuildBatches[i].StartTime, out.BuildBatches[i].Environment))
	}
	return newestFirst(page), listed.NextToken, nil
}
