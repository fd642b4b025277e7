package cloud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Objects is an artifact.Objects in S3. A VersionID is that of S3; where a bucket has none it is "etag ", and the
// object's entity tag. Every body goes with its SHA-256, which S3 checks.
type Objects struct {
	account *Account
	options BucketOptions
}

// Objects are the buckets of S3 that share options.
func (a *Account) Objects(options BucketOptions) *Objects {
	return &Objects{account: a, options: options}
}

// Put is that of artifact.Objects. What is shorter than a part is one request; a longer body is an upload of parts, which
// is aborted where anything fails. Only where ctx is about to end the parts stay, the error says that it is to be tried
// again, and Put for the same key then goes on with them.
func (o *Objects) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	at := artifact.Location{Bucket: bucket, Key: key}
	p := &put{account: o.account, options: o.options, at: at, body: contextReader{ctx, body}, owner: at.String()}
	stored, err := p.do(ctx)
	if err != nil {
		return artifact.Object{}, o.account.Failed("put object "+at.String(), err)
	}
	return stored, nil
}

// Open is that of artifact.Objects. It begins to read the whole object; the reader goes on with ctx.
func (o *Objects) Open(ctx context.Context, at artifact.Location) (artifact.Reader, error) {
	opened, _, err := o.open(ctx, at)
	switch {
	case missing(err, at):
		return nil, &artifact.NotFoundError{Location: at}
	case err != nil:
		return nil, o.account.Failed("open object "+at.String(), err)
	}
	return opened, nil
}

// Version is an opened version of an object, with what S3 says of it.
type Version struct {
	artifact.Reader
	Location artifact.Location // with the version
	ETag     string
	Metadata map[string]string
	Modified time.Time
}

// OpenVersion is Open with what S3 says of the object. An error is the SDK's, or *artifact.NotFoundError over it.
func (o *Objects) OpenVersion(ctx context.Context, at artifact.Location) (*Version, error) {
	opened, about, err := o.open(ctx, at)
	switch {
	case missing(err, at):
		return nil, errors.Join(&artifact.NotFoundError{Location: at}, err)
	case err != nil:
		return nil, err
	}
	return &Version{
		Reader: opened, Location: opened.at, ETag: strings.Trim(aws.ToString(about.ETag), `"`), Metadata: about.Metadata,
		Modified: aws.ToTime(about.LastModified),
	}, nil
}

// open is Open with all that S3 says of the object; its error is the SDK's.
func (o *Objects) open(ctx context.Context, at artifact.Location) (*reader, *s3.GetObjectOutput, error) {
	client, err := o.account.s3()
	if err != nil {
		return nil, nil, err
	}
	in := &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, ExpectedBucketOwner: o.options.owner()}
	pin(in, at.VersionID)
	out, err := client.GetObject(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	pinned := at
	pinned.VersionID = versionOf(out.VersionId, out.ETag)
	size := aws.ToInt64(out.ContentLength)
	return &reader{ctx: ctx, objects: o, at: pinned, size: size, body: out.Body, end: size}, out, nil
}

// missing tells that there is no such object or version. S3 calls a version that it never made an invalid argument, one
// that marks a deletion not allowed as a method, and answers a tag that is another one's with a failed precondition.
func missing(err error, at artifact.Location) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound":
		return true
	case "InvalidArgument", "MethodNotAllowed", "PreconditionFailed":
		return at.VersionID != ""
	}
	return false
}

// contextReader ends a read of a body once ctx is done.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Measure reads what somebody else has stored at a place: its version, its length and its SHA-256.
func (o *Objects) Measure(ctx context.Context, at artifact.Location) (artifact.Object, error) {
	opened, err := o.Open(ctx, at)
	if err != nil {
		return artifact.Object{}, err
	}
	defer opened.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(opened, 0, opened.Size())); err != nil {
		return artifact.Object{}, err
	}
	pinned := at
	if r, ok := opened.(*reader); ok {
		pinned = r.at
	}
	return artifact.Object{Location: pinned, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: opened.Size()}, nil
}
