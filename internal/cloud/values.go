package cloud

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Values is an execution.Objects in one bucket: each value is an object whose key is a prefix and the value's digest.
type Values struct {
	account *Account
	at      artifact.Location // its Key is the prefix
	options BucketOptions
}

// Values are the objects of bucket whose keys begin with prefix, "values/" for example.
func (a *Account) Values(bucket, prefix string, options BucketOptions) *Values {
	return &Values{account: a, at: artifact.Location{Bucket: bucket, Key: prefix}, options: options}
}

// PutObject is that of execution.Objects. S3 holds the value against its digest. A value that is there already is not put
// again: it would be another version, which costs as much as the first.
func (v *Values) PutObject(ctx context.Context, digest string, value []byte) error {
	at, sum, err := v.place(digest)
	if err != nil {
		return err
	}
	doing := "put value " + at.String()
	client, err := v.account.s3()
	if err != nil {
		return v.account.Failed(doing, err)
	}
	in := &s3.PutObjectInput{
		Bucket: &at.Bucket, Key: &at.Key, Body: bytes.NewReader(value), IfNoneMatch: aws.String("*"),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum)), ExpectedBucketOwner: v.options.owner(),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = v.options.encryption()
	_, err = client.PutObject(ctx, in)
	var api smithy.APIError
	if err == nil || errors.As(err, &api) && api.ErrorCode() == "PreconditionFailed" {
		return nil
	}
	return v.account.Failed(doing, err)
}

// GetObject is that of execution.Objects.
func (v *Values) GetObject(ctx context.Context, digest string) ([]byte, error) {
	at, _, err := v.place(digest)
	if err != nil {
		return nil, err
	}
	doing := "read value " + at.String()
	client, err := v.account.s3()
	if err != nil {
		return nil, v.account.Failed(doing, err)
	}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, ExpectedBucketOwner: v.options.owner()})
	if err != nil {
		return nil, v.account.Failed(doing, err)
	}
	defer out.Body.Close()
	value, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, v.account.Failed(doing, &brokenError{err})
	}
	return value, nil
}

func (v *Values) place(digest string) (at artifact.Location, sum []byte, err error) {
	sum, err = hex.DecodeString(digest)
	if err != nil || len(sum) != 32 || hex.EncodeToString(sum) != digest {
		return at, nil, noDigest(digest)
	}
	at = v.at
	at.Key += digest
	return at, sum, nil
}
