package source

import (
	"cmp"
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
)

// s3 reports the artifact's digest as version and ETag of the object that it stands for: the same content is the same
// revision. The artifact's own version is not of the content, since it is encrypted.
func s3(f finding) found {
	bucket, key := f.configuration["S3Bucket"], f.configuration["S3ObjectKey"]
	version := f.object.SHA256[:16]
	tag := f.object.SHA256[:32]
	return found{
		summary:   fmt.Sprintf("s3://%s/%s version %s", bucket, key, version),
		variables: map[string]string{"BucketName": bucket, "ObjectKey": key, "VersionId": version, "ETag": tag},
		revision:  action.Revision{ID: version, ChangeIdentifier: tag, Summary: "Amazon S3 version id: " + version},
	}
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
