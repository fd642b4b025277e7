package artifact_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

// sources writes something like a program's source: 500 files of 20 kB, of words.
func sources(b *testing.B) (dir string, size int64) {
	b.Helper()
	dir = b.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		var text bytes.Buffer
		for text.Len() < 20_000 {
			fmt.Fprintf(&text, "func f%d(x int) error { return g%d(%x) }\n", random.IntN(1000), random.IntN(1000), random.Uint32())
		}
		size += int64(text.Len())
		write(b, filepath.Join(dir, fmt.Sprintf("p%d", i%20), fmt.Sprintf("f%d.go", i)), text.String(), 0o644)
	}
	return dir, size
}

func BenchmarkPack(b *testing.B) {
	dir, size := sources(b)
	store := artifact.NewStore(objectstest.NewMemory())
	b.SetBytes(size)
	b.ReportAllocs()
	var object artifact.Object
	for b.Loop() {
		var err error
		if object, err = store.Pack(b.Context(), artifact.Tree{Dir: dir}, at("a")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(object.Size)/float64(size)*100, "%size")
}

func BenchmarkUnpack(b *testing.B) {
	dir, size := sources(b)
	store := artifact.NewStore(objectstest.NewMemory())
	object, err := store.Pack(b.Context(), artifact.Tree{Dir: dir}, at("a"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		if err := store.Unpack(b.Context(), object, b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}
