// Package envelope encrypts artifacts on their way to artifact.Objects and decrypts them on their way back. Every object
// has a data key of its own, which Keys wraps; the wrapped key stands at the beginning of the stored bytes, and the
// content follows in chunks, each encrypted and authenticated by itself (AES-256-GCM). So an object is written and read
// with the memory of a chunk, any range of it can be read, and nothing that was changed, cut off, appended or moved is
// ever handed out.
//
// It keeps no keys, and it decides nothing about where objects lie.
package envelope

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Keys is the port to the key that wraps data keys.
//
// NewDataKey returns a new random key and the same key wrapped. Unwrap gives the key back, also after a restart. What
// another key has wrapped is an ErrUnknownKey; what nobody has wrapped so, one changed bit included, is that or an
// ErrNotWrapped. Any other error says nothing about the wrapped key: the key was out of reach. Both may be called
// concurrently. No error and no log may hold a key in clear.
type Keys interface {
	NewDataKey(ctx context.Context) (DataKey, error)
	Unwrap(ctx context.Context, wrapped []byte) (Secret, error)
}

// What Keys says of a wrapped key that it cannot unwrap.
var (
	ErrUnknownKey = errors.New("it was wrapped with another key")
	ErrNotWrapped = errors.New("it is not what was wrapped")
)

// DataKey encrypts one object. Wrapped is at most 64 KiB.
type DataKey struct {
	Plain   Secret
	Wrapped []byte
}

// Secret is a key of AES-256 in clear. However it is formatted, it does not show.
type Secret [32]byte

// Format prints that there is a key, and nothing of it.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(key)") }

// MarshalText fails: a key in clear belongs to no document.
func (Secret) MarshalText() ([]byte, error) {
	return nil, errors.New("a key in clear is not written out")
}

// Objects is an artifact.Objects that stores through another one what it has encrypted.
type Objects struct {
	stored artifact.Objects
	keys   Keys
}

// New makes Objects over stored, whose versions must be the SHA-256 of what it stores: an AlteredError compares them.
func New(stored artifact.Objects, keys Keys) *Objects { return &Objects{stored, keys} }

// Put is that of artifact.Objects. SHA256 and Size are of body, the version is that of the encrypted bytes: the same
// body put again is another version.
func (o *Objects) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	at := artifact.Location{Bucket: bucket, Key: key}
	dataKey, err := o.keys.NewDataKey(ctx)
	if err != nil {
		return artifact.Object{}, fmt.Errorf("encrypt object %s: %w", at, err)
	}
	s, err := newSealer(ctx, body, dataKey)
	if err != nil {
		return artifact.Object{}, fmt.Errorf("encrypt object %s: %w", at, err)
	}
	stored, err := o.stored.Put(ctx, bucket, key, s)
	if err != nil {
		return artifact.Object{}, err
	}
	return artifact.Object{Location: stored.Location, SHA256: s.digest(), Size: s.size}, nil
}

// Open is that of artifact.Objects. Bytes that were not written by Put are an *artifact.AlteredError, from here or from
// the read that meets them. Only what does not begin as an encrypted object does is handed out as it is: artifacts were
// stored so before they were encrypted, and the digest of their record tells whether it is one.
func (o *Objects) Open(ctx context.Context, at artifact.Location) (artifact.Reader, error) {
	stored, err := o.stored.Open(ctx, at)
	if err != nil {
		return nil, err
	}
	r, err := o.decrypt(ctx, stored, at)
	if err != nil {
		_ = stored.Close()
		return nil, err
	}
	return r, nil
}

func (o *Objects) decrypt(ctx context.Context, stored artifact.Reader, at artifact.Location) (artifact.Reader, error) {
	h, encrypted, err := readHeader(stored)
	switch {
	case err != nil:
		return nil, located(at, stored, err)
	case !encrypted:
		return stored, nil
	}
	secret, err := o.keys.Unwrap(ctx, h.wrapped)
	switch {
	case errors.Is(err, ErrUnknownKey), errors.Is(err, ErrNotWrapped):
		return nil, located(at, stored, &alteration{what: "its data key cannot be unwrapped", cause: err})
	case err != nil:
		return nil, fmt.Errorf("decrypt object %s: %w", at, err)
	}
	opened, err := newOpener(at, stored, h, secret)
	if err != nil {
		return nil, located(at, stored, err)
	}
	return opened, nil
}

// alteration is what is wrong with stored bytes, before it is known of which object they are.
type alteration struct {
	what  string
	cause error
}

func (a *alteration) Error() string { return a.what }

func altered(format string, args ...any) error {
	return &alteration{what: fmt.Sprintf(format, args...)}
}

// located completes an error about what is stored at a location. Bytes that were altered are read once more, all of
// them, to be named by their digest.
func located(at artifact.Location, stored artifact.Reader, err error) error {
	var a *alteration
	if !errors.As(err, &a) {
		return fmt.Errorf("decrypt object %s: %w", at, err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(stored, 0, stored.Size())); err != nil {
		return fmt.Errorf("hash object %s, which cannot be decrypted: %w", at, err)
	}
	return &artifact.AlteredError{Location: at, Detail: a.what, Stored: hex.EncodeToString(sum.Sum(nil)), Err: a.cause}
}
