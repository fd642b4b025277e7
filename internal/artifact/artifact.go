// Package artifact keeps what actions hand to each other: deterministic zips, stored once, with a SHA-256 that is
// checked at every read, and unpacked only where that is safe. It knows no pipeline and no record: a Location and a
// digest go in, bytes come out.
package artifact

import (
	"context"
	"io"
)

// Location is where an object is stored: an S3 bucket, key and version, or what stands for them on this machine.
type Location struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	VersionID string `json:"versionId,omitempty"`
}

// Object is a stored artifact: where it is and what it must be. SHA256 is lower-case hex of the artifact's bytes,
// Size their number; how they are stored, encrypted or not, is the matter of Objects.
type Object struct {
	Location
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Reader reads one stored version of an object, whole or by ranges. Close must be called.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Objects is the port to where objects are kept.
//
// Put streams body to bucket and key, all or nothing: a failed Put leaves what was there before. It replaces an
// earlier object and returns the version that it stored, and the SHA-256 and the size of body.
// Open opens the version that the location names, or the newest where it names none; an unknown one is a
// *NotFoundError. Both may be called concurrently.
type Objects interface {
	Put(ctx context.Context, bucket, key string, body io.Reader) (Object, error)
	Open(ctx context.Context, at Location) (Reader, error)
}
