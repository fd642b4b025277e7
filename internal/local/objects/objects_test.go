package objects_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

func TestContract(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) artifact.Objects { return objects.New(t.TempDir()) })
}

func put(t *testing.T, o *objects.Objects, key, body string) artifact.Object {
	t.Helper()
	stored, err := o.Put(t.Context(), "staging", key, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestFilesArePlain(t *testing.T) {
	dir := t.TempDir()
	put(t, objects.New(dir), "site/index.html", "<html>")
	content, err := os.ReadFile(filepath.Join(dir, "staging", "site", "index.html"))
	if err != nil || string(content) != "<html>" {
		t.Errorf("the file holds %q, error %v", content, err)
	}
}

// TestNothingEscapes puts the worst keys and looks at every file that is there afterwards.
func TestNothingEscapes(t *testing.T) {
	outer := t.TempDir()
	o := objects.New(filepath.Join(outer, "objects"))
	keys := []string{"../../evil", "/etc/passwd", "a/../../../evil", "..", strings.Repeat("../", 300) + "x", `..\..\evil`, "C:/x", strings.Repeat("n", 1000)}
	for _, key := range keys {
		put(t, o, key, "x")
	}
	err := filepath.WalkDir(outer, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, filepath.Join(outer, "objects")+"/") {
			t.Errorf("%s was written", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := o.List(t.Context(), "staging", "")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, listed := range list {
		found[listed.Key] = true
	}
	for _, key := range keys {
		if !found[key] {
			t.Errorf("%.40q is not listed", key)
		}
	}
}

func TestInvalidNames(t *testing.T) {
	o := objects.New(t.TempDir())
	for _, at := range []artifact.Location{
		{Bucket: "", Key: "k"},
		{Bucket: "..", Key: "k"},
		{Bucket: ".versions", Key: "k"},
		{Bucket: "a/b", Key: "k"},
		{Bucket: "a..b", Key: "k"},
		{Bucket: "${Bucket}", Key: "k"},
		{Bucket: "staging", Key: ""},
		{Bucket: "staging", Key: strings.Repeat("k", 1025)},
	} {
		var invalid *objects.InvalidNameError
		if _, err := o.Put(t.Context(), at.Bucket, at.Key, strings.NewReader("x")); !errors.As(err, &invalid) {
			t.Errorf("put %.40v: error %v, want an *InvalidNameError", at, err)
		}
		if _, err := o.Open(t.Context(), at); !errors.As(err, &invalid) {
			t.Errorf("open %.40v: error %v, want an *InvalidNameError", at, err)
		}
	}
	var missing *artifact.NotFoundError
	if _, err := o.Open(t.Context(), artifact.Location{Bucket: "staging", Key: "k", VersionID: "../../x"}); !errors.As(err, &missing) {
		t.Errorf("a version that is a path: error %v", err)
	}
}

func TestList(t *testing.T) {
	o := objects.New(t.TempDir())
	for _, key := range []string{"b", "a/2", "a/1", "a", "a//x", "a/1/z", "é%"} {
		put(t, o, key, key)
	}
	for prefix, want := range map[string][]string{
		"":     {"a", "a//x", "a/1", "a/1/z", "a/2", "b", "é%"},
		"a/1":  {"a/1", "a/1/z"},
		"none": nil,
	} {
		list, err := o.List(t.Context(), "staging", prefix)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, listed := range list {
			keys = append(keys, listed.Key)
			if content, err := os.ReadFile(listed.Path); err != nil || string(content) != listed.Key || listed.Size != int64(len(listed.Key)) {
				t.Errorf("%s holds %q, error %v", listed.Path, content, err)
			}
		}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("prefix %q (-want +got):\n%s", prefix, diff)
		}
	}
	if list, err := o.List(t.Context(), "other", ""); err != nil || len(list) > 0 {
		t.Errorf("an unknown bucket lists %v, error %v", list, err)
	}
}

// TestChangedInPlace is what happens to an artifact when somebody writes to its file.
func TestChangedInPlace(t *testing.T) {
	dir := t.TempDir()
	o := objects.New(dir)
	stored := put(t, o, "k", "content")
	if err := os.WriteFile(filepath.Join(dir, "staging", "k"), []byte("CONTENT"), 0o644); err != nil {
		t.Fatal(err)
	}
	var mismatch *artifact.DigestMismatchError
	if _, err := artifact.NewStore(o).Open(t.Context(), stored); !errors.As(err, &mismatch) || mismatch.Got == mismatch.Want {
		t.Errorf("error %v, want a *DigestMismatchError", err)
	}
	again := put(t, o, "k", "content")
	r, err := artifact.NewStore(o).Open(t.Context(), again)
	if err != nil {
		t.Fatalf("put again: %v", err)
	}
	_ = r.Close()
}

// TestWithoutHardLinks removes the second names, as a copy to a file system that has none would.
func TestWithoutHardLinks(t *testing.T) {
	dir := t.TempDir()
	o := objects.New(dir)
	stored := put(t, o, "k", "content")
	if err := os.RemoveAll(filepath.Join(dir, ".versions")); err != nil {
		t.Fatal(err)
	}
	r, err := o.Open(t.Context(), stored.Location)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	other := stored.Location
	other.VersionID = strings.Repeat("0", 16)
	var missing *artifact.NotFoundError
	if _, err := o.Open(t.Context(), other); !errors.As(err, &missing) {
		t.Errorf("another version: error %v, want a *NotFoundError", err)
	}
}

func TestFailuresKeepTheirCause(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := objects.New(file).Put(t.Context(), "staging", "k", strings.NewReader("x"))
	if !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v, want ENOTDIR with the path", err)
	}
	if os.Getuid() == 0 {
		t.Log("as root no folder is read-only: EACCES is not tried")
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := objects.New(dir).Put(t.Context(), "staging", "k", strings.NewReader("x")); !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want EACCES with the path", err)
	}
}

// TestFullDisk writes past the end of a file system of 1 MB.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := mountTiny(dir); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	o := objects.New(filepath.Join(dir, "objects"))
	old := put(t, o, "k", "old")
	_, err := o.Put(t.Context(), "staging", "k", bytes.NewReader(make([]byte, 4<<20)))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want ENOSPC with the path", err)
	}
	if r, err := o.Open(t.Context(), old.Location); err != nil {
		t.Errorf("the old object: %v", err)
	} else {
		_ = r.Close()
	}
	put(t, o, "k2", strings.Repeat("x", 500<<10))
}

func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	o := objects.New(dir)
	put(t, o, "k", "kept")
	left := filepath.Join(dir, ".unfinished", "put-123")
	if err := os.WriteFile(left, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveUnfinished(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there", left)
	}
	put(t, o, "k", "kept")
}

// BenchmarkPut puts objects of 1 kB, each under a key of its own: the cost is that of one sync.
func BenchmarkPut(b *testing.B) {
	o := objects.New(b.TempDir())
	body := strings.Repeat("x", 1000)
	n := 0
	for b.Loop() {
		n++
		if _, err := o.Put(b.Context(), "staging", fmt.Sprintf("site/%d/x", n), strings.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	}
}
