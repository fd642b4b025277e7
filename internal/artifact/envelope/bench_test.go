package envelope_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
)

// sink is an artifact.Objects that costs nothing: it forgets what it is given, and has one object.
type sink struct{ inPlace }

func (sink) Put(_ context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, body, make([]byte, 256<<10))
	return artifact.Object{Location: artifact.Location{Bucket: bucket, Key: key}}, err
}

// benchSize is that of a large build's artifact.
const benchSize = 64 << 20

// zeros yields n bytes and no more memory.
func zeros(n int64) io.Reader { return io.LimitReader(endless{}, n) }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Memory does not depend on how much is written or read.
func TestMemoryIsFlat(t *testing.T) {
	key := newKey(t)
	objects := envelope.New(sink{}, key)
	v := newVault(t)
	stored := v.put(make([]byte, benchSize))
	readable := artifact.NewStore(envelope.New(inPlace{raw: v.raw(stored.Location)}, v.key))
	for name, work := range map[string]func() error{
		"put": func() error {
			_, err := objects.Put(t.Context(), "artifacts", "a", zeros(benchSize))
			return err
		},
		"open": func() error {
			r, err := readable.Open(t.Context(), stored)
			if err != nil {
				return err
			}
			return r.Close()
		},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := work(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > benchSize/32 {
			t.Errorf("%s of %d bytes took %d bytes of memory", name, benchSize, took)
		}
	}
}

// BenchmarkEncrypt encrypts and hashes; what it is stored to costs nothing.
func BenchmarkEncrypt(b *testing.B) {
	objects := envelope.New(sink{}, newKey(b))
	b.SetBytes(benchSize)
	for b.Loop() {
		if _, err := objects.Put(b.Context(), "artifacts", "a", zeros(benchSize)); err != nil {
			b.Fatal(err)
		}
	}
}

// large is an object in memory, of benchSize.
func large(b *testing.B) (*envelope.Objects, artifact.Object) {
	b.Helper()
	v := newVault(b)
	stored := v.put(make([]byte, benchSize))
	return envelope.New(inPlace{raw: bytes.Clone(v.raw(stored.Location))}, v.key), stored
}

// BenchmarkDecrypt decrypts all of an artifact and checks its digest.
func BenchmarkDecrypt(b *testing.B) {
	objects, stored := large(b)
	store := artifact.NewStore(objects)
	b.SetBytes(benchSize)
	for b.Loop() {
		r, err := store.Open(b.Context(), stored)
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}

// BenchmarkReadEncrypted reads what was opened, as unpacking does.
func BenchmarkReadEncrypted(b *testing.B) {
	objects, stored := large(b)
	r, err := objects.Open(b.Context(), stored.Location)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	buffer := make([]byte, 256<<10)
	b.SetBytes(benchSize)
	for b.Loop() {
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.NewSectionReader(r, 0, r.Size()), buffer); err != nil {
			b.Fatal(err)
		}
	}
}
