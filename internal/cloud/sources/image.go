package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
)

// fetchImage tells of the image that a tag means now, or of the one with the digest that is asked for.
func (s *Sources) fetchImage(ctx context.Context, r source.Request) (source.Fetched, error) {
	repository := r.Configuration["RepositoryName"]
	wanted := types.ImageIdentifier{ImageDigest: cloud.Optional(r.ImageDigest)}
	if r.ImageDigest == "" {
		wanted.ImageTag = aws.String(cmp.Or(r.Configuration["ImageTag"], "latest"))
	}
	asked := cmp.Or(r.ImageDigest, "with the tag "+strconv.Quote(aws.ToString(wanted.ImageTag)))
	doing := fmt.Sprintf("describe image %s of repository %s", cmp.Or(r.ImageDigest, aws.ToString(wanted.ImageTag)), repository)
	client, err := cloud.Client(s.account, ecr.NewFromConfig)
	if err != nil {
		return source.Fetched{}, s.account.Failed(doing, err)
	}
	out, err := client.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: &repository, ImageIds: []types.ImageIdentifier{wanted}})
	var noSuchRepository *types.RepositoryNotFoundException
	var noSuchImage *types.ImageNotFoundException
	switch {
	case errors.As(err, &noSuchRepository):
		return source.Fetched{}, noRepository(r, repository)
	case errors.As(err, &noSuchImage), err == nil && len(out.ImageDetails) == 0:
		return source.Fetched{}, noImage(r, repository, asked)
	case err != nil:
		return source.Fetched{}, s.account.Failed(doing, err)
	}
	file, err := imageOf(out.ImageDetails[0], client.Options().Region).File()
	return source.Fetched{Files: []artifact.File{file}}, err
}

func imageOf(d types.ImageDetail, region string) source.Image {
	registry, repository, digest := aws.ToString(d.RegistryId), aws.ToString(d.RepositoryName), aws.ToString(d.ImageDigest)
	return source.Image{
		Size: strconv.FormatInt(aws.ToInt64(d.ImageSizeInBytes), 10), Digest: digest, Pushed: source.PushedAt(aws.ToTime(d.ImagePushedAt)),
		RegistryID: registry, Repository: repository, Tags: d.ImageTags,
		URI: fmt.Sprintf("%s.dkr.ecr.%s.%s/%s@%s", registry, region, cloud.Domain(region), repository, digest),
	}
}
