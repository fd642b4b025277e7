package artifact_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Where fields lie in the headers of a zip (APPNOTE.TXT, 4.3.7 and 4.3.12).
const (
	inLocal, inDirectory       = "PK\x03\x04", "PK\x01\x02"
	localFlags, localMethod    = 6, 8
	localName                  = 30
	flags, method, crc         = 8, 10, 16
	compressedSize, offsetInto = 20, 42
)

// forge changes 16 bits of the first header of a kind.
func forge(b []byte, header string, field int, value uint16) []byte {
	binary.LittleEndian.PutUint16(b[bytes.Index(b, []byte(header))+field:], value)
	return b
}

// both changes a field in the header of the first entry and in the table of contents.
func both(b []byte, local, directory int, value uint16) []byte {
	return forge(forge(b, inLocal, local, value), inDirectory, directory, value)
}

// claim is a zip whose entry f claims to have sizes beyond 32 bits.
func claim(t *testing.T, compressed, expanded uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	body, err := w.CreateRaw(&zip.FileHeader{Name: "f", Method: zip.Deflate, CompressedSize64: compressed, UncompressedSize64: expanded})
	if err == nil {
		_, err = io.WriteString(body, "x")
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// overlapping lets the content of the first entry reach over the second one.
func overlapping(t *testing.T) []byte {
	t.Helper()
	b := zipOf(t, entry{"a", 0o644, "x"}, entry{"b", 0o644, "y"})
	return forge(b, inDirectory, compressedSize, uint16(bytes.Index(b, []byte(inDirectory))-localName-1))
}

// quoted lists the first entry twice, under its own name.
func quoted(t *testing.T) []byte {
	t.Helper()
	b := zipOf(t, entry{"a", 0o644, "x"}, entry{"a", 0o644, "y"})
	last := bytes.LastIndex(b, []byte(inDirectory))
	binary.LittleEndian.PutUint32(b[last+offsetInto:], 0)
	return b
}

// TestForgedZips holds what no tool writes by accident. Each is refused by the name of the entry and the rule.
func TestForgedZips(t *testing.T) {
	plain := func() []byte { return zipOf(t, entry{"f", 0o644, "content"}, entry{"g", 0o644, "x"}) }
	long := strings.Repeat("n", 256)
	for _, c := range []struct {
		name  string
		zip   []byte
		kind  artifact.ZipErrorKind
		entry string
		says  string
	}{
		{"drive", zipOf(t, entry{`C:\evil`, 0o644, "x"}), artifact.AbsolutePath, `C:\evil`, "an absolute path is not allowed"},
		{"drive, slash", zipOf(t, entry{"c:/evil", 0o644, "x"}), artifact.AbsolutePath, "c:/evil", "an absolute path is not allowed"},
		{"another machine", zipOf(t, entry{`\\host\share\f`, 0o644, "x"}), artifact.AbsolutePath, `\\host\share\f`, "an absolute path is not allowed"},
		{"the current drive", zipOf(t, entry{`\evil`, 0o644, "x"}), artifact.AbsolutePath, `\evil`, "an absolute path is not allowed"},
		{"parent by backslashes", zipOf(t, entry{`a\..\..\evil`, 0o644, "x"}), artifact.ParentPath, `a\..\..\evil`, "a path out of the tree is not allowed"},
		{"link to a drive", zipOf(t, entry{"l", link, `C:\Windows`}), artifact.LinkOutside, "l", `the symbolic link to "C:\\Windows" leads out of the tree`},
		{"escape sequence", zipOf(t, entry{"a\x1b[2Jb", 0o644, "x"}), artifact.InvalidName, "a\x1b[2Jb", "a control character in a name is not allowed"},
		{"line end", zipOf(t, entry{"a\nb", 0o644, "x"}), artifact.InvalidName, "a\nb", "a control character in a name is not allowed"},
		{"long part", zipOf(t, entry{"d/" + long, 0o644, "x"}), artifact.InvalidName, "d/" + long, "a part of the name has 256 bytes, at most 255 are allowed"},
		{"long name", zipOf(t, entry{strings.Repeat("d/", 2100) + "f", 0o644, "x"}), artifact.InvalidName, strings.Repeat("d/", 127) + "d...", "the name has 4201 bytes, at most 4095 are allowed"},
		{"encrypted", both(plain(), localFlags, flags, 1), artifact.Encrypted, "f", "it is encrypted with a password"},
		{"encrypted, and only its content says so", forge(plain(), inLocal, localFlags, 1), artifact.Encrypted, "f", "it is encrypted with a password"},
		{"strongly encrypted", both(plain(), localFlags, flags, 1<<6), artifact.Encrypted, "f", "it is encrypted with a password"},
		{"bzip2", both(plain(), localMethod, method, 12), artifact.UnknownMethod, "f", "its compression method is 12, known are 0 (stored) and 8 (DEFLATE)"},
		{"another method in its content", forge(plain(), inLocal, localMethod, 8), artifact.Malformed, "f", "another compression method: 8, not 0"},
		{"another name in its content", forge(plain(), inLocal, localName, 'h'), artifact.Malformed, "f", `another name: "h"`},
		{"no header at its place", forge(plain(), inDirectory, offsetInto, 3), artifact.Malformed, "f", "cannot be read: zip: not a valid zip file"},
		{"a place behind the end", forge(plain(), inDirectory, offsetInto, 60_000), artifact.Malformed, "f", "cannot be read: EOF"},
		{"two entries in one place", quoted(t), artifact.Overlapping, "a", `it shares bytes with the entry "a"`},
		{"an entry in another", overlapping(t), artifact.Overlapping, "b", `it shares bytes with the entry "a"`},
		{"5 GiB, compressed", claim(t, 5<<30, 10), artifact.Malformed, "f", "its 5368709120 compressed bytes do not lie in the zip of 1"},
		{"5 GiB, expanded", claim(t, 1, 5<<30), artifact.TooManyBytes, "f", "the zip expands to more than the allowed 1048576 bytes"},
		{"sizes of 64 bits", claim(t, 1<<63, 1<<63), artifact.TooManyBytes, "f", "the zip expands to more than the allowed 1048576 bytes"},
		{"another sum", forge(plain(), inDirectory, crc, 7), artifact.Malformed, "f", "cannot be read: zip: checksum error"},
		{"bomb", zipOf(t, entry{"a", 0o644, "x"}, entry{"f", 0o644, strings.Repeat("\x00", 512<<10)}), artifact.TooHighRatio, "f", "524289 bytes, most of them here, expand from a zip of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := unpack(t, c.zip, small(), filepath.Join(t.TempDir(), "out"))
			wantKind(t, err, c.kind)
			var refused *artifact.ZipError
			if errors.As(err, &refused) && refused.Entry != c.entry {
				t.Errorf("the entry is %q, want %q", refused.Entry, c.entry)
			}
			if said := fmt.Sprint(err); !strings.Contains(said, fmt.Sprintf("zip entry %q: ", c.entry)) || !strings.Contains(said, c.says) {
				t.Errorf("%s\ndoes not name the entry or does not say %q", said, c.says)
			}
		})
	}
}

// What an ordinary store takes at most.
func TestDefaultLimits(t *testing.T) {
	limits := artifact.DefaultLimits()
	err := unpack(t, zipOf(t, numbered(100_000)...), limits, t.TempDir())
	wantKind(t, err, artifact.TooManyEntries)
	if said := fmt.Sprint(err); !strings.Contains(said, "100000 entries, at most 99999 are allowed") {
		t.Error(said)
	}
	wantKind(t, unpack(t, claim(t, 1, 8<<30), limits, t.TempDir()), artifact.TooManyBytes)
	wantKind(t, unpack(t, claim(t, 1, 5<<30), limits, t.TempDir()), artifact.TooHighRatio)
}

// A table of contents is not read beyond its limit, whatever number of entries it declares.
func TestLongTableOfContents(t *testing.T) {
	limits := small()
	limits.Entries = 10_000
	err := unpack(t, zipOf(t, numbered(5000)...), limits, t.TempDir())
	wantKind(t, err, artifact.TooManyEntries)
	if said := fmt.Sprint(err); !strings.Contains(said, "the table of contents is larger than the allowed 65536 bytes") {
		t.Error(said)
	}
}

// A zip that was cut off anywhere is refused, as one that has been cut.
func TestCutZips(t *testing.T) {
	whole := zipOf(t, entry{"a", 0o644, strings.Repeat("content ", 200)}, entry{"l", link, "a"}, entry{"b", 0o755, "x"})
	for n := range whole {
		wantKind(t, unpack(t, whole[:n], small(), t.TempDir()), artifact.Malformed)
	}
}

// Names that differ in case only are two files where the file system says so. Elsewhere the second one is refused when it
// would be written, since nothing that is there is replaced.
func TestNamesThatDifferInCase(t *testing.T) {
	dir := t.TempDir()
	err := unpack(t, zipOf(t, entry{"README", 0o644, "x"}, entry{"readme", 0o644, "y"}), small(), dir)
	if runtime.GOOS == "linux" && (err != nil || len(listing(t, dir)) != 2) || err != nil && !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, error %v", listing(t, dir), err)
	}
}

// What could not be read back is not stored.
func TestPackTooManyFiles(t *testing.T) {
	store := artifact.NewStore(nil).WithLimits(small())
	_, err := store.PackFiles(t.Context(), make([]artifact.File, 101), at("a"))
	wantKind(t, err, artifact.TooManyEntries)
}
