package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Small objects are put several at once: each is mostly waiting. They are read one after another before, as they lie in
// the artifact.
const (
	maxSmall = 1 << 20
	maxBatch = 16
)

// Buckets is an s3.Buckets in S3, for buckets of any Region.
type Buckets struct{ account *Account }

// NewBuckets are the buckets that account may put to.
func NewBuckets(account *Account) *Buckets { return &Buckets{account} }

// Put is that of s3.Buckets.
func (b *Buckets) Put(ctx context.Context, d s3.Deployment) error {
	if len(d.Objects) == 0 {
		return nil
	}
	region, err := b.region(ctx, d.Bucket)
	if err != nil {
		return b.refused(err)
	}
	t := &transfer{account: b.account, deployment: d, options: BucketOptions{
		KMSKeyID: d.KMSKeyARN, region: region, acl: d.CannedACL, cacheControl: d.CacheControl,
	}}
	return b.refused(t.do(ctx))
}

func (b *Buckets) refused(err error) error { return Failure(err, action.ConfigurationError) }

// region asks where a bucket is: every answer says it, also one that refuses. Where it is not said, what is put next tells
// why.
func (b *Buckets) region(ctx context.Context, bucket string) (string, error) {
	doing := "find the Region of bucket " + bucket
	client, err := b.account.s3()
	if err != nil {
		return "", b.account.Failed(doing, err)
	}

	out, err := client.HeadBucket(ctx, &awss3.HeadBucketInput{Bucket: &bucket})
	var answer *awshttp.ResponseError
	switch {
	case err == nil && out.BucketRegion != nil:
		return *out.BucketRegion, nil
	case err == nil:
		return "", nil
	case !errors.As(err, &answer) || retriedStatus(answer.HTTPStatusCode()):
		return "", b.account.Failed(doing, err)
	case answer.HTTPStatusCode() == http.StatusNotFound:
		return "", b.account.Failed(doing, noBucket(bucket, err))
	}
	return answer.Response.Header.Get("X-Amz-Bucket-Region"), nil
}

// transfer is one deployment, under way.
type transfer struct {
	account    *Account
	deployment s3.Deployment
	options    BucketOptions
	left       leftUpload
}

// do puts the objects from where an earlier call left. At least one batch is put, so that every call comes further.
func (t *transfer) do(ctx context.Context) error {
	from, err := t.from(ctx)
	if err != nil {
		return err
	}
	for at := from; at < len(t.deployment.Objects); {
		if at > from && soonOver(ctx) {
			return t.leave(ctx, at)
		}
		batch := t.batch(at)
		if err := t.put(ctx, batch); err != nil {
			return err
		}
		for _, o := range batch {
			t.deployment.Done(o)
		}
		at += len(batch)
	}
	return nil
}

// from is the object that an earlier call left at: all before it are put. An upload to its key says so, also where the
// object itself is too small for one.
func (t *transfer) from(ctx context.Context) (int, error) {
	places := map[string]int{}
	for i, o := range t.deployment.Objects {
		places[o.Key] = i
	}
	p, err := t.to(s3.Object{Key: t.prefix()})
	if err == nil {
		t.left, err = p.findLeft(ctx, func(key string) bool { _, own := places[key]; return own })
	}
	if err != nil {
		return 0, t.account.Failed("look for what is left of a deployment to "+t.deployment.Bucket, err)
	}
	if t.left.id == "" {
		return 0, nil
	}
	return places[t.left.key], nil
}

// prefix is what all keys begin with.
func (t *transfer) prefix() string {
	prefix := t.deployment.Objects[0].Key
	for _, o := range t.deployment.Objects {
		for !strings.HasPrefix(o.Key, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return strings.ToValidUTF8(prefix, "")
}

// leave marks the object that the next call begins with.
func (t *transfer) leave(ctx context.Context, at int) error {
	o := t.deployment.Objects[at]
	p, err := t.to(o)
	if err == nil {
		var id *string
		if id, err = p.create(ctx); err == nil {
			err = p.mark(ctx, id)
		}
	}
	if err != nil {
		return t.account.Failed("keep what is put of a deployment", err)
	}
	return t.account.Failed("put object "+p.at.String(), &leftError{at, "objects"})
}

// batch is an object, or small ones behind one another.
func (t *transfer) batch(at int) []s3.Object {
	rest := t.deployment.Objects[at:]
	n := 0
	for n < len(rest) && n < maxBatch && rest[n].Size <= maxSmall {
		n++
	}
	return rest[:max(n, 1)]
}

func (t *transfer) put(ctx context.Context, batch []s3.Object) error {
	if len(batch) == 1 {
		body, err := batch[0].Open()
		if err != nil {
			return err
		}
		defer body.Close()
		return t.putOne(ctx, batch[0], body)
	}
	bodies, err := readAllOf(batch)
	if err != nil {
		return err
	}
	failures := make([]error, len(batch))
	var all sync.WaitGroup
	for i, o := range batch {
		all.Go(func() { failures[i] = t.putOne(ctx, o, bytes.NewReader(bodies[i])) })
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func readAllOf(batch []s3.Object) ([][]byte, error) {
	bodies := make([][]byte, len(batch))
	for i, o := range batch {
		body, err := o.Open()
		if err == nil {
			bodies[i], err = io.ReadAll(body)
			err = errors.Join(err, body.Close())
		}
		if err != nil {
			return nil, fmt.Errorf("upload %s: %w", o.Key, err)
		}
	}
	return bodies, nil
}

// putOne puts an object. A small one at which an earlier call left still has the upload that said so.
func (t *transfer) putOne(ctx context.Context, o s3.Object, body io.Reader) error {
	p, err := t.to(o)
	if err == nil {
		p.body = contextReader{ctx, body}
		p.looked = true
		if t.left.key == o.Key {
			p.left = t.left
		}
		_, err = p.do(ctx)
	}
	if err != nil {
		return t.account.Failed("put object "+p.at.String(), err)
	}
	if p.left.id != "" && o.Size < partSize {
		p.abort(ctx, &p.left.id)
	}
	return nil
}

func (t *transfer) to(o s3.Object) (*put, error) {
	options := t.options
	options.contentType = o.ContentType
	p := &put{
		account: t.account, options: options, at: artifact.Location{Bucket: t.deployment.Bucket, Key: o.Key},
		owner: t.deployment.ActionExecutionID,
	}
	var err error
	p.client, err = t.account.s3()
	return p, err
}
