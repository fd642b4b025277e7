package envelope_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

// chunk and sealed are the sizes of a chunk, in clear and as stored.
const (
	chunk  = 64 << 10
	sealed = chunk + 16
)

// vault is encrypted objects over those in memory, with one object of them.
type vault struct {
	t       testing.TB
	memory  *objectstest.Memory
	key     *envelope.Key
	objects *envelope.Objects
	store   *artifact.Store
}

func newVault(t testing.TB) *vault {
	t.Helper()
	memory := objectstest.NewMemory()
	key := newKey(t)
	objects := envelope.New(memory, key)
	return &vault{t, memory, key, objects, artifact.NewStore(objects)}
}

func (v *vault) put(body []byte) artifact.Object {
	v.t.Helper()
	stored, err := v.store.PutBody(v.t.Context(), bytes.NewReader(body), artifact.Location{Bucket: "artifacts", Key: "a"})
	if err != nil {
		v.t.Fatal(err)
	}
	return stored
}

// raw is what is stored, encrypted.
func (v *vault) raw(at artifact.Location) []byte {
	v.t.Helper()
	return readAll(v.t, v.memory, at)
}

func readAll(t testing.TB, objects artifact.Objects, at artifact.Location) []byte {
	t.Helper()
	r, err := objects.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// open reads object o of a store that holds the bytes raw in its place.
func (v *vault) open(raw []byte, o artifact.Object) error {
	v.t.Helper()
	harmed, err := v.memory.Put(v.t.Context(), "artifacts", "harmed", bytes.NewReader(raw))
	if err != nil {
		v.t.Fatal(err)
	}
	o.Location = harmed.Location
	r, err := v.store.Open(v.t.Context(), o)
	if err == nil {
		_ = r.Close()
	}
	return err
}

func wantAltered(t *testing.T, err error, o artifact.Object, parts ...string) {
	t.Helper()
	var altered *artifact.AlteredError
	if !errors.As(err, &altered) || altered.Want != o.SHA256 {
		t.Errorf("error %v, want an *AlteredError with the recorded digest", err)
		return
	}
	for _, part := range append(parts, o.SHA256, "artifacts/", "are not what was written") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func content(n int) []byte {
	random := rand.New(rand.NewPCG(uint64(n), 0))
	body := make([]byte, n)
	for i := range body {
		body[i] = byte(random.Uint32())
	}
	return body
}

// Encrypted objects keep the contract of all objects.
func TestContract(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) artifact.Objects { return envelope.New(objectstest.NewMemory(), newKey(t)) })
}

// sizes lie around the ends of chunks.
var sizes = []int{0, 1, 15, 16, 17, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 5*chunk + 7}

func TestSizes(t *testing.T) {
	for _, size := range sizes {
		v := newVault(t)
		body := content(size)
		for name, reader := range map[string]io.Reader{
			"at once": bytes.NewReader(body), "with the end": iotest.DataErrReader(bytes.NewReader(body)), "in halves": iotest.HalfReader(bytes.NewReader(body)),
		} {
			stored, err := v.store.PutBody(t.Context(), reader, artifact.Location{Bucket: "artifacts", Key: name})
			if err != nil {
				t.Fatal(err)
			}
			if stored.Size != int64(size) || !bytes.Equal(readAll(t, v.objects, stored.Location), body) {
				t.Errorf("%d bytes %s: %d bytes are stored, or others", size, name, stored.Size)
			}
			if raw := v.raw(stored.Location); size > 15 && bytes.Contains(raw, body[:16]) {
				t.Errorf("%d bytes %s are stored in clear", size, name)
			}
		}
	}
}

// A body that broke off is no body that ended, also where it says so with the error that io.ReadFull gives to both.
func TestABodyThatBreaksOff(t *testing.T) {
	for _, broken := range []error{io.ErrUnexpectedEOF, fmt.Errorf("read: %w", io.EOF), io.ErrClosedPipe} {
		for _, size := range sizes {
			v := newVault(t)
			_, err := v.store.PutBody(t.Context(), io.MultiReader(bytes.NewReader(content(size)), iotest.ErrReader(broken)), artifact.Location{Bucket: "artifacts", Key: "a"})
			if !errors.Is(err, broken) || len(v.memory.Keys("artifacts")) > 0 {
				t.Errorf("%d bytes and %v: error %v, stored %v", size, broken, err, v.memory.Keys("artifacts"))
			}
		}
	}
}

