// Package objectstest is the contract of artifact.Objects as tests, which every adapter passes, and an adapter in
// memory for the tests of those who use the port. It knows no adapter: Run gets a constructor.
package objectstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Run holds the Objects that open makes to the contract. Each test opens its own, which must be empty.
func Run(t *testing.T, open func(*testing.T) artifact.Objects) {
	t.Helper()
	for _, contract := range []struct {
		name  string
		check func(*testing.T, artifact.Objects)
	}{
		{"what was put is read back", readBack},
		{"an empty object is an object", empty},
		{"an object larger than any buffer is streamed", large},
		{"ranges are read in any order", ranges},
		{"an overwritten version is itself or not found", versions},
		{"an open reader keeps its version", openReader},
		{"a failed body leaves the old object", failedBody},
		{"a failed body makes no object", failedFirst},
		{"a cancelled put leaves the old object", cancelled},
		{"what is not there is a NotFoundError", notFound},
		{"keys are only names", keys},
		{"puts of one key do not mix", concurrent},
		{"puts of many keys are independent", concurrentKeys},
	} {
		t.Run(contract.name, func(t *testing.T) { contract.check(t, open(t)) })
	}
}

const bucket = "bucket"

func put(t *testing.T, o artifact.Objects, key, body string) artifact.Object {
	t.Helper()
	stored, err := o.Put(t.Context(), bucket, key, strings.NewReader(body))
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return stored
}

func newest(key string) artifact.Location { return artifact.Location{Bucket: bucket, Key: key} }

func read(ctx context.Context, o artifact.Objects, at artifact.Location) (string, error) {
	r, err := o.Open(ctx, at)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	return string(content), err
}

func wantBody(t *testing.T, o artifact.Objects, at artifact.Location, want string) {
	t.Helper()
	switch got, err := read(t.Context(), o, at); {
	case err != nil:
		t.Errorf("open %v: %v", at, err)
	case got != want:
		t.Errorf("%v holds %.40q, want %.40q", at, got, want)
	}
}

func wantNotFound(t *testing.T, o artifact.Objects, at artifact.Location) {
	t.Helper()
	var missing *artifact.NotFoundError
	_, err := read(t.Context(), o, at)
	if !errors.As(err, &missing) {
		t.Fatalf("open %v: error %v, want a *NotFoundError", at, err)
	}
	if missing.Location != at {
		t.Errorf("the error names %v, want %v", missing.Location, at)
	}
}

func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func readBack(t *testing.T, o artifact.Objects) {
	got := put(t, o, "a/b.txt", "content")
	if got.Bucket != bucket || got.Key != "a/b.txt" || got.VersionID == "" {
		t.Errorf("stored at %+v", got.Location)
	}
	if got.SHA256 != digest("content") || got.Size != 7 {
		t.Errorf("stored %s, %d bytes", got.SHA256, got.Size)
	}
	wantBody(t, o, got.Location, "content")
	wantBody(t, o, newest("a/b.txt"), "content")
}

func empty(t *testing.T, o artifact.Objects) {
	got := put(t, o, "empty", "")
	if got.Size != 0 || got.SHA256 != digest("") {
		t.Errorf("stored %+v", got)
	}
	wantBody(t, o, got.Location, "")
}

func large(t *testing.T, o artifact.Objects) {
	body := strings.Repeat("0123456789abcdef", 300_000)
	// One byte at a time at first: a short read is no end.
	got, err := o.Put(t.Context(), bucket, "large", io.MultiReader(iotest.OneByteReader(strings.NewReader(body[:100])), strings.NewReader(body[100:])))
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA256 != digest(body) || got.Size != int64(len(body)) {
		t.Errorf("stored %+v", got)
	}
	wantBody(t, o, got.Location, body)
}

