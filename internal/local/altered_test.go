package local

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// onDisk stores size bytes as a platform does, and opens the file that holds them.
func onDisk(t *testing.T, size int) (*artifact.Store, artifact.Object, *os.File) {
	t.Helper()
	dir := t.TempDir()
	if err := keys.Create(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	store := artifact.NewStore(envelope.New(objects.New(filepath.Join(dir, "objects")), keys.New(filepath.Join(dir, keyFile))))
	o, err := store.PutBody(t.Context(), io.LimitReader(rand.NewChaCha8([32]byte{}), int64(size)), artifact.Location{Bucket: ArtifactBucket, Key: "a"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "objects", ArtifactBucket, "a"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return store, o, f
}

// flip changes a byte where it is, and again.
func flip(t *testing.T, f *os.File, at int64) {
	t.Helper()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0xff
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

// digests are the two that an error compares: of the artifact, or of what is stored of it.
func digests(err error) (recorded, found string) {
	var mismatch *artifact.DigestMismatchError
	var altered *artifact.AlteredError
	switch {
	case errors.As(err, &mismatch):
		return mismatch.Want, mismatch.Got
	case errors.As(err, &altered):
		return altered.Location.VersionID, altered.Stored
	}
	return "", ""
}

// Any byte of a stored artifact that is changed fails its reader, with both digests.
func TestAnyFlippedByte(t *testing.T) {
	for _, size := range []int{40, 3<<20 + 5} {
		store, o, f := onDisk(t, size)
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		step := info.Size()/200 | 1 // every byte of a small one, and a sample of all chunks of a large one
		for at := int64(0); at < info.Size(); at += step {
			flip(t, f, at)
			_, err := store.Open(t.Context(), o)
			recorded, found := digests(err)
			if len(recorded) != 64 || len(found) != 64 || recorded == found {
				t.Fatalf("%d bytes, byte %d: error %v, with the digests %q and %q", size, at, err, recorded, found)
			}
			for _, part := range []string{recorded, found, o.SHA256} {
				if !strings.Contains(err.Error(), part) {
					t.Fatalf("%d bytes, byte %d: %v\ndoes not say %s", size, at, err, part)
				}
			}
			flip(t, f, at)
		}
		r, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if n, err := io.Copy(&content, io.NewSectionReader(r, 0, r.Size())); err != nil || n != int64(size) {
			t.Errorf("%d bytes, error %v", n, err)
		}
		_ = r.Close()
	}
}
