package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// partSize is the length of a part of an upload, and what a Put takes of memory. S3 takes 10,000 parts: 80 GB.
const (
	partSize = 8 << 20
	maxParts = 10_000
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
// is aborted where anything fails.
func (o *Objects) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	at := artifact.Location{Bucket: bucket, Key: key}
	p := &put{objects: o, at: at, body: contextReader{ctx, body}}
	stored, err := p.do(ctx)
	if err != nil {
		return artifact.Object{}, o.account.failed("put object "+at.String(), err)
	}
	return stored, nil
}

// Open is that of artifact.Objects. It begins to read the whole object; the reader goes on with ctx.
func (o *Objects) Open(ctx context.Context, at artifact.Location) (artifact.Reader, error) {
	client, err := o.account.s3()
	if err != nil {
		return nil, o.account.failed("open object "+at.String(), err)
	}
	in := &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, ExpectedBucketOwner: o.options.owner()}
	pin(in, at.VersionID)
	out, err := client.GetObject(ctx, in)
	switch {
	case missing(err, at):
		return nil, &artifact.NotFoundError{Location: at}
	case err != nil:
		return nil, o.account.failed("open object "+at.String(), err)
	}
	pinned := at
	pinned.VersionID = versionOf(out.VersionId, out.ETag)
	size := aws.ToInt64(out.ContentLength)
	return &reader{ctx: ctx, objects: o, at: pinned, size: size, body: out.Body, end: size}, nil
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

// put is one Put.
type put struct {
	objects *Objects
	at      artifact.Location
	body    io.Reader
	client  *s3.Client
	size    int64
	buffer  bytes.Buffer
}

func (p *put) do(ctx context.Context) (artifact.Object, error) {
	var err error
	if p.client, err = p.objects.account.s3(); err != nil {
		return artifact.Object{}, err
	}
	sum := sha256.New()
	p.body = io.TeeReader(p.body, sum)
	more, err := p.next(ctx)
	if err != nil {
		return artifact.Object{}, err
	}
	if more {
		p.at.VersionID, err = p.upload(ctx)
	} else {
		p.at.VersionID, err = p.single(ctx)
	}
	return artifact.Object{Location: p.at, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: p.size}, err
}

// next reads a part, and says whether it is a whole one: then there may be more. A body that ends because its maker was
// cancelled may look complete.
func (p *put) next(ctx context.Context) (more bool, err error) {
	p.buffer.Reset()
	n, err := io.CopyN(&p.buffer, p.body, partSize)
	p.size += n
	if errors.Is(err, io.EOF) {
		err = context.Cause(ctx)
	}
	return n == partSize, err
}

func (p *put) single(ctx context.Context) (version string, err error) {
	in := &s3.PutObjectInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, Body: bytes.NewReader(p.buffer.Bytes()),
		ChecksumSHA256: checksum(p.buffer.Bytes()), ExpectedBucketOwner: p.objects.options.owner(),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.objects.options.encryption()
	out, err := p.client.PutObject(ctx, in)
	if err != nil {
		return "", err
	}
	return versionOf(out.VersionId, out.ETag), nil
}

// upload puts the part that is read and those that follow.
func (p *put) upload(ctx context.Context) (version string, err error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ExpectedBucketOwner: p.objects.options.owner(),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.objects.options.encryption()
	created, err := p.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return "", err
	}
	parts, err := p.parts(ctx, created.UploadId)
	if err == nil {
		version, err = p.complete(ctx, created.UploadId, parts)
	}
	if err != nil {
		p.abort(ctx, created.UploadId)
	}
	return version, err
}

func (p *put) parts(ctx context.Context, id *string) ([]types.CompletedPart, error) {
	var parts []types.CompletedPart
	for more := true; more; {
		if len(parts) == maxParts {
			return nil, tooManyParts(maxParts)
		}
		number := aws.Int32(int32(len(parts) + 1))
		out, err := p.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, PartNumber: number, Body: bytes.NewReader(p.buffer.Bytes()),
			ChecksumSHA256: checksum(p.buffer.Bytes()), ExpectedBucketOwner: p.objects.options.owner(),
		})
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", *number, err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumSHA256: checksum(p.buffer.Bytes())})
		if more, err = p.next(ctx); err != nil {
			return nil, err
		}
		more = more || p.buffer.Len() > 0
	}
	return parts, nil
}

func (p *put) complete(ctx context.Context, id *string, parts []types.CompletedPart) (version string, err error) {
	out, err := p.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		ExpectedBucketOwner: p.objects.options.owner(),
	})
	if err != nil {
		return "", err
	}
	return versionOf(out.VersionId, out.ETag), nil
}

// abort frees the parts, also where ctx has ended. What it leaves behind a lifecycle rule of the bucket removes.
func (p *put) abort(ctx context.Context, id *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), silence)
	defer cancel()
	_, _ = p.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, ExpectedBucketOwner: p.objects.options.owner(),
	})
}

func checksum(b []byte) *string {
	sum := sha256.Sum256(b)
	return aws.String(base64.StdEncoding.EncodeToString(sum[:]))
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

// measure reads what somebody else has stored at a place: its version, its length and its SHA-256.
func (o *Objects) measure(ctx context.Context, at artifact.Location) (artifact.Object, error) {
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
