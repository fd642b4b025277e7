package cloud

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/execution"
)

// A Lambda function has 15 minutes. A transfer that would not end in them leaves an upload with a mark, fails as
// unavailable, and is tried again by the machine; the next call finds the upload by its mark and goes on. There is no other
// record of it: the parts are what S3 lists. An upload without the mark of the same owner is somebody else's, who may be at
// it right now, or is dead.

// margin is how long before the end of its context a transfer is left: as long as putting a part, the mark and the records
// take at worst.
const margin = time.Minute

// markPart is the number of the part that marks an upload as left. It is the last that S3 knows. Completing an upload names
// its parts, this one never; S3 then drops it.
const markPart = 10_000

// soonOver says that ctx ends within the margin.
func soonOver(ctx context.Context) bool {
	deadline, ends := ctx.Deadline()
	return ends && time.Until(deadline) < margin //nolint:forbidigo // the deadline of a context is one of the wall clock
}

// leftError is a transfer that goes on in the next call.
type leftError struct {
	done int
	what string
}

// leftUpload is an upload that was left, with its parts by number. Its id is "" where there is none.
type leftUpload struct {
	key, id string
	parts   map[int32]types.Part
}

// has gives the entity tag of a part that is there with the same content.
func (l leftUpload) has(part types.CompletedPart, size int) (tag *string, there bool) {
	found, there := l.parts[*part.PartNumber]
	if !there || aws.ToInt64(found.Size) != int64(size) || aws.ToString(found.ChecksumSHA256) != *part.ChecksumSHA256 {
		return nil, false
	}
	return found.ETag, true
}

// mark leaves an upload. It may take the rest of the margin.
func (p *put) mark(ctx context.Context, id *string) error {
	text := []byte(p.owner)
	return p.part(ctx, id, &types.CompletedPart{PartNumber: aws.Int32(markPart), ChecksumSHA256: checksum(text)}, text)
}

// findLeft finds the upload with the mark of the put's owner, to a key that is one of it and begins with that of the put.
// Without an end of the context nothing is ever left. Whoever may not look begins anew.
func (p *put) findLeft(ctx context.Context, own func(key string) bool) (leftUpload, error) {
	if _, ends := ctx.Deadline(); !ends {
		return leftUpload{}, nil
	}
	pages := s3.NewListMultipartUploadsPaginator(p.client, &s3.ListMultipartUploadsInput{
		Bucket: &p.at.Bucket, Prefix: Optional(p.at.Key), ExpectedBucketOwner: p.options.owner(),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, p.options.where)
		if err != nil {
			return leftUpload{}, unlessDenied(err)
		}
		for _, upload := range page.Uploads {
			if !own(*upload.Key) {
				continue
			}
			if found, err := p.marked(ctx, upload); err != nil || found.id != "" {
				return found, unlessDenied(err)
			}
		}
	}
	return leftUpload{}, nil
}

// marked lists an upload; one without the mark is none of this owner's. One that has ended since it was listed is none
// either.
func (p *put) marked(ctx context.Context, upload types.MultipartUpload) (leftUpload, error) {
	found := leftUpload{key: *upload.Key, id: *upload.UploadId, parts: map[int32]types.Part{}}
	pages := s3.NewListPartsPaginator(p.client, &s3.ListPartsInput{
		Bucket: &p.at.Bucket, Key: upload.Key, UploadId: upload.UploadId, ExpectedBucketOwner: p.options.owner(),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, p.options.where)
		var ended *types.NoSuchUpload
		if errors.As(err, &ended) {
			return leftUpload{}, nil
		}
		if err != nil {
			return leftUpload{}, err
		}
		for _, part := range page.Parts {
			found.parts[*part.PartNumber] = part
		}
	}
	text := []byte(p.owner)
	if _, ours := found.has(types.CompletedPart{PartNumber: aws.Int32(markPart), ChecksumSHA256: checksum(text)}, len(text)); !ours {
		return leftUpload{}, nil
	}
	return found, nil
}

func unlessDenied(err error) error {
	if err != nil && classify(err) == execution.NotAllowed {
		return nil
	}
	return err
}
