package objectstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Memory is an artifact.Objects that keeps every version in memory: for tests, the suite's own among them.
type Memory struct {
	mu       sync.Mutex
	newest   map[artifact.Location]string
	versions map[artifact.Location][]byte
}

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	return &Memory{newest: map[artifact.Location]string{}, versions: map[artifact.Location][]byte{}}
}

// Put is that of artifact.Objects.
func (m *Memory) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	content, err := io.ReadAll(body)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return artifact.Object{}, fmt.Errorf("put %s/%s: %w", bucket, key, err)
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	at := artifact.Location{Bucket: bucket, Key: key, VersionID: digest}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.versions[at] = content
	m.newest[artifact.Location{Bucket: bucket, Key: key}] = at.VersionID
	return artifact.Object{Location: at, SHA256: digest, Size: int64(len(content))}, nil
}

// Open is that of artifact.Objects.
func (m *Memory) Open(_ context.Context, at artifact.Location) (artifact.Reader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.VersionID == "" {
		at.VersionID = m.newest[at]
	}
	content, ok := m.versions[at]
	if !ok {
		return nil, &artifact.NotFoundError{Location: at}
	}
	return memoryReader{bytes.NewReader(content)}, nil
}

// Keys lists the keys of a bucket, sorted.
func (m *Memory) Keys(bucket string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for at := range m.newest {
		if at.Bucket == bucket {
			keys = append(keys, at.Key)
		}
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}

// Flip changes one bit of a stored version, as a failing disk or a stranger would.
func (m *Memory) Flip(at artifact.Location, offset int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed := bytes.Clone(m.versions[at])
	changed[offset] ^= 1
	m.versions[at] = changed
}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }
