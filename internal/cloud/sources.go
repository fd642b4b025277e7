package cloud

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Sources is a source.Sources on AWS, by provider.
type Sources struct{ account *Account }

// NewSources are the sources that account may read.
func NewSources(account *Account) *Sources { return &Sources{account} }

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
	return fetched, failure(err, action.RevisionUnavailable)
}

// revisionSummary is the metadata of an object by which its maker says what it is.
const revisionSummary = "codepipeline-artifact-revision-summary"

// fetchObject opens the newest version of an object, or the one that is asked for; it is the same version to its last byte.
func (s *Sources) fetchObject(ctx context.Context, r source.Request) (source.Fetched, error) {
	at := artifact.Location{Bucket: r.Configuration["S3Bucket"], Key: r.Configuration["S3ObjectKey"], VersionID: r.ObjectVersion}
	opened, about, err := s.account.Objects(BucketOptions{}).open(ctx, at)
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket":
		return source.Fetched{}, noSourceBucket(r)
	case missing(err, at):
		return source.Fetched{}, noObject(r)
	case err != nil:
		return source.Fetched{}, s.account.failed("read object "+at.String(), err)
	case strings.HasPrefix(opened.at.VersionID, tagged):
		return source.Fetched{}, errors.Join(notVersioned(r), opened.Close())
	}
	return source.Fetched{
		Object: io.NewSectionReader(opened, 0, opened.Size()),
		Version: &source.Version{
			ID: opened.at.VersionID, ETag: strings.Trim(aws.ToString(about.ETag), `"`),
			Summary: about.Metadata[revisionSummary], Modified: aws.ToTime(about.LastModified),
		},
		Closer: opened,
	}, nil
}
