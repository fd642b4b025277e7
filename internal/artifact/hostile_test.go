package artifact_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

const link = fs.ModeSymlink | 0o777

// small makes the limits reachable by a test.
func small() artifact.Limits {
	return artifact.Limits{Entries: 100, Bytes: 1 << 20, Ratio: 100, RatioFrom: 64 << 10, DirectoryBytes: 64 << 10}
}

func TestHostileZips(t *testing.T) {
	for _, c := range []struct {
		name string
		zip  []byte
		kind artifact.ZipErrorKind
	}{
		{"parent path", zipOf(t, entry{"../evil", 0o644, "x"}), artifact.ParentPath},
		{"parent path inside", zipOf(t, entry{"a/../../evil", 0o644, "x"}), artifact.ParentPath},
		{"parent path that returns", zipOf(t, entry{"a/../b", 0o644, "x"}), artifact.ParentPath},
		{"parent folder", zipOf(t, entry{"../evil/", fs.ModeDir | 0o755, ""}), artifact.ParentPath},
		{"absolute path", zipOf(t, entry{"/etc/passwd", 0o644, "x"}), artifact.AbsolutePath},
		{"empty name", zipOf(t, entry{"", 0o644, "x"}), artifact.InvalidName},
		{"NUL in the name", zipOf(t, entry{"a\x00b", 0o644, "x"}), artifact.InvalidName},
		{"link to an absolute path", zipOf(t, entry{"l", link, "/etc"}), artifact.LinkOutside},
		{"link above", zipOf(t, entry{"d/l", link, "../../x"}), artifact.LinkOutside},
		{"link through a link", zipOf(t, entry{"a/b/root", link, "../.."}, entry{"l", link, "a/b/root/../x"}), artifact.LinkOutside},
		{"link to nothing", zipOf(t, entry{"l", link, ""}), artifact.Malformed},
		{"link longer than any path", zipOf(t, entry{"l", link, strings.Repeat("x", 5000)}), artifact.Malformed},
		{"NUL in a link", zipOf(t, entry{"l", link, "a\x00b"}), artifact.Malformed},
		{"file through a link", zipOf(t, entry{"l", link, "d"}, entry{"l/f", 0o644, "x"}), artifact.Duplicate},
		{"file through a link, link last", zipOf(t, entry{"l/f", 0o644, "x"}, entry{"l", link, "d"}), artifact.Duplicate},
		{"duplicate", zipOf(t, entry{"f", 0o644, "x"}, entry{"f", 0o644, "y"}), artifact.Duplicate},
		{"duplicate, spelled otherwise", zipOf(t, entry{"a/f", 0o644, "x"}, entry{"./a//f", 0o644, "y"}), artifact.Duplicate},
		{"file and folder", zipOf(t, entry{"f", 0o644, "x"}, entry{"f/", fs.ModeDir | 0o755, ""}), artifact.Duplicate},
		{"device", zipOf(t, entry{"d", fs.ModeDevice | 0o644, ""}), artifact.NotAFile},
		{"named pipe", zipOf(t, entry{"p", fs.ModeNamedPipe | 0o644, ""}), artifact.NotAFile},
		{"socket", zipOf(t, entry{"s", fs.ModeSocket | 0o644, ""}), artifact.NotAFile},
		{"bomb", zipOf(t, entry{"f", 0o644, strings.Repeat("\x00", 512<<10)}), artifact.TooHighRatio},
		{"many bytes", zipOf(t, entry{"f", 0o644, strings.Repeat("\x00", 1<<20)}, entry{"g", 0o644, "x"}), artifact.TooManyBytes},
		{"declared bytes that overflow", declare(zipOf(t, entry{"f", 0o644, "x"}), 0xfffffffe), artifact.TooManyBytes},
		{"more than it declares", declare(zipOf(t, entry{"f", 0o644, strings.Repeat("x", 10_000)}), 10), artifact.Malformed},
		{"less than it declares", declare(zipOf(t, entry{"f", 0o644, "x"}), 10), artifact.Malformed},
		{"many entries", zipOf(t, numbered(101)...), artifact.TooManyEntries},
		{"long table of contents", zipOf(t, numbered(5000)...), artifact.TooManyEntries},
		{"cut off", cut(zipOf(t, numbered(10)...), 10), artifact.Malformed},
		{"no beginning", zipOf(t, numbered(10)...)[100:], artifact.Malformed},
		{"content changed", corrupt(zipOf(t, entry{"f", 0o644, "some content"})), artifact.Malformed},
		{"not a zip", []byte("#!/bin/sh\necho hello\n"), artifact.Malformed},
		{"nothing", nil, artifact.Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			outer := t.TempDir()
			err := unpack(t, c.zip, small(), filepath.Join(outer, "in", "side"))
			wantKind(t, err, c.kind)
			for name := range listing(t, outer) {
				if !strings.HasPrefix(name, "in/side/") {
					t.Errorf("%s was written", name)
				}
			}
		})
	}
}