func TestTheSameBodyLooksDifferent(t *testing.T) {
	v := newVault(t)
	first, second := v.put(content(100)), v.put(content(100))
	if first.SHA256 != second.SHA256 || first.VersionID == second.VersionID {
		t.Errorf("stored %+v and %+v", first, second)
	}
}

// TestEveryFlippedByte changes every byte of what is stored, one at a time, in a bit and altogether.
func TestEveryFlippedByte(t *testing.T) {
	v := newVault(t)
	o := v.put([]byte("a small artifact, every byte of which matters"))
	raw := v.raw(o.Location)
	if err := v.open(raw, o); err != nil {
		t.Fatal(err)
	}
	for _, mask := range []byte{1, 0x80, 0xff} {
		for i := range raw {
			changed := bytes.Clone(raw)
			changed[i] ^= mask
			err := v.open(changed, o)
			var mismatch *artifact.DigestMismatchError
			if errors.As(err, &mismatch) && mismatch.Want == o.SHA256 && mismatch.Got != "" {
				continue // it does not begin as an encrypted one any more: both digests are named
			}
			wantAltered(t, err, o)
		}
	}
}

// TestEveryTruncation cuts a small artifact everywhere, and a large one at and beside the ends of its chunks.
func TestEveryTruncation(t *testing.T) {
	v := newVault(t)
	small := v.put([]byte("small"))
	raw := v.raw(small.Location)
	for n := range raw {
		if err := v.open(raw[:n], small); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(raw))
		}
	}
	for _, size := range []int{3 * chunk, 3*chunk + 100} {
		large := v.put(content(size))
		raw := v.raw(large.Location)
		start := len(raw) - size - (size+chunk-1)/chunk*16
		for i := range 4 {
			for _, by := range []int{-17, -16, -1, 0, 1, 15, 16, 17} {
				if n := start + i*sealed + by; n >= start && n < len(raw) {
					wantAltered(t, v.open(raw[:n], large), large)
				}
			}
		}
	}
}

func TestChunksThatMoved(t *testing.T) {
	v := newVault(t)
	o, other := v.put(content(4*chunk)), v.put(content(4*chunk))
	raw, foreign := v.raw(o.Location), v.raw(other.Location)
	start := len(raw) - 4*sealed
	at := func(b []byte, i int) []byte { return b[start+i*sealed : start+(i+1)*sealed] }
	for name, harm := range map[string]func() [][]byte{
		"swapped":              func() [][]byte { return [][]byte{at(raw, 1), at(raw, 0), at(raw, 2), at(raw, 3)} },
		"repeated":             func() [][]byte { return [][]byte{at(raw, 0), at(raw, 0), at(raw, 2), at(raw, 3)} },
		"left out":             func() [][]byte { return [][]byte{at(raw, 0), at(raw, 1), at(raw, 3)} },
		"appended":             func() [][]byte { return [][]byte{at(raw, 0), at(raw, 1), at(raw, 2), at(raw, 3), at(raw, 3)} },
		"a byte appended":      func() [][]byte { return [][]byte{raw[start:], {0}} },
		"16 bytes appended":    func() [][]byte { return [][]byte{raw[start:], make([]byte, 16)} },
		"of another object":    func() [][]byte { return [][]byte{at(foreign, 0), at(raw, 1), at(raw, 2), at(raw, 3)} },
		"all of them":          func() [][]byte { return [][]byte{foreign[start:]} },
		"the last one first":   func() [][]byte { return [][]byte{at(raw, 3), at(raw, 1), at(raw, 2), at(raw, 3)} },
		"the first one as all": func() [][]byte { return [][]byte{at(raw, 0)} },
	} {
		t.Run(name, func(t *testing.T) {
			v.t = t
			wantAltered(t, v.open(append(bytes.Clone(raw[:start]), bytes.Join(harm(), nil)...), o), o)
		})
	}
}

// A whole other artifact in the place of one decrypts, and has another digest.
func TestAnotherArtifactInItsPlace(t *testing.T) {
	v := newVault(t)
	o, other := v.put(content(100)), v.put(content(101))
	var mismatch *artifact.DigestMismatchError
	if err := v.open(v.raw(other.Location), o); !errors.As(err, &mismatch) || mismatch.Want != o.SHA256 || mismatch.Got != other.SHA256 {
		t.Errorf("error %v, want both digests", err)
	}
}

