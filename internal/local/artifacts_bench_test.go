package local

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// BenchmarkArtifact stores an artifact on the disk, and opens it, which checks its digest; plain and as it is done.
func BenchmarkArtifact(b *testing.B) {
	const size = 64 << 20
	key := filepath.Join(b.TempDir(), keyFile)
	if err := keys.Create(key); err != nil {
		b.Fatal(err)
	}
	plain := objects.New(b.TempDir())
	for _, c := range []struct {
		name    string
		objects artifact.Objects
	}{{"plain", plain}, {"encrypted", envelope.New(plain, keys.New(key))}} {
		store := artifact.NewStore(c.objects)
		put := func(b *testing.B) artifact.Object {
			b.Helper()
			o, err := store.PutBody(b.Context(), io.LimitReader(zeros{}, size), artifact.Location{Bucket: ArtifactBucket, Key: c.name})
			if err != nil {
				b.Fatal(err)
			}
			return o
		}
		b.Run("put_"+c.name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				put(b)
			}
		})
		b.Run("open_"+c.name, func(b *testing.B) {
			o := put(b)
			b.SetBytes(size)
			for b.Loop() {
				r, err := store.Open(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				_ = r.Close()
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
