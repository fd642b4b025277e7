// Package builds runs builds in CodeBuild: those of actions, and those that fetch sources through connections.
package builds

import (
	"context"
	"io"
	"time"

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
	id, err := b.begin(ctx, build, func(ctx context.Context) (string, error) { return run.start(ctx, overrides.input()) })
	if err != nil {
		return "", err
	}
	if log, ok := build.Log.(io.Closer); ok {
		return id, log.Close() // its lines are in CloudWatch Logs
	}
	return id, nil
}

// begin starts a build, unless an earlier call has.
func (b *Builds) begin(ctx context.Context, build codebuild.Build, start func(context.Context) (string, error)) (string, error) {
	project := b.project(build)
	if b.options.Clock.Now().Sub(build.Started) >= tokenLife {
		earlier := &run{builds: b, build: build, project: project}
		if id, err := earlier.find(ctx); err != nil {
			return "", b.account.Failed("look for an earlier build of project "+project, err)
		} else if id != "" {
			return id, nil
		}
	}
	id, err := start(ctx)
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
	run := &run{builds: b, build: build, project: b.project(build)}
	if build.Batch {
		return run.describeBatch(ctx, id)
	}
	return run.describe(ctx, id)
}

// StopBuild is that of codebuild.Builds.
func (b *Builds) StopBuild(ctx context.Context, build codebuild.Build, id string) error {
	operation := "StopBuild"
	if build.Batch {
		operation = "StopBuildBatch"
	}
	err := b.call(ctx, operation, oneID{id}, nil)
	switch {
	case cloud.ErrorCode(err) == "ResourceNotFoundException":
		return &codebuild.NotFoundError{BuildID: id}
	case err != nil:
		return b.account.Failed("stop build "+id, err)
	}
	return nil
}

func (b *Builds) call(ctx context.Context, operation string, in, out any) error {
	return b.account.Service(codeBuild).Call(ctx, operation, in, out)
}

// run is one build as it is asked for.
type run struct {
	builds  *Builds
	build   codebuild.Build
	project string
}

func (r *run) start(ctx context.Context, in startBuild) (string, error) {
	var out started
	if r.build.Batch {
		err := r.builds.call(ctx, "StartBuildBatch", in, &out)
		return out.BuildBatch.ID, err
	}
	err := r.builds.call(ctx, "StartBuild", in, &out)
	return out.Build.ID, err
}

// find looks for the build of this token among the project's, the latest first, back to when the action began. It
// returns "" where there is none.
func (r *run) find(ctx context.Context) (string, error) {
	list, since := r.builtLately, r.build.Started.Add(-time.Minute)
	if r.build.Batch {
		list = r.batchedLately
	}
	for next, more := "", true; more; more = next != "" {
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

func marked(d described) made {
	m := made{id: d.ID, start: d.StartTime.Time}
	for _, v := range d.Environment.EnvironmentVariables {
		if v.Name == buildMark {
			m.mark = v.Value
		}
	}
	return m
}

func (r *run) builtLately(ctx context.Context, from string) (page []made, next string, err error) {
	var out describedBuilds
	next, err = r.lately(ctx, from, listing{"ListBuildsForProject", "BatchGetBuilds"}, &out)
	for _, b := range out.Builds {
		page = append(page, marked(b.described))
	}
	return newestFirst(page), next, err
}

func (r *run) batchedLately(ctx context.Context, from string) (page []made, next string, err error) {
	var out describedBatches
	next, err = r.lately(ctx, from, listing{"ListBuildBatchesForProject", "BatchGetBuildBatches"}, &out)
	for _, b := range out.BuildBatches {
		page = append(page, marked(b.described))
	}
	return newestFirst(page), next, err
}

// listing are the operations that list and describe.
type listing struct{ list, describe string }

// lately reads a page of a listing into out. An empty page is the last one.
func (r *run) lately(ctx context.Context, from string, l listing, out any) (next string, err error) {
	var page listed
	err = r.builds.call(ctx, l.list, listForProject{ProjectName: r.project, SortOrder: latestFirst, NextToken: from}, &page)
	if err != nil || len(page.IDs) == 0 {
		return "", err
	}
	return page.NextToken, r.builds.call(ctx, l.describe, theseIDs{page.IDs}, out)
}