func TestAnotherKey(t *testing.T) {
	v := newVault(t)
	o := v.put(content(100))
	_, err := artifact.NewStore(envelope.New(v.memory, newKey(t))).Open(t.Context(), o)
	wantAltered(t, err, o, "its data key cannot be unwrapped: it was wrapped with another key: with ", ", and the key here is ")
	if !errors.Is(err, envelope.ErrUnknownKey) {
		t.Errorf("error %v, want ErrUnknownKey", err)
	}
}

// unreachable is Keys out of reach.
type unreachable struct{}

var errUnreachable = errors.New("the key is out of reach")

func (unreachable) NewDataKey(context.Context) (envelope.DataKey, error) {
	return envelope.DataKey{}, errUnreachable
}

func (unreachable) Unwrap(context.Context, []byte) (envelope.Secret, error) {
	return envelope.Secret{}, errUnreachable
}

// A key that is out of reach says nothing about the artifact.
func TestAKeyOutOfReach(t *testing.T) {
	v := newVault(t)
	o := v.put(content(100))
	store := artifact.NewStore(envelope.New(v.memory, unreachable{}))
	var altered *artifact.AlteredError
	if _, err := store.Open(t.Context(), o); !errors.Is(err, errUnreachable) || errors.As(err, &altered) {
		t.Errorf("opened: error %v", err)
	}
	if _, err := store.PutBody(t.Context(), strings.NewReader("x"), o.Location); !errors.Is(err, errUnreachable) {
		t.Errorf("put: error %v", err)
	}
	if !bytes.Equal(readAll(t, v.objects, artifact.Location{Bucket: "artifacts", Key: "a"}), content(100)) {
		t.Error("the put has replaced what was there")
	}
}

// Artifacts that were stored before are plain, and their digest is checked as ever.
func TestPlainArtifacts(t *testing.T) {
	v := newVault(t)
	for _, body := range []string{"", "x", "a plain artifact that is longer than any header is"} {
		o, err := v.memory.Put(t.Context(), "artifacts", "plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, v.objects, o.Location); string(got) != body {
			t.Errorf("%q is read as %q", body, got)
		}
		var mismatch *artifact.DigestMismatchError
		if err := v.open([]byte(body+"!"), o); !errors.As(err, &mismatch) {
			t.Errorf("%q, changed: error %v", body, err)
		}
	}
}

func TestConcurrentReaders(t *testing.T) {
	v := newVault(t)
	body := content(5*chunk + 7)
	r, err := v.objects.Open(t.Context(), v.put(body).Location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for range 200 {
				from := random.IntN(len(body))
				got := make([]byte, random.IntN(len(body)-from+1))
				if n, err := r.ReadAt(got, int64(from)); n != len(got) || err != nil || !bytes.Equal(got, body[from:from+n]) {
					t.Errorf("%d bytes at %d: %d bytes, error %v", len(got), from, n, err)
				}
			}
		})
	}
	all.Wait()
}

// inPlace has one object, which can be changed while it is read.
type inPlace struct {
	artifact.Objects
	raw []byte
}

func (o inPlace) Open(context.Context, artifact.Location) (artifact.Reader, error) {
	return inPlaceReader{bytes.NewReader(o.raw)}, nil
}

type inPlaceReader struct{ *bytes.Reader }

func (inPlaceReader) Close() error { return nil }

// What changes after it was opened and verified is noticed by the read that meets it, and by later ones.
func TestChangedAfterOpen(t *testing.T) {
	body := content(3 * chunk)
	v := newVault(t)
	o := v.put(body)
	raw := v.raw(o.Location)
	r, err := artifact.NewStore(envelope.New(inPlace{raw: raw}, v.key)).Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw[len(raw)-2*sealed-1] ^= 1
	var altered *artifact.AlteredError
	for range 2 {
		got := make([]byte, 10)
		if n, err := r.ReadAt(got, 10); n != 0 || !errors.As(err, &altered) || !strings.Contains(err.Error(), "chunk 1 of 3 cannot be decrypted") {
			t.Errorf("%d bytes, error %v", n, err)
		}
		if n, err := r.ReadAt(got, chunk); n != 10 || err != nil || !bytes.Equal(got, body[chunk:chunk+10]) {
			t.Errorf("the chunk behind it: %d bytes, error %v", n, err)
		}
	}
}
