package cache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/local/builds/cache"
)

func save(t *testing.T, c *cache.Cache, key string, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	a := cache.Archive{Dir: dir, Aside: filepath.Join(t.TempDir(), "aside")}
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
		a.Names = append(a.Names, name)
	}
	if err := c.Save("app", key, a); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// made is the mode of a file that is made with one: what the umask leaves of it.
func made(t *testing.T, mode os.FileMode) os.FileMode {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestRestore(t *testing.T) {
	c := cache.New(filepath.Join(t.TempDir(), "cache"))
	from, into, since := t.TempDir(), t.TempDir(), time.Unix(1_000_000_000, 0)
	write(t, filepath.Join(from, "deep", "run.sh"), "run")
	write(t, filepath.Join(from, "kept"), "of the cache")
	write(t, filepath.Join(into, "kept"), "of the source")
	for _, err := range []error{
		os.Chmod(filepath.Join(from, "deep", "run.sh"), 0o750), os.Chtimes(filepath.Join(from, "deep", "run.sh"), since, since),
		os.Symlink("deep/run.sh", filepath.Join(from, "link")),
		c.Save("a/../app", "k", cache.Archive{Dir: from, Names: []string{"deep/run.sh", "kept", "link"}, Aside: filepath.Join(t.TempDir(), "aside")}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := c.Restore("a/../app", "k", into); n != 2 || err != nil {
		t.Errorf("Restore: %d files, %v; want 2", n, err)
	}
	info, err := os.Stat(filepath.Join(into, "deep", "run.sh"))
	if err != nil || info.Mode() != made(t, 0o750) || !info.ModTime().Equal(since) {
		t.Errorf("restored %v, %v; want mode 0750, as far as the umask lets it, and the time of 2001", info, err)
	}
	for name, want := range map[string]string{"link": "run", "kept": "of the source"} {
		if got, err := os.ReadFile(filepath.Join(into, name)); string(got) != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	c := cache.New(filepath.Join(t.TempDir(), "cache"))
	if found, ok := c.Find("app", "npm-1", []string{"npm-", ""}); ok {
		t.Errorf("an empty cache has %q", found)
	}
	for _, key := range []string{"npm-1", "npm-2", "go.1/x"} {
		save(t, c, key, map[string]string{"f": key})
	}
	for _, at := range []struct {
		key       string
		fallbacks []string
		want      string
	}{
		{"npm-1", nil, "npm-1"},
		{"npm-3", nil, ""},
		{"npm-3", []string{"pip-", "npm-1"}, "npm-1"},
		{"x", []string{"go.1"}, "go.1/x"},
		{"x", []string{"o.1"}, ""},
	} {
		if found, _ := c.Find("app", at.key, at.fallbacks); found != at.want {
			t.Errorf("Find(%q, %q) is %q; want %q", at.key, at.fallbacks, found, at.want)
		}
	}
}

// Builds that save and restore at the same time each find a whole archive.
func TestAtTheSameTime(t *testing.T) {
	c := cache.New(filepath.Join(t.TempDir(), "cache"))
	save(t, c, "k", map[string]string{"a": "0", "b": "0"})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			content := strings.Repeat(fmt.Sprint(i), 1+i*1000)
			save(t, c, "k", map[string]string{"a": content, "b": content})
			into := t.TempDir()
			if n, err := c.Restore("app", "k", into); n != 2 || err != nil {
				t.Errorf("Restore: %d files, %v", n, err)
			}
			a, _ := os.ReadFile(filepath.Join(into, "a"))
			b, _ := os.ReadFile(filepath.Join(into, "b"))
			if len(a) == 0 || string(a) != string(b) {
				t.Errorf("a has %d bytes, b %d, of different archives", len(a), len(b))
			}
		})
	}
	all.Wait()
}

// A path in an archive that leads out of the folder is not written.
func TestEscapingArchive(t *testing.T) {
	dir := t.TempDir()
	c := cache.New(dir)
	save(t, c, "k", map[string]string{"f": "x"})
	into := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(into, "out")); err != nil {
		t.Fatal(err)
	}
	from := t.TempDir()
	write(t, filepath.Join(from, "out", "f"), "x")
	if err := c.Save("app", "k", cache.Archive{Dir: from, Names: []string{"out/f"}, Aside: filepath.Join(dir, "aside")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Restore("app", "k", into); err == nil {
		t.Error("a file was written through a link that leads out")
	}
	if err := c.Save("app", "k", cache.Archive{Dir: from, Names: []string{"../f"}, Aside: filepath.Join(dir, "aside")}); err == nil {
		t.Error("a file from outside was saved")
	}
	if _, err := os.Stat(filepath.Join(dir, "aside")); err == nil {
		t.Error("what was written aside is still there")
	}
}
