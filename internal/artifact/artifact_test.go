package artifact_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

// tree writes files below dir: a name that ends in "*" is executable, a content that begins with "-> " is a link.
func tree(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		mode := fs.FileMode(0o644)
		if name, ok := strings.CutSuffix(name, "*"); ok {
			mode = 0o755
			write(t, filepath.Join(dir, name), content, mode)
			continue
		}
		write(t, filepath.Join(dir, name), content, mode)
	}
}

func write(t testing.TB, name, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if target, ok := strings.CutPrefix(content, "-> "); ok {
		err = os.Symlink(target, name)
	} else {
		err = os.WriteFile(name, []byte(content), mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// listing is the inverse of tree.
func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			files[relative] = "-> " + target
			return err
		}
		content, err := os.ReadFile(name)
		if info.Mode()&0o100 != 0 {
			relative += "*"
		}
		files[relative] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func at(key string) artifact.Location { return artifact.Location{Bucket: "artifacts", Key: key} }

func TestPackAndUnpack(t *testing.T) {
	source := map[string]string{
		"main.go": "package main", "bin/run*": "#!/bin/sh\n", "deep/er/empty": "", "deep/link": "-> ../main.go", "dangling": "-> nowhere", "current": "-> deep/er",
		"dots/..hidden": "x", "ünï/cødé": "y", "back\\slash": "z", ".gitignore": "*.o",
	}
	dir := t.TempDir()
	tree(t, dir, source)
	tree(t, dir, map[string]string{".git/config": "secret", "sub/.git": "gitdir: elsewhere"})
	if err := os.Mkdir(filepath.Join(dir, "nothing"), 0o755); err != nil {
		t.Fatal(err)
	}
	store := artifact.NewStore(objectstest.NewMemory())
	object, err := store.Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "made", "here")
	if err := store.Unpack(t.Context(), object, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(source, listing(t, out)); diff != "" {
		t.Errorf("unpacked (-want +got):\n%s", diff)
	}
	if err := store.Unpack(t.Context(), object, out); !errors.Is(err, fs.ErrExist) {
		t.Errorf("unpacked over existing files: error %v", err)
	}
}

func TestPackIsDeterministic(t *testing.T) {
	store := artifact.NewStore(objectstest.NewMemory())
	var objects []artifact.Object
	for _, mode := range []fs.FileMode{0o600, 0o664} {
		dir := t.TempDir()
		tree(t, dir, map[string]string{"b": "b", "a/b": "ab", "a.b": "a.b", "l": "-> b"})
		if err := os.Chmod(filepath.Join(dir, "b"), mode); err != nil {
			t.Fatal(err)
		}
		object, err := store.Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	if diff := cmp.Diff(objects[0], objects[1]); diff != "" {
		t.Errorf("the same tree packed twice:\n%s", diff)
	}
	z, err := store.OpenZip(t.Context(), objects[1])
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var order []string
	for _, f := range z.Files {
		order = append(order, f.Path)
	}
	if diff := cmp.Diff([]string{"a.b", "a/b", "b", "l"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestPackEntries(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, map[string]string{"dist/app*": "app", "dist/conf/x.json": "{}", "other": "no"})
	store := artifact.NewStore(objectstest.NewMemory())
	for _, c := range []struct {
		name    string
		entries []artifact.Entry
		want    map[string]string
		kind    artifact.ZipErrorKind
	}{
		{"as they are", []artifact.Entry{{From: "dist/app"}, {From: "./dist/conf/x.json"}}, map[string]string{"dist/app*": "app", "dist/conf/x.json": "{}"}, ""},
		{"renamed", []artifact.Entry{{From: "dist/app", To: "app"}, {From: "dist/conf/x.json", To: "x.json"}}, map[string]string{"app*": "app", "x.json": "{}"}, ""},
		{"none", []artifact.Entry{}, map[string]string{}, ""},
		{"the same name twice", []artifact.Entry{{From: "dist/app", To: "x"}, {From: "other", To: "x"}}, nil, artifact.Duplicate},
		{"a file below a file", []artifact.Entry{{From: "dist/app", To: "x"}, {From: "other", To: "x/y"}}, nil, artifact.Duplicate},
		{"from above", []artifact.Entry{{From: "../secret"}}, nil, artifact.ParentPath},
		{"from anywhere", []artifact.Entry{{From: "/etc/passwd"}}, nil, artifact.AbsolutePath},
		{"to above", []artifact.Entry{{From: "other", To: "../x"}}, nil, artifact.ParentPath},
		{"a folder", []artifact.Entry{{From: "dist"}}, nil, artifact.NotAFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			object, err := store.Pack(t.Context(), artifact.Tree{Dir: dir, Entries: c.entries}, at("a"))
			if c.kind != "" {
				wantKind(t, err, c.kind)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			out := t.TempDir()
			if err := store.Unpack(t.Context(), object, out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, listing(t, out)); diff != "" {
				t.Errorf("unpacked (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := store.Pack(t.Context(), artifact.Tree{Dir: dir, Entries: []artifact.Entry{{From: "missing"}}}, at("a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: error %v", err)
	}
}

func wantKind(t *testing.T, err error, kind artifact.ZipErrorKind) {
	t.Helper()
	var refused *artifact.ZipError
	if !errors.As(err, &refused) || refused.Kind != kind {
		t.Errorf("error %v, want a *ZipError of kind %s", err, kind)
	}
}

func TestPackRefusesLinksOut(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"absolute":     {"l": "-> /etc/passwd"},
		"above":        {"d/l": "-> ../../x"},
		"through link": {"a/b/root": "-> ../..", "l": "-> a/b/root/../x"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tree(t, dir, files)
			objects := objectstest.NewMemory()
			_, err := artifact.NewStore(objects).Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
			wantKind(t, err, artifact.LinkOutside)
			if keys := objects.Keys("artifacts"); len(keys) > 0 {
				t.Errorf("stored %v", keys)
			}
		})
	}
}

func TestPackCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endless := artifact.File{Path: "endless", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(readFunc(func(p []byte) (int, error) {
			cancel()
			return len(p), nil
		})), nil
	}}
	objects := objectstest.NewMemory()
	_, err := artifact.NewStore(objects).PackFiles(ctx, []artifact.File{endless}, at("a"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if keys := objects.Keys("artifacts"); len(keys) > 0 {
		t.Errorf("stored %v", keys)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// fullObjects takes a few bytes and then fails, as a full disk does.
type fullObjects struct{ artifact.Objects }

var errFull = errors.New("full")

func (fullObjects) Put(_ context.Context, _, _ string, body io.Reader) (artifact.Object, error) {
	_, _ = io.CopyN(io.Discard, body, 100)
	return artifact.Object{}, errFull
}

func TestPackIntoAFullStore(t *testing.T) {
	big := artifact.File{Path: "big", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(rand.NewChaCha8([32]byte{}), 16<<20)), nil // nothing that a buffer holds when compressed
	}}
	_, err := artifact.NewStore(fullObjects{}).PackFiles(t.Context(), []artifact.File{big}, at("a"))
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "artifacts/a") {
		t.Errorf("error %v, want the store's, with the object", err)
	}
}

func TestOpenChecksTheDigest(t *testing.T) {
	objects := objectstest.NewMemory()
	store := artifact.NewStore(objects)
	file := filepath.Join(t.TempDir(), "f")
	write(t, file, strings.Repeat("content ", 100_000), 0o644)
	object, err := store.PutFile(t.Context(), file, at("a"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Open(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	for name, change := range map[string]func(*artifact.Object){
		"a flipped bit":  func(o *artifact.Object) { objects.Flip(o.Location, 12345) },
		"another size":   func(o *artifact.Object) { o.Size++ },
		"another digest": func(o *artifact.Object) { o.SHA256 = strings.Repeat("0", 64) },
	} {
		changed := object
		change(&changed)
		var mismatch *artifact.DigestMismatchError
		for call, err := range map[string]error{
			"open":   second(store.Open(t.Context(), changed)),
			"zip":    second(store.OpenZip(t.Context(), changed)),
			"unpack": store.Unpack(t.Context(), changed, t.TempDir()),
		} {
			if !errors.As(err, &mismatch) {
				t.Errorf("%s, %s: error %v, want a *DigestMismatchError", name, call, err)
			} else if text := err.Error(); !strings.Contains(text, mismatch.Want) || !strings.Contains(text, mismatch.Got) || mismatch.Want != changed.SHA256 {
				t.Errorf("%s, %s: %q does not name both digests", name, call, text)
			}
		}
		if name == "a flipped bit" {
			if mismatch.Got == mismatch.Want {
				t.Errorf("%s: both digests are %s", name, mismatch.Got)
			}
			objects.Flip(object.Location, 12345)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestOpenUnknown(t *testing.T) {
	var missing *artifact.NotFoundError
	_, err := artifact.NewStore(objectstest.NewMemory()).Open(t.Context(), artifact.Object{Location: at("none")})
	if !errors.As(err, &missing) || missing.Location != at("none") {
		t.Errorf("error %v, want a *NotFoundError", err)
	}
}

func TestUnpackCancelled(t *testing.T) {
	store := artifact.NewStore(objectstest.NewMemory())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "f"), "x", 0o644)
	object, err := store.Pack(t.Context(), artifact.Tree{Dir: dir}, at("a"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Unpack(ctx, object, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// entry is one entry of a zip made by hand.
type entry struct {
	name    string
	mode    fs.FileMode
	content string
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Store}
		if len(e.content) > 1000 {
			header.Method = zip.Deflate
		}
		header.SetMode(e.mode)
		body, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(body, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
