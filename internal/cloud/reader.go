package cloud

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/penstock-ci/penstock/internal/artifact"
)

const (
	// window is what is asked for at a place that is not where the last read ended: the table of contents of a zip, or the
	// beginning of an entry. Whoever reads on behind it gets the rest of the object.
	window = 1 << 20
	// skip is how far ahead a read goes on in the answer that is there, rather than to ask again.
	skip = 256 << 10
	// maxBroken is how often in a row an answer may break before its first byte.
	maxBroken = 3
)

// reader reads one version of an object, by one answer of S3 at a time, in which reads one behind another go on. It holds
// nothing of the object. Concurrent reads take turns.
type reader struct {
	ctx     context.Context
	objects *Objects
	at      artifact.Location
	size    int64

	mu sync.Mutex
	// body yields the bytes from next to end.
	body      io.ReadCloser
	next, end int64
}

// Size is that of artifact.Reader.
func (r *reader) Size() int64 { return r.size }

// Close drops what was asked for and not read.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop()
	return nil
}

func (r *reader) drop() {
	if r.body != nil {
		_ = r.body.Close()
	}
	r.body = nil
}

// ReadAt is that of io.ReaderAt.
func (r *reader) ReadAt(p []byte, from int64) (int, error) {
	switch {
	case from < 0:
		return 0, fmt.Errorf("read object %s: the offset %d is negative", r.at, from)
	case from >= r.size:
		return 0, io.EOF
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.fill(p[:min(int64(len(p)), r.size-from)], from)
	switch {
	case err != nil:
		return n, r.objects.account.Failed("read object "+r.at.String(), err)
	case n < len(p):
		return n, io.EOF
	}
	return n, nil
}

// fill reads all of p. An answer that breaks off is asked for again from where it did.
func (r *reader) fill(p []byte, from int64) (int, error) {
	done, broken := 0, 0
	for done < len(p) {
		if err := r.seek(from+int64(done), int64(len(p)-done)); err != nil {
			return done, err
		}
		n, err := r.body.Read(p[done:min(int64(len(p)), int64(done)+r.end-r.next)])
		done, r.next = done+n, r.next+int64(n)
		if n > 0 {
			broken = 0
		}
		if err == nil || r.next == r.end {
			continue
		}
		r.drop()
		if broken++; broken == maxBroken {
			return done, &brokenError{err}
		}
	}
	return done, nil
}

// seek has body yield what begins at from, of which n bytes are wanted now.
func (r *reader) seek(from, n int64) error {
	ahead := from - r.next
	if r.body != nil && from < r.end && ahead >= 0 && ahead <= skip {
		passed, err := io.CopyN(io.Discard, r.body, ahead)
		r.next += passed
		if err == nil {
			return nil
		}
	}
	end := min(r.size, from+max(n, window))
	if ahead >= 0 && ahead <= skip {
		end = r.size
	}
	r.drop()
	return r.ask(from, end)
}

func (r *reader) ask(from, end int64) error {
	client, err := r.objects.account.s3()
	if err != nil {
		return err
	}
	bytes := fmt.Sprintf("bytes=%d-%d", from, end-1)
	in := &s3.GetObjectInput{Bucket: &r.at.Bucket, Key: &r.at.Key, Range: &bytes, ExpectedBucketOwner: r.objects.options.owner()}
	pin(in, r.at.VersionID)
	out, err := client.GetObject(r.ctx, in)
	switch {
	case missing(err, r.at):
		return &artifact.NotFoundError{Location: r.at}
	case err != nil:
		return err
	}
	r.body, r.next, r.end = out.Body, from, end
	return nil
}

// brokenError is an answer that broke off: the connection did.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return "the answer broke off: " + e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }
