// Package keys keeps the key of a state directory in a file of its own, which only its user can read. It is an
// envelope.Keys: the key wraps the data keys of artifacts and encrypts nothing else. It never writes over a key.
package keys

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
)

// begins is how the one line of a key file begins; the key follows in hex.
const begins = "penstock-key-1:"

// Error says that a key file cannot be used, and what that means.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string {
	reason := e.Err.Error()
	if errors.Is(e.Err, fs.ErrNotExist) {
		reason = "it is missing"
	}
	return fmt.Sprintf("key file %s: %s: without it the artifacts of earlier runs cannot be read; nothing else is lost", e.Path, reason)
}

func (e *Error) Unwrap() error { return e.Err }

// errNoKey says what a key file should hold, and nothing of what it does hold.
var errNoKey = fmt.Errorf("it does not hold a key, which is one line of %q and 64 hex digits", begins)

// Keys is an envelope.Keys over the key in a file. The file is read once, when it is needed first: whoever only looks at
// records needs none.
type Keys struct {
	load func() (*envelope.Key, error)
}

// New makes Keys over the file at path, which Create makes.
func New(path string) *Keys {
	return &Keys{sync.OnceValues(func() (*envelope.Key, error) { return read(path) })}
}

// Check reads the key, and returns an *Error where there is none.
func (k *Keys) Check() error {
	_, err := k.load()
	return err
}

// NewDataKey is that of envelope.Keys.
func (k *Keys) NewDataKey(ctx context.Context) (envelope.DataKey, error) {
	key, err := k.load()
	if err != nil {
		return envelope.DataKey{}, err
	}
	return key.NewDataKey(ctx)
}

// Unwrap is that of envelope.Keys.
func (k *Keys) Unwrap(ctx context.Context, wrapped []byte) (envelope.Secret, error) {
	key, err := k.load()
	if err != nil {
		return envelope.Secret{}, err
	}
	return key.Unwrap(ctx, wrapped)
}

func read(path string) (*envelope.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{path, err}
	}
	digits, found := bytes.CutPrefix(bytes.TrimSpace(text), []byte(begins))
	var secret envelope.Secret
	if n := hex.DecodedLen(len(digits)); !found || n != len(secret) {
		return nil, &Error{path, errNoKey}
	}
	// What hex says of a digit would print it.
	if _, err := hex.Decode(secret[:], digits); err != nil {
		return nil, &Error{path, errNoKey}
	}
	return envelope.NewKey(secret, rand.Reader)
}

// Create makes a key file with a new key, unless there is a file. The file is whole from the moment that it has its
// name, and on the disk when Create returns. Only one process may call it at a time.
func Create(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var secret envelope.Secret
	_, _ = rand.Read(secret[:]) // never fails, since Go 1.24
	unfinished := path + ".new"
	err := write(unfinished, fmt.Appendf(nil, "%s%s\n", begins, hex.EncodeToString(secret[:])))
	if err == nil {
		err = os.Rename(unfinished, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("create key file %s: %w", path, err)
	}
	return nil
}

func write(path string, text []byte) error {
	// What an interrupted Create left may have another mode.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder keeps the name of the key: artifacts that it encrypted are worth nothing without it.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
