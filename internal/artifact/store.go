package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Store writes artifacts to Objects and reads them back, each read checked against the digest that was recorded.
type Store struct {
	objects Objects
	limits  Limits
}

// NewStore makes a Store over objects, with DefaultLimits.
func NewStore(objects Objects) *Store { return &Store{objects: objects, limits: DefaultLimits()} }

// WithLimits is the same store with other limits for the zips it reads.
func (s *Store) WithLimits(limits Limits) *Store { return &Store{objects: s.objects, limits: limits} }

// PutFile stores the file at path as it is: the artifact of a source that is one object.
func (s *Store) PutFile(ctx context.Context, path string, to Location) (Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return Object{}, fmt.Errorf("store artifact %s: %w", to, err)
	}
	defer f.Close()
	return s.PutBody(ctx, f, to)
}

// PutBody stores what body yields, as it is.
func (s *Store) PutBody(ctx context.Context, body io.Reader, to Location) (Object, error) {
	stored, err := s.objects.Put(ctx, to.Bucket, to.Key, body)
	if err != nil {
		return Object{}, fmt.Errorf("store artifact %s: %w", to, err)
	}
	return stored, nil
}

// Open opens the stored version of an artifact after it has hashed all of it: bytes that are not the recorded ones
// are a *DigestMismatchError, or an *AlteredError where they cannot be decrypted, and none of them is handed out.
func (s *Store) Open(ctx context.Context, o Object) (Reader, error) {
	r, err := s.objects.Open(ctx, o.Location)
	if err != nil {
		return nil, fmt.Errorf("open artifact %s: %w", o.Location, recorded(err, o))
	}
	if err := verify(ctx, r, o); err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("open artifact %s: %w", o.Location, recorded(err, o))
	}
	return r, nil
}

// copySize is the buffer of a copy: large enough that the cost of a call does not show.
const copySize = 256 << 10

func verify(ctx context.Context, r Reader, o Object) error {
	hash := sha256.New()
	buffer := make([]byte, copySize)
	body := cancellable(ctx, io.NewSectionReader(r, 0, r.Size()))
	if _, err := io.CopyBuffer(hash, body, buffer); err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	got := hex.EncodeToString(hash.Sum(nil))
	// A size that differs has a digest that differs, unless the record itself is wrong.
	if got != o.SHA256 || r.Size() != o.Size {
		return &DigestMismatchError{Location: o.Location, Want: o.SHA256, Got: got}
	}
	return nil
}

// cancellable ends a read of r once ctx is done. It hides WriterTo, which would go on without asking.
func cancellable(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
