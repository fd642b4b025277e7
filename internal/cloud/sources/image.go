package sources

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

var registry = wire.Service{ID: "ECR", Prefix: "api.ecr", Signing: "ecr", Protocol: wire.JSON11, Model: "AmazonEC2ContainerRegistry_V20150921"}

type (
	describeImages struct {
		RepositoryName string            `json:"repositoryName"`
		ImageIDs       []imageIdentifier `json:"imageIds"`
	}
	imageIdentifier struct {
		ImageDigest string `json:"imageDigest,omitempty"`
		ImageTag    string `json:"imageTag,omitempty"`
	}
	imageDetail struct {
		RegistryID       string    `json:"registryId"`
		RepositoryName   string    `json:"repositoryName"`
		ImageDigest      string    `json:"imageDigest"`
		ImageTags        []string  `json:"imageTags"`
		ImageSizeInBytes int64     `json:"imageSizeInBytes"`
		ImagePushedAt    wire.Time `json:"imagePushedAt"`
	}
)

// fetchImage tells of the image that a tag means now, or of the one with the digest that is asked for.
func (s *Sources) fetchImage(ctx context.Context, r source.Request) (source.Fetched, error) {
	repository := r.Configuration["RepositoryName"]
	wanted := imageIdentifier{ImageDigest: r.ImageDigest}
	if r.ImageDigest == "" {
		wanted.ImageTag = cmp.Or(r.Configuration["ImageTag"], "latest")
	}
	asked := cmp.Or(r.ImageDigest, "with the tag "+strconv.Quote(wanted.ImageTag))
	doing := fmt.Sprintf("describe image %s of repository %s", cmp.Or(r.ImageDigest, wanted.ImageTag), repository)
	loaded, err := s.account.SDK()
	if err != nil {
		return source.Fetched{}, s.account.Failed(doing, err)
	}
	var out struct {
		ImageDetails []imageDetail `json:"imageDetails"`
	}
	in := describeImages{RepositoryName: repository, ImageIDs: []imageIdentifier{wanted}}
	err = s.account.Service(registry).Call(ctx, "DescribeImages", in, &out)
	switch code := cloud.ErrorCode(err); {
	case code == "RepositoryNotFoundException":
		return source.Fetched{}, noRepository(r, repository)
	case code == "ImageNotFoundException", err == nil && len(out.ImageDetails) == 0:
		return source.Fetched{}, noImage(r, repository, asked)
	case err != nil:
		return source.Fetched{}, s.account.Failed(doing, err)
	}
	file, err := out.ImageDetails[0].image(loaded.Region).File()
	return source.Fetched{Files: []artifact.File{file}}, err
}

func (d imageDetail) image(region string) source.Image {
	return source.Image{
		Size: strconv.FormatInt(d.ImageSizeInBytes, 10), Digest: d.ImageDigest, Pushed: source.PushedAt(d.ImagePushedAt.Time),
		RegistryID: d.RegistryID, Repository: d.RepositoryName, Tags: d.ImageTags,
		URI: fmt.Sprintf("%s.dkr.ecr.%s.%s/%s@%s", d.RegistryID, region, wire.Domain(region), d.RepositoryName, d.ImageDigest),
	}
}
