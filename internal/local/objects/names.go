package objects

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// A key is a path where it can be one: "site/index.html" is site/index.html. What a file system would take otherwise
// is escaped, reversibly, with "%" as the sign; a "%" of the key itself becomes "%25".
const (
	// emptySegment stands for a segment without characters, as at the end of "folder/".
	emptySegment = "%-"
	// more ends each part but the last of a segment that is too long for one name.
	more = "%+"
	// asFolder is added to the name of a folder where a file has that name: the keys "a" and "a/b" both exist.
	asFolder = "%d"
	// asFile is added to the name of a file where a folder has that name.
	asFile = "%f"
	// longest leaves room for a sign below the 255 bytes that a name may have.
	longest = 240
)

// InvalidNameError is a bucket or key that S3 does not allow either.
type InvalidNameError struct{ Kind, Name, Reason string }

func (e *InvalidNameError) Error() string {
	return fmt.Sprintf("invalid %s %q: %s", e.Kind, e.Name, e.Reason)
}

// validate allows the bucket names of S3, those from before 2018 included, and keys of up to 1,024 bytes.
func validate(at artifact.Location) error {
	switch {
	case !isBucket(at.Bucket):
		return &InvalidNameError{"bucket name", at.Bucket, "it must be 3 to 255 letters, digits, dots, hyphens and underscores, and begin with a letter or digit"}
	case at.Key == "":
		return &InvalidNameError{"object key", at.Key, "it is empty"}
	case len(at.Key) > 1024:
		return &InvalidNameError{"object key", at.Key[:40] + "...", "it is longer than 1,024 bytes"}
	case strings.ContainsFunc(at.VersionID, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }):
		return &artifact.NotFoundError{Location: at}
	}
	return nil
}

func isBucket(name string) bool {
	foreign := func(r rune) bool { return !isLetterOrDigit(r) && !strings.ContainsRune("._-", r) }
	return len(name) >= 3 && len(name) <= 255 && isLetterOrDigit(rune(name[0])) &&
		!strings.ContainsFunc(name, foreign) && !strings.Contains(name, "..")
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func escape(key string) []string {
	var all []string
	for segment := range strings.SplitSeq(key, "/") {
		all = append(all, escapeSegment(segment)...)
	}
	return all
}

func escapeSegment(segment string) []string {
	switch segment {
	case "":
		return []string{emptySegment}
	case ".", "..":
		return []string{strings.ReplaceAll(segment, ".", "%2E")}
	}
	var parts []string
	var part strings.Builder
	for i := range len(segment) {
		if part.Len() >= longest && utf8.RuneStart(segment[i]) || part.Len() >= longest+6 {
			parts = append(parts, part.String()+more)
			part.Reset()
		}
		if c := segment[i]; c < ' ' || c == 0x7f || c == '%' || c == '\\' || c == ':' {
			fmt.Fprintf(&part, "%%%02X", c)
		} else {
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// unescape is the inverse of escape, given the names below the bucket's folder.
func unescape(names []string) (string, error) {
	var key strings.Builder
	for i, name := range names {
		name = strings.TrimSuffix(strings.TrimSuffix(name, asFolder), asFile)
		name, continues := strings.CutSuffix(name, more)
		if err := unescapeName(&key, name); err != nil {
			return "", err
		}
		if !continues && i < len(names)-1 {
			key.WriteByte('/')
		}
	}
	return key.String(), nil
}

func unescapeName(key *strings.Builder, name string) error {
	if name == emptySegment {
		return nil
	}
	for name != "" {
		before, rest, found := strings.Cut(name, "%")
		key.WriteString(before)
		if !found {
			return nil
		}
		if len(rest) < 2 {
			return fmt.Errorf("%q is no name of an object", name)
		}
		c, err := hex.DecodeString(rest[:2])
		if err != nil {
			return fmt.Errorf("%q is no name of an object: %w", name, err)
		}
		key.Write(c)
		name = rest[2:]
	}
	return nil
}

// place finds the file of an object, whether it exists or not. Where a file has the name that a folder needs, or the
// reverse, the later one got a sign; as neither is removed while the other is there, what was first stays first.
func (o *Objects) place(at artifact.Location) (string, error) {
	names := escape(at.Key)
	name := filepath.Join(o.dir, at.Bucket)
	for _, folder := range names[:len(names)-1] {
		name = filepath.Join(name, folder)
		if there, err := look(name); err != nil {
			return "", err
		} else if there == aFile {
			name += asFolder
		}
	}
	name = filepath.Join(name, names[len(names)-1])
	there, err := look(name)
	if there == aFolder {
		name += asFile
	}
	return name, err
}

// What a name may be: see look.
const (
	nothing = iota
	aFile
	aFolder
)

func look(name string) (int, error) {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nothing, nil
	case err != nil:
		return nothing, err
	case info.IsDir():
		return aFolder, nil
	}
	return aFile, nil
}

// versionPath is where the version of an object has its second name. The object's folder there is named by the escaped
// key in one level, so that no key's folder lies in another's.
func (o *Objects) versionPath(at artifact.Location) string {
	folder := strings.Join(escape(at.Key), "%s")
	return filepath.Join(append([]string{o.dir, versions, at.Bucket}, append(pieces(folder), at.VersionID)...)...)
}

// pieces cuts a long name into several that fit; only the last has no sign, so that no piece is another's folder.
func pieces(name string) []string {
	var all []string
	for len(name) > longest {
		all = append(all, name[:longest]+more)
		name = name[longest:]
	}
	return append(all, name)
}
