package cloud

import (
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

// BucketOptions are what every call to S3 carries. The zero value leaves the bucket its defaults.
type BucketOptions struct {
	// Owner is the account that must own the bucket: a call to a bucket of somebody else is refused.
	Owner string
	// KMSKeyID is the key, or its ARN or alias, that what is put is encrypted with (SSE-KMS); empty, the bucket's default
	// encryption applies.
	KMSKeyID string

	// region is where the bucket is, where that is not the account's Region.
	region string
	// acl, cacheControl and contentType are what is put gets, as S3 names them.
	acl, cacheControl, contentType string
}

// where sends a call to the bucket's Region.
func (b BucketOptions) where(o *s3.Options) {
	if b.region != "" {
		o.Region = b.region
	}
}

func (b BucketOptions) owner() *string { return Optional(b.Owner) }

// encryption is how what is put is encrypted. A bucket key saves a call of KMS for each object.
func (b BucketOptions) encryption() (kind types.ServerSideEncryption, keyID *string, bucketKey *bool) {
	if b.KMSKeyID == "" {
		return "", nil, nil
	}
	return types.ServerSideEncryptionAwsKms, &b.KMSKeyID, aws.Bool(true)
}

// Optional is how the SDK takes a text that may be left out.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// tagged begins a version where a bucket keeps none: the object's entity tag follows. A bucket of a definition need not
// be versioned; then an overwritten object is not found by the version it had. No version of S3 has a space.
const tagged = "etag "

// Versioned says whether the version of a location is one that its bucket keeps.
func Versioned(at artifact.Location) bool { return !strings.HasPrefix(at.VersionID, tagged) }

// versionOf names the version that S3 answers with. Objects put while versions are off or suspended have none, or "null".
func versionOf(version, tag *string) string {
	if v := aws.ToString(version); v != "" && v != "null" {
		return v
	}
	return tagged + aws.ToString(tag)
}

// pin asks for a version as versionOf names it, or for the newest where that is "".
func pin(in *s3.GetObjectInput, version string) {
	if tag, ok := strings.CutPrefix(version, tagged); ok {
		in.IfMatch = &tag
		return
	}
	in.VersionId = Optional(version)
}

// ObjectURL is where a service that is told a URL reads an object with the permissions of its caller. Each part of the key
// is escaped; its slashes are not.
func (a *Account) ObjectURL(at artifact.Location) (string, error) {
	loaded, err := a.load()
	if err != nil {
		return "", err
	}
	key := (&url.URL{Path: "/" + at.Key}).EscapedPath()
	if loaded.BaseEndpoint != nil {
		return *loaded.BaseEndpoint + "/" + at.Bucket + key, nil
	}
	return "https://" + at.Bucket + ".s3." + loaded.Region + "." + wire.Domain(loaded.Region) + key, nil
}