func unpack(t testing.TB, content []byte, limits artifact.Limits, dir string) error {
	t.Helper()
	store := artifact.NewStore(objectstest.NewMemory()).WithLimits(limits)
	object, err := store.PutBody(t.Context(), bytes.NewReader(content), at("zip"))
	if err != nil {
		t.Fatal(err)
	}
	return store.Unpack(t.Context(), object, dir)
}

func numbered(n int) []entry {
	var all []entry
	for i := range n {
		all = append(all, entry{fmt.Sprintf("file-%d", i), 0o644, "x"})
	}
	return all
}

func cut(b []byte, n int) []byte { return b[:len(b)-n] }

// declare changes the expanded size that the first entry of the table of contents declares.
func declare(b []byte, size uint32) []byte {
	at := bytes.Index(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[at+24:], size)
	return b
}

// corrupt flips a bit of the first entry's content.
func corrupt(b []byte) []byte {
	b[30+1+3] ^= 0x10
	return b
}

// TestForeignZips holds zips that other tools write and that are no threat.
func TestForeignZips(t *testing.T) {
	for _, c := range []struct {
		name string
		zip  []byte
		want map[string]string
	}{
		{"empty", zipOf(t), map[string]string{}},
		{"folders and dots", zipOf(t, entry{"./", fs.ModeDir | 0o755, ""}, entry{"./a/", fs.ModeDir | 0o755, ""}, entry{"a/", fs.ModeDir | 0o755, ""}, entry{"./a/f", 0o755, "x"}), map[string]string{"a/f*": "x"}},
		{"no mode at all", zipOf(t, entry{"f", 0, "x"}), map[string]string{"f": "x"}},
		{"set-user-ID", zipOf(t, entry{"f", fs.ModeSetuid | 0o755, "x"}), map[string]string{"f*": "x"}},
		{"a link in circles", zipOf(t, entry{"a", link, "b"}, entry{"b", link, "a"}), map[string]string{"a": "-> b", "b": "-> a"}},
		{"a dense file", zipOf(t, entry{"f", 0o644, strings.Repeat("\x00", 60_000)}), map[string]string{"f": strings.Repeat("\x00", 60_000)}},
		{"something before the zip", append([]byte("#!/bin/sh\n"), zipOf(t, entry{"f", 0o644, "x"})...), map[string]string{"f": "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := unpack(t, c.zip, small(), dir); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, listing(t, dir)); diff != "" {
				t.Errorf("unpacked (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(zipOf(f, entry{"a/f", 0o755, "x"}, entry{"l", link, "a/f"}))
	f.Add(zipOf(f, entry{"../evil", 0o644, "x"}))
	f.Add(zipOf(f, entry{"a/b/root", link, "../.."}, entry{"l", link, "a/b/root/../x"}, entry{"l/f", 0o644, "x"}))
	f.Add(declare(zipOf(f, entry{"f", 0o644, "x"}), 0xffffffff))
	f.Add([]byte("PK\x05\x06"))
	f.Add(forge(zipOf(f, entry{"a", 0o644, "x"}, entry{"b", 0o644, "y"}), inDirectory, compressedSize, 40))
	f.Add(both(zipOf(f, entry{`C:\evil`, 0o644, strings.Repeat("x", 2000)}), localMethod, method, 12))
	f.Fuzz(func(t *testing.T, content []byte) {
		outer := t.TempDir()
		dir := filepath.Join(outer, "a", "b")
		// The error is the table's concern; here only what was written counts.
		_ = unpack(t, content, small(), dir)
		for name := range listing(t, outer) {
			if !strings.HasPrefix(name, "a/b/") {
				t.Fatalf("%s was written", name)
			}
		}
		checkLinksInside(t, outer, dir)
	})
}

// checkLinksInside resolves what was written the way the system does.
func checkLinksInside(t *testing.T, outer, dir string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(outer)
	if err != nil {
		t.Fatal(err)
	}
	for name := range listing(t, outer) {
		resolved, err := filepath.EvalSymlinks(filepath.Join(outer, strings.TrimSuffix(name, "*")))
		if err == nil && resolved != filepath.Join(root, "a", "b") && !strings.HasPrefix(resolved, filepath.Join(root, "a", "b")+"/") {
			t.Fatalf("%s leads to %s, out of %s", name, resolved, dir)
		}
	}
}
