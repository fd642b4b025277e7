package source

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// s3 reports the artifact's digest as version and ETag of the object that it stands for: the same content is the same
// revision. The artifact's own version is not of the content, since it is encrypted.
func s3(f finding) found {
	bucket, key := f.configuration["S3Bucket"], f.configuration["S3ObjectKey"]
	version := f.object.SHA256[:16]
	tag := f.object.SHA256[:32]
	summary := fmt.Sprintf("s3://%s/%s version %s", bucket, key, version)
	if c := f.fetched.Commit; c != nil {
		summary += ", " + strings.TrimSpace(f.summary(*c))
	}
	return found{
		summary:   summary,
		variables: map[string]string{"BucketName": bucket, "ObjectKey": key, "VersionId": version, "ETag": tag},
		revision:  action.Revision{ID: version, ChangeIdentifier: tag, Summary: "Amazon S3 version id: " + version},
	}
}

// image is what imageDetail.json, the artifact of an ECR source, says.
type image struct {
	Digest     string `json:"ImageDigest"`
	URI        string `json:"ImageURI"`
	RegistryID string `json:"RegistryId"`
	Repository string `json:"RepositoryName"`
}

const imageDetail = "imageDetail.json"

// readImage reads imageDetail.json for an ECR source and leaves nothing else to be stored. A registry there is none
// here, and an image that nobody pushed has no digest that could be made up.
func readImage(r action.Request, f *Fetched) (image, error) {
	if r.Action.ActionTypeID.Provider.Value != "ECR" {
		return image{}, nil
	}
	for _, file := range f.Files {
		if file.Path != imageDetail || file.Link != "" {
			continue
		}
		f.Files = []artifact.File{file}
		return parseImage(file)
	}
	return image{}, action.Fail(action.ConfigurationError, "what stands for an ECR repository must hold %s, as CodePipeline writes it; there is none", imageDetail)
}

func parseImage(file artifact.File) (image, error) {
	content, err := file.Open()
	if err != nil {
		return image{}, fmt.Errorf("open %s: %w", imageDetail, err)
	}
	defer content.Close()
	var detail image
	if err := json.NewDecoder(io.LimitReader(content, 1<<20)).Decode(&detail); err != nil {
		return image{}, action.Fail(action.ConfigurationError, "%s cannot be read: %v", imageDetail, err)
	}
	if detail.Digest == "" || detail.URI == "" {
		return image{}, action.Fail(action.ConfigurationError, "%s has no ImageDigest or no ImageURI", imageDetail)
	}
	return detail, nil
}

func ecr(f finding) found {
	repository := cmp.Or(f.image.Repository, f.configuration["RepositoryName"])
	tag := cmp.Or(f.configuration["ImageTag"], "latest")
	return found{
		summary: fmt.Sprintf("%s:%s %s", repository, tag, shorten(f.image.Digest, len("sha256:")+10)),
		variables: map[string]string{
			"ImageDigest": f.image.Digest, "ImageTag": tag, "ImageURI": f.image.URI, "RegistryId": f.image.RegistryID, "RepositoryName": repository,
		},
		revision: action.Revision{ID: f.image.Digest, Summary: f.image.URI},
	}
}
