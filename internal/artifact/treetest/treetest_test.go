package treetest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact/treetest"
)

func digest(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		sum.Write([]byte(name))
		sum.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func TestTheSeedDecides(t *testing.T) {
	const size = 3 << 20
	var digests []string
	for _, seed := range []uint64{1, 1, 2} {
		dir := t.TempDir()
		got, err := treetest.Write(dir, seed, size)
		if err != nil {
			t.Fatal(err)
		}
		if got.Bytes < size*999/1000 || got.Bytes > size || got.Files < 50 {
			t.Errorf("seed %d: %d bytes in %d files", seed, got.Bytes, got.Files)
		}
		digests = append(digests, digest(t, dir))
	}
	if digests[0] != digests[1] {
		t.Error("the same seed gives two trees")
	}
	if digests[0] == digests[2] {
		t.Error("two seeds give the same tree")
	}
}