func ranges(t *testing.T, o artifact.Objects) {
	stored := put(t, o, "ranges", "0123456789")
	r, err := o.Open(t.Context(), stored.Location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Size() != 10 {
		t.Errorf("size %d, want 10", r.Size())
	}
	for _, c := range []struct {
		at   int64
		n    int
		want string
		end  bool
	}{{7, 3, "789", false}, {0, 4, "0123", false}, {5, 0, "", false}, {8, 5, "89", true}, {10, 1, "", true}, {99, 1, "", true}} {
		got := make([]byte, c.n)
		n, err := r.ReadAt(got, c.at)
		if string(got[:n]) != c.want {
			t.Errorf("%d bytes at %d are %q, want %q", c.n, c.at, got[:n], c.want)
		}
		// A range that ends with the object may say so or not; one beyond it must.
		if err != nil && !errors.Is(err, io.EOF) || c.end && err == nil {
			t.Errorf("%d bytes at %d: error %v", c.n, c.at, err)
		}
	}
}

func versions(t *testing.T, o artifact.Objects) {
	first := put(t, o, "k", "first")
	second := put(t, o, "k", "second, longer")
	if first.VersionID == second.VersionID {
		t.Fatalf("both versions are %q", first.VersionID)
	}
	wantBody(t, o, newest("k"), "second, longer")
	wantBody(t, o, second.Location, "second, longer")
	var missing *artifact.NotFoundError
	if got, err := read(t.Context(), o, first.Location); !errors.As(err, &missing) && (err != nil || got != "first") {
		t.Errorf("the first version is %q, error %v", got, err)
	}
	again := put(t, o, "k", "second, longer")
	wantBody(t, o, again.Location, "second, longer")
	unknown := second.Location
	unknown.VersionID = "0000000000000000"
	wantNotFound(t, o, unknown)
}

func openReader(t *testing.T, o artifact.Objects) {
	stored := put(t, o, "k", "before")
	r, err := o.Open(t.Context(), stored.Location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, o, "k", "after")
	got := make([]byte, 6)
	if _, err := r.ReadAt(got, 0); err != nil && !errors.Is(err, io.EOF) || string(got) != "before" {
		t.Errorf("the reader yields %q, error %v", got, err)
	}
}

var errBody = errors.New("the body broke")

func brokenBody() io.Reader {
	return io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(errBody))
}

func failedBody(t *testing.T, o artifact.Objects) {
	old := put(t, o, "k", "old")
	if _, err := o.Put(t.Context(), bucket, "k", brokenBody()); !errors.Is(err, errBody) {
		t.Errorf("error %v, want the body's", err)
	}
	wantBody(t, o, newest("k"), "old")
	wantBody(t, o, old.Location, "old")
}

func failedFirst(t *testing.T, o artifact.Objects) {
	if _, err := o.Put(t.Context(), bucket, "k", brokenBody()); !errors.Is(err, errBody) {
		t.Errorf("error %v, want the body's", err)
	}
	wantNotFound(t, o, newest("k"))
	put(t, o, "k", "then")
	wantBody(t, o, newest("k"), "then")
}

func cancelled(t *testing.T, o artifact.Objects) {
	put(t, o, "k", "old")
	ctx, cancel := context.WithCancel(t.Context())
	body := io.MultiReader(strings.NewReader("half"), readFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	}))
	if _, err := o.Put(ctx, bucket, "k", body); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	wantBody(t, o, newest("k"), "old")
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func notFound(t *testing.T, o artifact.Objects) {
	put(t, o, "a/b", "x")
	for _, key := range []string{"a", "a/", "a/b/", "a/b/c", "other", "A/B"} {
		wantNotFound(t, o, newest(key))
	}
	wantNotFound(t, o, artifact.Location{Bucket: "other", Key: "a/b"})
	wantNotFound(t, o, artifact.Location{Bucket: bucket, Key: "a/b", VersionID: "ffff"})
}

// keys holds what S3 takes as keys and a file system would rather not.
func keys(t *testing.T, o artifact.Objects) {
	all := []string{
		"plain", "a", "a/b", "a/b/c", "b/c", "b", "/leading", "trailing/", "two//slashes", "//", ".", "..", "../up", "../../up", "x/../y", "x/./y",
		"per%cent", "per%25cent", "%2E%2E", "%", "space and \t tab", "ünï/cødé", "back\\slash", "nul\x00byte", "new\nline", "~", "-rf", "*", ".hidden",
		strings.Repeat("l", 1024), strings.Repeat("d/", 400), strings.Repeat("é", 200) + "/x",
	}
	for _, key := range all {
		put(t, o, key, "content of "+key)
	}
	for _, key := range all {
		wantBody(t, o, newest(key), "content of "+key)
	}
}

func concurrent(t *testing.T, o artifact.Objects) {
	var all sync.WaitGroup
	bodies := map[string]bool{}
	for i := range 8 {
		body := string(bytes.Repeat([]byte{byte('a' + i)}, 100_000))
		bodies[body] = true
		all.Go(func() {
			if _, err := o.Put(t.Context(), bucket, "k", strings.NewReader(body)); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			var missing *artifact.NotFoundError
			if got, err := read(t.Context(), o, newest("k")); !errors.As(err, &missing) && (err != nil || len(got) != 100_000) {
				t.Errorf("read %d bytes, error %v", len(got), err)
			}
		})
	}
	all.Wait()
	if got, err := read(t.Context(), o, newest("k")); err != nil || !bodies[got] {
		t.Errorf("%d bytes of no single put, error %v", len(got), err)
	}
}

func concurrentKeys(t *testing.T, o artifact.Objects) {
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			key := fmt.Sprintf("p/%d/x", i%10)
			if i >= 10 {
				key = fmt.Sprintf("p/%d", i%10)
			}
			stored, err := o.Put(t.Context(), bucket, key, strings.NewReader(key))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := read(t.Context(), o, stored.Location); err != nil || got != key {
				t.Errorf("%q holds %q, error %v", key, got, err)
			}
		})
	}
	all.Wait()
}
