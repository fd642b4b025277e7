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

	"github.com/penstock-ci/penstock/internal/artifact"
)

// partSize is the length of a part of an upload, and what a put takes of memory. S3 takes 10,000 parts, the last of which
// is the mark of an upload that was left: 80 GB.
const (
	partSize = 8 << 20
	maxParts = 9_999
)

// put is one put of a body, to one key.
type put struct {
	account *Account
	options BucketOptions
	at      artifact.Location
	body    io.Reader
	// owner is who goes on with what was left of this put: the same body comes again under the same name.
	owner string
	// left is an upload of owner's that is there, where somebody has looked for it; looked says so.
	left   leftUpload
	looked bool

	client *s3.Client
	size   int64
	buffer bytes.Buffer
}

func (p *put) do(ctx context.Context) (artifact.Object, error) {
	var err error
	if p.client, err = p.account.s3(); err != nil {
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
		ChecksumSHA256: checksum(p.buffer.Bytes()), ExpectedBucketOwner: p.options.owner(),
		ACL: types.ObjectCannedACL(p.options.acl), CacheControl: Optional(p.options.cacheControl), ContentType: Optional(p.options.contentType),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.options.encryption()
	out, err := p.client.PutObject(ctx, in, p.options.where)
	if err != nil {
		return "", err
	}
	return versionOf(out.VersionId, out.ETag), nil
}

// upload puts the part that is read and those that follow. An upload that stays is one that the next put goes on with.
func (p *put) upload(ctx context.Context) (version string, err error) {
	id, err := p.begin(ctx)
	if err != nil {
		return "", err
	}
	parts, err := p.parts(ctx, id)
	if err == nil {
		version, err = p.complete(ctx, id, parts)
	}
	var left *leftError
	switch {
	case err == nil:
		return version, nil
	case errors.As(err, &left):
		return "", errors.Join(err, p.mark(ctx, id))
	case p.left.id != "" && errors.Is(err, context.DeadlineExceeded):
		return "", err // it has its mark still
	}
	p.abort(ctx, id)
	return "", err
}

// begin finds the upload that an earlier put has left, or makes one.
func (p *put) begin(ctx context.Context) (id *string, err error) {
	if !p.looked {
		if p.left, err = p.findLeft(ctx, func(key string) bool { return key == p.at.Key }); err != nil {
			return nil, err
		}
	}
	if p.left.id != "" {
		return &p.left.id, nil
	}
	return p.create(ctx)
}

func (p *put) create(ctx context.Context) (id *string, err error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ExpectedBucketOwner: p.options.owner(),
		ACL: types.ObjectCannedACL(p.options.acl), CacheControl: Optional(p.options.cacheControl), ContentType: Optional(p.options.contentType),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.options.encryption()
	created, err := p.client.CreateMultipartUpload(ctx, in, p.options.where)
	if err != nil {
		return nil, err
	}
	return created.UploadId, nil
}

// parts puts each part that is not there already. What is there is told by its digest: a body that has changed since is put
// as it is now.
func (p *put) parts(ctx context.Context, id *string) ([]types.CompletedPart, error) {
	var parts []types.CompletedPart
	for more := true; more; {
		if len(parts) == maxParts {
			return nil, tooManyParts(maxParts)
		}
		part := types.CompletedPart{PartNumber: aws.Int32(int32(len(parts) + 1)), ChecksumSHA256: checksum(p.buffer.Bytes())}
		tag, there := p.left.has(part, p.buffer.Len())
		if part.ETag = tag; !there {
			if err := p.part(ctx, id, &part, p.buffer.Bytes()); err != nil {
				return nil, err
			}
		}
		parts = append(parts, part)
		var err error
		if more, err = p.next(ctx); err != nil {
			return nil, err
		}
		more = more || p.buffer.Len() > 0
		if more && !there && soonOver(ctx) {
			return nil, &leftError{len(parts), "parts of it"}
		}
	}
	return parts, nil
}

func (p *put) part(ctx context.Context, id *string, part *types.CompletedPart, content []byte) error {
	out, err := p.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, PartNumber: part.PartNumber, Body: bytes.NewReader(content),
		ChecksumSHA256: part.ChecksumSHA256, ExpectedBucketOwner: p.options.owner(),
	}, p.options.where)
	if err != nil {
		return fmt.Errorf("part %d: %w", *part.PartNumber, err)
	}
	part.ETag = out.ETag
	return nil
}

func (p *put) complete(ctx context.Context, id *string, parts []types.CompletedPart) (version string, err error) {
	out, err := p.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		ExpectedBucketOwner: p.options.owner(),
	}, p.options.where)
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
		Bucket: &p.at.Bucket, Key: &p.at.Key, UploadId: id, ExpectedBucketOwner: p.options.owner(),
	}, p.options.where)
}

func checksum(b []byte) *string {
	sum := sha256.Sum256(b)
	return aws.String(base64.StdEncoding.EncodeToString(sum[:]))
}
