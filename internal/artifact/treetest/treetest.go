// Package treetest writes trees of files for measurements: from a seed, of any size, with the mixture that the folder of
// a build has. The same seed and size give the same bytes. It packs nothing.
package treetest

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Size is what a tree has: files, and the bytes in them.
type Size struct {
	Files int
	Bytes int64
}

// kind is a part of the mixture: files whose sizes are spread evenly over the magnitudes between least and most.
type kind struct {
	folder, extension string
	// share of the tree's bytes, in thousandths.
	share       int64
	least, most int64
	write       func(*bufio.Writer, *rand.Rand, int64) error
}

// mixture makes, of 1 GiB, about 36,000 files: two fifths of the bytes are source code in small files, and nearly a
// third is in programs and data of many megabytes. A sixth does not compress at all.
var mixture = []kind{
	{"source", ".go", 400, 2 << 10, 60 << 10, text},
	{"settings", ".json", 5, 50, 2 << 10, records},
	{"data", ".jsonl", 145, 1 << 20, 40 << 20, records},
	{"programs", ".bin", 280, 2 << 20, 40 << 20, code},
	{"media", ".jpg", 170, 20 << 10, 30 << 20, noise},
}

// filesPerFolder keeps folders as large as they are in a source tree.
const filesPerFolder = 40

// Write writes a tree of size bytes below dir, which must be there. Every tenth file is executable.
func Write(dir string, seed uint64, size int64) (Size, error) {
	var total Size
	for i, k := range mixture {
		written, err := k.fill(dir, rand.New(rand.NewPCG(seed, uint64(i))), size*k.share/1000)
		total.Files += written.Files
		total.Bytes += written.Bytes
		if err != nil {
			return total, fmt.Errorf("write a tree of %d bytes: %w", size, err)
		}
	}
	return total, nil
}

func (k kind) fill(dir string, random *rand.Rand, size int64) (Size, error) {
	var s Size
	for s.Bytes < size {
		folder := filepath.Join(dir, k.folder, fmt.Sprintf("p%03d", s.Files/filesPerFolder))
		if s.Files%filesPerFolder == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return s, err
			}
		}
		n := min(k.size(random), size-s.Bytes)
		mode := os.FileMode(0o644)
		if s.Files%10 == 9 {
			mode = 0o755
		}
		if err := k.file(filepath.Join(folder, fmt.Sprintf("f%05d%s", s.Files, k.extension)), mode, random, n); err != nil {
			return s, err
		}
		s.Files++
		s.Bytes += n
	}
	return s, nil
}

func (k kind) size(random *rand.Rand) int64 {
	return int64(float64(k.least) * math.Pow(float64(k.most)/float64(k.least), random.Float64()))
}

func (k kind) file(name string, mode os.FileMode, random *rand.Rand, size int64) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	err = k.write(out, random, size)
	if err == nil {
		err = out.Flush()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
