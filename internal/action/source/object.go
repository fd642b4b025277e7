package source

import (
	"cmp"
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
)

// s3 reports the version of the object. What only stands for an object has the artifact's digest as version and ETag: the
// same content is the same revision. The artifact's own version is not of the content, since it is encrypted.
func s3(f finding) found {
	bucket, key := f.configuration["S3Bucket"], f.configuration["S3ObjectKey"]
	version := Version{ID: f.object.SHA256[:16], ETag: f.object.SHA256[:32]}
	if f.fetched.Version != nil {
		version = *f.fetched.Version
	}
	return found{
		summary:   fmt.Sprintf("s3://%s/%s version %s", bucket, key, version.ID),
		variables: map[string]string{"BucketName": bucket, "ObjectKey": key, "VersionId": version.ID, "ETag": version.ETag},
		revision: action.Revision{
			ID: version.ID, ChangeIdentifier: version.ETag, Created: version.Modified.UTC(),
			Summary: cmp.Or(shorten(version.Summary, maxSummary), "Amazon S3 version id: "+version.ID),
		},
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
