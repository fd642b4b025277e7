package objects_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// left are the names below a folder, those of folders that are empty with a slash.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if !d.IsDir() {
			names = append(names, relative)
			return err
		}
		inside, readErr := os.ReadDir(name)
		if len(inside) == 0 {
			names = append(names, relative+"/")
		}
		return errors.Join(err, readErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRemove(t *testing.T) {
	removeAll := func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, ".versions")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		keys string
		// first happens before the object of the first key is removed.
		first func(*testing.T, string)
		want  string
	}{
		{"the only one", "a/b/c", nil, ""},
		{"one of two", "a/b/c a/d", nil, "a/d"},
		{"a file whose name a folder needed", "a a/b", nil, "a a/b"},
		{"a folder whose name a file needed", "a/b a", nil, "a"},
		{"without hard links", "a/b/c a/d", removeAll, "a/d"},
		{"overwritten", "a/b", func(t *testing.T, dir string) {
			t.Helper()
			put(t, objects.New(dir), "a/b", "later")
		}, "a/b"},
		{"replaced by its user", "a/b", func(t *testing.T, dir string) {
			t.Helper()
			name := filepath.Join(dir, "staging", "a", "b")
			if err := errors.Join(os.Remove(name), os.WriteFile(name, []byte("mine"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "a/b"},
		{"killed after the first name", "a/b", func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Remove(filepath.Join(dir, "staging", "a", "b")); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			o := objects.New(dir)
			var all []artifact.Object
			for _, key := range strings.Fields(c.keys) {
				all = append(all, put(t, o, key, key))
			}
			if c.first != nil {
				c.first(t, dir)
			}
			for range 2 { // what is removed already is no error
				if err := o.Remove(t.Context(), all[0].Location); err != nil {
					t.Fatal(err)
				}
			}
			list, err := o.List(t.Context(), "staging", "")
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, listed := range list {
				keys = append(keys, listed.Key)
				if _, err := o.Find(t.Context(), artifact.Location{Bucket: "staging", Key: listed.Key}); err != nil {
					t.Errorf("%q: %v", listed.Key, err)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(keys, " ")); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			var missing *artifact.NotFoundError
			if _, err := o.Find(t.Context(), all[0].Location); c.name != "a file whose name a folder needed" && !errors.As(err, &missing) {
				t.Errorf("the version that was removed: error %v", err)
			}
			if c.want == "" && !cmp.Equal(left(t, dir), []string{".unfinished/", ".versions/", "staging/"}) {
				t.Errorf("left: %q", left(t, dir))
			}
		})
	}
}
