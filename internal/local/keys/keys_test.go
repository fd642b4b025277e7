package keys_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/envelope/keystest"
	"github.com/penstock-ci/penstock/internal/local/keys"
)

func create(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "key")
	if err := keys.Create(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContract(t *testing.T) {
	keystest.Run(t, func(t *testing.T) (envelope.Keys, func() envelope.Keys) {
		path := create(t)
		return keys.New(path), func() envelope.Keys { return keys.New(path) }
	})
}

func TestCreate(t *testing.T) {
	path := create(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("the key file has mode %v, error %v", info.Mode(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// What an interrupted Create left, with any mode, is in nobody's way.
	if err := os.WriteFile(path+".new", []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := keys.Create(path); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a key was written over, error %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := keys.Create(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the key file has mode %v, error %v", info.Mode(), err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unfinished file is left: %v", err)
	}
}

func TestWhatIsNoKey(t *testing.T) {
	whole, err := os.ReadFile(create(t))
	if err != nil {
		t.Fatal(err)
	}
	digits := strings.TrimSpace(strings.TrimPrefix(string(whole), "penstock-key-1:"))
	for name, text := range map[string]string{
		"empty": "", "cut off": string(whole[:40]), "digits only": digits, "too long": strings.TrimSpace(string(whole)) + "00",
		"no hex": "penstock-key-1:" + digits[:63] + "x", "another version": "penstock-key-2:" + digits,
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		k := keys.New(path)
		_, made := k.NewDataKey(t.Context())
		_, unwrapped := k.Unwrap(t.Context(), nil)
		for _, err := range []error{k.Check(), made, unwrapped} {
			wantError(t, name, err, path, "it does not hold a key")
			if len(text) > 30 && strings.Contains(err.Error(), digits[:8]) {
				t.Errorf("%s: the error shows what the file holds", name)
			}
		}
	}
}

func TestMissingAndUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	wantError(t, "missing", keys.New(path).Check(), path, "it is missing")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	wantError(t, "a folder", keys.New(path).Check(), path, "is a directory")
}

func wantError(t *testing.T, name string, err error, parts ...string) {
	t.Helper()
	var refused *keys.Error
	if !errors.As(err, &refused) {
		t.Fatalf("%s: error %v, want an *Error", name, err)
	}
	for _, part := range append(parts, "the artifacts of earlier runs cannot be read; nothing else is lost") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q does not say %q", name, err, part)
		}
	}
}
