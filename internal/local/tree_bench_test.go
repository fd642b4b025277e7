package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/treetest"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// The measurement of a large tree packs and unpacks in processes of their own, since only so their peak of memory is
// theirs: this test binary again, told by childVariable what to do.
const childVariable = "PENSTOCK_TREE_CHILD"

func TestMain(m *testing.M) {
	if task := os.Getenv(childVariable); task != "" {
		os.Exit(child(task, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// child packs the folder dir into the store in the folder at, or unpacks what was packed into dir, and prints the size
// of the artifact and the peak of this process.
func child(task string, args []string) int {
	at, dir := args[0], args[1]
	store := artifact.NewStore(envelope.New(objects.New(filepath.Join(at, "objects")), keys.New(filepath.Join(at, keyFile))))
	var stored artifact.Object
	var err error
	switch task {
	case "pack":
		stored, err = store.Pack(context.Background(), artifact.Tree{Dir: dir}, artifact.Location{Bucket: ArtifactBucket, Key: "tree"})
	case "unpack":
		stored.Bucket, stored.Key = ArtifactBucket, "tree"
		stored.SHA256 = args[2]
		if stored.Size, err = strconv.ParseInt(args[3], 10, 64); err == nil {
			err = store.Unpack(context.Background(), stored, dir)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(stored.SHA256, stored.Size, peak())
	return 0
}

// peak is the largest resident size of this process so far, in KiB, and 0 where the system does not tell. What getrusage
// tells begins with the size of the process that started this one.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib
		}
	}
	return 0
}

// told is what a child has printed, and how long it took, its start included.
type told struct {
	digest     string
	size, peak int64
	took       time.Duration
}

func inChild(b *testing.B, task string, args ...string) told {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(b.Context(), self, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+task)
	cmd.Stdout, cmd.Stderr = &out, &problem
	var t told
	begun := time.Now()
	err = cmd.Run()
	t.took = time.Since(begun)
	if err == nil {
		_, err = fmt.Sscan(out.String(), &t.digest, &t.size, &t.peak)
	}
	if err != nil {
		b.Fatalf("%s: %v\n%s", task, err, problem.String())
	}
	return t
}

// BenchmarkTree packs a tree of 1 GiB as a release does, which is to zip, hash and encrypt it and to wait until it is on
// the disk, and packs it with Info-ZIP's zip -1, which does the first of these. Then it unpacks it. Everything lies
// below one temporary folder, which needs 4 GB.
func BenchmarkTree(b *testing.B) {
	const size, kibPerMiB = 1 << 30, 1 << 10
	peer, err := exec.LookPath("zip")
	if errors.Is(err, exec.ErrNotFound) {
		b.Skip("zip is not installed, so there is nothing to compare with: install it, for example apt-get install zip")
	}
	root := b.TempDir()
	tree, at := filepath.Join(root, "tree"), filepath.Join(root, "state")
	for _, dir := range []string{tree, at} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	if err := keys.Create(filepath.Join(at, keyFile)); err != nil {
		b.Fatal(err)
	}
	written, err := treetest.Write(tree, 1, size)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(written.Bytes)
	for i := 0; b.Loop(); i++ {
		theirs := zipped(b, peer, tree, filepath.Join(root, fmt.Sprintf("peer-%d.zip", i)))
		ours := inChild(b, "pack", at, tree)
		read := inChild(b, "unpack", at, filepath.Join(root, fmt.Sprintf("unpacked-%d", i)), ours.digest, fmt.Sprint(ours.size))
		b.ReportMetric(float64(written.Files), "files")
		b.ReportMetric(theirs.took.Seconds(), "s-zip-1")
		b.ReportMetric(ours.took.Seconds(), "s-pack")
		b.ReportMetric(read.took.Seconds(), "s-unpack")
		b.ReportMetric(theirs.took.Seconds()/ours.took.Seconds(), "times-as-fast")
		b.ReportMetric(float64(ours.size)/float64(theirs.size), "times-as-large")
		b.ReportMetric(float64(ours.peak)/kibPerMiB, "MiB-pack")
		b.ReportMetric(float64(read.peak)/kibPerMiB, "MiB-unpack")
	}
}

func zipped(b *testing.B, peer, tree, to string) told {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), peer, "-1", "-q", "-r", "-y", to, ".")
	cmd.Dir = tree
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begun)
	if err != nil {
		b.Fatalf("zip -1: %v\n%s", err, out)
	}
	info, err := os.Stat(to)
	if err != nil {
		b.Fatal(err)
	}
	return told{size: info.Size(), took: took}
}
