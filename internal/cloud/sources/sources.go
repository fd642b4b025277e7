// Package sources fetches the sources of actions: objects of S3, images of ECR, repositories of CodeCommit and GitHub.
package sources

import (
	"context"
	"errors"
	"io"

	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/git"
)

// Sources is a source.Sources on AWS, by provider.
type Sources struct {
	account *cloud.Account
	fetch   git.Fetch
}

// New are the sources that account may read; fetch reads those that are repositories.
func New(account *cloud.Account, fetch git.Fetch) *Sources { return &Sources{account, fetch} }

// Fetch is that of source.Sources.
func (s *Sources) Fetch(ctx context.Context, r source.Request) (source.Fetched, error) {
	fetch, known := map[string]func(context.Context, source.Request) (source.Fetched, error){
		"S3":         s.fetchObject,
		"ECR":        s.fetchImage,
		"CodeCommit": s.fetchCodeCommit,
		"GitHub":     s.fetchGitHub,
	}[r.Provider]
	if !known {
		return source.Fetched{}, unknownProvider(r)
	}
	fetched, err := fetch(ctx, r)
	return fetched, cloud.Failure(err, action.RevisionUnavailable)
}

// revisionSummary is the metadata of an object by which its maker says what it is.
const revisionSummary = "codepipeline-artifact-revision-summary"

// fetchObject opens the newest version of an object, or the one that is asked for; it is the same version to its last byte.
func (s *Sources) fetchObject(ctx context.Context, r source.Request) (source.Fetched, error) {
	at := artifact.Location{Bucket: r.Configuration["S3Bucket"], Key: r.Configuration["S3ObjectKey"], VersionID: r.ObjectVersion}
	opened, err := s.account.Objects(cloud.BucketOptions{}).OpenVersion(ctx, at)
	var api smithy.APIError
	var none *artifact.NotFoundError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket":
		return source.Fetched{}, noSourceBucket(r)
	case errors.As(err, &none):
		return source.Fetched{}, noObject(r)
	case err != nil:
		return source.Fetched{}, s.account.Failed("read object "+at.String(), err)
	case !cloud.Versioned(opened.Location):
		return source.Fetched{}, errors.Join(notVersioned(r), opened.Close())
	}
	return source.Fetched{
		Object: io.NewSectionReader(opened, 0, opened.Size()),
		Version: &source.Version{
			ID: opened.Location.VersionID, ETag: opened.ETag, Summary: opened.Metadata[revisionSummary], Modified: opened.Modified,
		},
		Closer: opened,
	}, nil
}
