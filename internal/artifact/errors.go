package artifact

import (
	"errors"
	"fmt"
	"strings"
)

// NotFoundError is the answer to a Location under which nothing is stored, or not that version.
type NotFoundError struct{ Location Location }

func (e *NotFoundError) Error() string { return fmt.Sprintf("object %s not found", e.Location) }

// DigestMismatchError says that the bytes under Location are not those that were recorded. Want is the recorded
// SHA-256, Got that of the bytes that are there now, both lower-case hex.
type DigestMismatchError struct {
	Location Location
	Want     string
	Got      string
}

func (e *DigestMismatchError) Error() string {
	return fmt.Sprintf("object %s was changed after it was stored: its SHA-256 is %s, recorded was %s", e.Location, e.Got, e.Want)
}

// AlteredError says that the bytes under Location are not those that were stored, where this is known before they have a
// digest: they are encrypted, and cannot be decrypted. Want is the recorded SHA-256, empty where the reader knows none.
// Stored is the SHA-256 of the bytes that are there, encrypted; the Location's VersionID is, or begins, that of those that
// were written. Err is the cause, or nil.
type AlteredError struct {
	Location Location
	Detail   string
	Want     string
	Stored   string
	Err      error
}

func (e *AlteredError) Error() string {
	text := fmt.Sprintf("the stored bytes of object %s are not what was written: %s", e.Location, e.Detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Stored != "" {
		text += "; the SHA-256 of what is stored " + e.compared()
	}
	if e.Want != "" {
		text += fmt.Sprintf("; the artifact's recorded SHA-256 is %s", e.Want)
	}
	return text
}

func (e *AlteredError) compared() string {
	switch written := e.Location.VersionID; {
	case written == "":
		return "is " + e.Stored
	case strings.HasPrefix(e.Stored, written):
		return "is still " + e.Stored
	default:
		return fmt.Sprintf("is %s, when it was written it was %s", e.Stored, written)
	}
}

func (e *AlteredError) Unwrap() error { return e.Err }

// recorded adds the digest of the record to an AlteredError.
func recorded(err error, o Object) error {
	var altered *AlteredError
	if !errors.As(err, &altered) {
		return err
	}
	known := *altered
	known.Want = o.SHA256
	return &known
}

// String is bucket/key, as a user would look for it.
func (l Location) String() string { return l.Bucket + "/" + l.Key }

// ZipError says why a zip is refused, when read as when written. Entry is the name of the entry at fault, as the zip
// spells it, and empty where the whole zip is at fault.
type ZipError struct {
	Kind   ZipErrorKind
	Entry  string
	Detail string
	Err    error
}

func (e *ZipError) Error() string {
	text := "zip"
	if e.Entry != "" {
		text += fmt.Sprintf(" entry %q", e.Entry)
	}
	text += ": " + e.Detail
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *ZipError) Unwrap() error { return e.Err }

// ZipErrorKind tells the refusals of a zip apart.
type ZipErrorKind string

// The refusals.
const (
	// Malformed is what is no zip, is cut off, or contradicts itself.
	Malformed ZipErrorKind = "malformed"
	// AbsolutePath and ParentPath are names that would be written outside the folder.
	AbsolutePath ZipErrorKind = "absolute-path"
	ParentPath   ZipErrorKind = "parent-path"
	// InvalidName is a name that no file can have.
	InvalidName ZipErrorKind = "invalid-name"
	// LinkOutside is a symbolic link that leads out of the tree, also through other links.
	LinkOutside ZipErrorKind = "link-outside"
	// Duplicate is a name that occurs twice, or one that is a file and a folder.
	Duplicate ZipErrorKind = "duplicate"
	// NotAFile is an entry that is neither a file, a folder nor a symbolic link.
	NotAFile ZipErrorKind = "not-a-file"
	// Overlapping is an entry whose bytes are another's too.
	Overlapping ZipErrorKind = "overlapping"
	// Encrypted and UnknownMethod are entries that cannot be read here.
	Encrypted     ZipErrorKind = "encrypted"
	UnknownMethod ZipErrorKind = "unknown-method"
	// TooManyEntries, TooManyBytes and TooHighRatio are what Limits refuses.
	TooManyEntries ZipErrorKind = "too-many-entries"
	TooManyBytes   ZipErrorKind = "too-many-bytes"
	TooHighRatio   ZipErrorKind = "too-high-ratio"
)

func refuse(kind ZipErrorKind, entry, format string, args ...any) *ZipError {
	return &ZipError{Kind: kind, Entry: entry, Detail: fmt.Sprintf(format, args...)}
}
