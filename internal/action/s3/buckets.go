package s3

import (
	"context"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Buckets is the port to the buckets that are deployed to.
//
// Put puts the objects of a deployment in their order, each whole or not at all, replacing what is there, and calls Done
// for each that it has put, in that order. After an error those before it stay; the error names the key. An adapter whose
// calls are limited in time may put a part of them and return an error that is retried; Put of the same deployment then
// goes on behind what is there. What a bucket refuses is an *action.Failure with PermissionError or ConfigurationError.
type Buckets interface {
	Put(ctx context.Context, d Deployment) error
}

// Deployment is what one action execution puts into a bucket, and how. CannedACL, CacheControl and KMSKeyARN are of every
// object, in the words of S3; each may be empty.
type Deployment struct {
	ActionExecutionID                  string
	Bucket                             string
	CannedACL, CacheControl, KMSKeyARN string
	Objects                            []Object
	// Done is told of each object that is put.
	Done func(Object)
	// Log takes what a user should know beside.
	Log io.Writer
}

// Object is one object to put. Size is the number of bytes that Open yields, ContentType their media type by the name.
type Object struct {
	Key         string
	Size        int64
	ContentType string
	Open        func() (io.ReadCloser, error)
}

// Putter is the part of artifact.Objects that puts.
type Putter interface {
	Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error)
}

// Over is a Buckets whose objects are only bytes under keys: those of this machine. How S3 would keep or serve them has no
// effect and is noted.
func Over(objects Putter) Buckets { return plain{objects} }

type plain struct{ objects Putter }

// Put is that of Buckets.
func (p plain) Put(ctx context.Context, d Deployment) error {
	for _, setting := range []struct{ key, value string }{
		{"CannedACL", d.CannedACL},
		{"CacheControl", d.CacheControl},
		{"KMSEncryptionKeyARN", d.KMSKeyARN},
	} {
		if setting.value != "" {
			fmt.Fprint(d.Log, noteRecorded(setting.key, setting.value))
		}
	}
	for _, o := range d.Objects {
		if err := p.put(ctx, d.Bucket, o); err != nil {
			return fmt.Errorf("upload %s: %w", o.Key, err)
		}
		d.Done(o)
	}
	return nil
}

func (p plain) put(ctx context.Context, bucket string, o Object) error {
	body, err := o.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = p.objects.Put(ctx, bucket, o.Key, body)
	return err
}
