package artifact_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/artifact/treetest"
)

// piece is how much of a file is compressed by itself.
const piece = 256 << 10

// packedDigest is of the zip of fixedTree. It changes where what packing writes does, which is no harm to what is stored;
// an unchanged program has it on every machine.
const packedDigest = "045b0cdf525c333a9307210b1d62b3113daf948edac3bcffe288d9b0bad16561"

// fixedTree is a tree made with whole numbers only, so that it is the same on every machine.
func fixedTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	for i, size := range []int{0, 100, 10_000, 300_000, piece, 3*piece + 5} {
		var content strings.Builder
		for content.Len() < size {
			fmt.Fprintf(&content, "func f%d(x int) error { return g%d(%x) }\n", random.IntN(1000), random.IntN(1000), random.Uint32())
		}
		write(t, filepath.Join(dir, fmt.Sprint(i)), content.String()[:size], 0o644)
	}
	tree(t, dir, map[string]string{"bin/run*": "#!/bin/sh\n", "link": "-> bin/run"})
	return dir
}

func TestPackIsTheSameOnAnyNumberOfCores(t *testing.T) {
	dir, large := fixedTree(t), t.TempDir()
	if _, err := treetest.Write(large, 2, 8<<20); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first artifact.Object
	for _, cores := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(cores)
		store := artifact.NewStore(objectstest.NewMemory())
		small, err := store.Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
		if err != nil {
			t.Fatal(err)
		}
		if small.SHA256 != packedDigest {
			t.Errorf("%d cores: the tree is packed to %s, want %s", cores, small.SHA256, packedDigest)
		}
		object, err := store.Pack(t.Context(), artifact.Tree{Dir: large}, at("a"))
		if err != nil {
			t.Fatal(err)
		}
		if first.SHA256 == "" {
			first = object
		}
		if diff := cmp.Diff(first, object); diff != "" {
			t.Errorf("%d cores (-1 core +here):\n%s", cores, diff)
		}
	}
}

// packed is a tree of what compresses in every way, packed, with the sizes at which a file gets one more piece.
func packed(t *testing.T) (dir string, body []byte, object artifact.Object, store *artifact.Store) {
	t.Helper()
	dir = t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, piece - 1, piece, piece + 1, 2 * piece, 3*piece + 17} {
		noise := make([]byte, size)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		write(t, filepath.Join(dir, fmt.Sprintf("noise-%d", size)), string(noise), 0o644)
		write(t, filepath.Join(dir, fmt.Sprintf("zeros-%d", size)), string(make([]byte, size)), 0o755)
	}
	tree(t, dir, map[string]string{"link": "-> noise-1", "ünï/cødé": "y", "ünï/link": "-> ../noise-1", "main.go": strings.Repeat("return nil\n", piece)})
	objects := objectstest.NewMemory()
	store = artifact.NewStore(objects)
	object, err := store.Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := objects.Open(t.Context(), object.Location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	body, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return dir, body, object, store
}

func TestPackPieces(t *testing.T) {
	dir, body, object, store := packed(t)
	out := t.TempDir()
	if err := store.Unpack(t.Context(), object, out); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, out)
	if most := 8*piece + piece/20; len(body) > most {
		t.Errorf("the zip has %d bytes, want %d at most: what does not compress is stored", len(body), most)
	}
}

// wantTree compares without printing megabytes.
func wantTree(t *testing.T, want, got string) {
	t.Helper()
	all := listing(t, got)
	for name, content := range listing(t, want) {
		if all[name] != content {
			t.Errorf("%s has %d bytes, want %d, or others", name, len(all[name]), len(content))
		}
		delete(all, name)
	}
	for name := range all {
		t.Errorf("%s is there", name)
	}
}

// Other programs read what is packed: Info-ZIP and Python here, and Go without our reader.
func TestOthersReadWhatIsPacked(t *testing.T) {
	dir, body, _, _ := packed(t)
	file := filepath.Join(t.TempDir(), "a.zip")
	write(t, file, string(body), 0o644)
	for name, arguments := range map[string]func(out string) []string{
		"unzip": func(out string) []string { return []string{"-q", file, "-d", out} },
		"python3": func(out string) []string {
			return []string{"-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])", file, out}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("%s is not installed", name)
			}
			out := t.TempDir()
			cmd := exec.CommandContext(t.Context(), name, arguments(out)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // elsewhere unzip has names of its own for what is not ASCII
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			if name == "unzip" { // extractall makes files of links, and loses modes
				wantTree(t, dir, out)
			}
		})
	}
	t.Run("archive/zip", func(t *testing.T) {
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			info, err := os.Lstat(filepath.Join(dir, f.Name))
			if err != nil {
				t.Fatal(err)
			}
			want := info.Mode().Type() | 0o644 // whatever the umask has left of it
			if info.Mode()&0o100 != 0 {
				want |= 0o111
			}
			if want != f.Mode() && want&fs.ModeSymlink == 0 || want.Type() != f.Mode().Type() {
				t.Errorf("%s: mode %v, want %v", f.Name, f.Mode(), want)
			}
		}
	})
}

// More entries than the 16 bits of a zip's end hold make it a ZIP64.
func TestPackZIP64(t *testing.T) {
	const many = 1<<16 + 10
	files := make([]artifact.File, many)
	for i := range files {
		files[i] = artifact.File{Path: fmt.Sprintf("f%d", i), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}
	}
	store := artifact.NewStore(objectstest.NewMemory())
	object, err := store.PackFiles(t.Context(), files, at("a"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := store.OpenZip(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.Files) != many {
		t.Errorf("%d files, want %d", len(z.Files), many)
	}
}

// A file that breaks off, also with the error of a body that io.ReadFull takes for its end, is not packed as a short one.
func TestPackABodyThatBreaksOff(t *testing.T) {
	for _, broken := range []error{io.ErrUnexpectedEOF, fmt.Errorf("read: %w", io.EOF)} {
		files := []artifact.File{{Path: "whole", Open: opens(io.LimitReader(zeros{}, 3*piece))}, {Path: "broken", Open: opens(io.MultiReader(
			io.LimitReader(zeros{}, piece), readFunc(func([]byte) (int, error) { return 0, broken })))}}
		objects := objectstest.NewMemory()
		_, err := artifact.NewStore(objects).PackFiles(t.Context(), files, at("a"))
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), `"broken"`) {
			t.Errorf("error %v, want %v and the file", err, broken)
		}
		if keys := objects.Keys("artifacts"); len(keys) > 0 {
			t.Errorf("stored %v", keys)
		}
	}
}

func opens(r io.Reader) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(r), nil }
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
