package sources_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/sourcestest"
	"github.com/penstock-ci/penstock/internal/local/sources"
)

// checkout is a git repository with a working tree.
type checkout struct {
	t    testing.TB
	dir  string
	repo *git.Repository
}

func newCheckout(t testing.TB) *checkout {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	dir := t.TempDir()
	repo, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	if err != nil {
		t.Fatal(err)
	}
	return &checkout{t, dir, repo}
}

// write writes files: "-> x" is a link to x, a name that ends in "*" is executable, an empty content removes.
func (c *checkout) write(files map[string]string) {
	c.t.Helper()
	for name, content := range files {
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, "*") {
			mode = 0o755
		}
		file := filepath.Join(c.dir, strings.TrimSuffix(name, "*"))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if target, isLink := strings.CutPrefix(content, "-> "); isLink {
			err = errors.Join(err, os.Symlink(target, file))
		} else if content == "" {
			err = errors.Join(err, os.Remove(file))
		} else {
			err = errors.Join(err, os.WriteFile(file, []byte(content), mode), os.Chmod(file, mode))
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

var authored = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.FixedZone("", 3600))

func (c *checkout) commit(message string) string {
	c.t.Helper()
	tree, err := c.repo.Worktree()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		c.t.Fatal(err)
	}
	hash, err := tree.Commit(message, &git.CommitOptions{
		Author:    &object.Signature{Name: "A", Email: "a@example.com", When: authored},
		Committer: &object.Signature{Name: "C", Email: "c@example.com", When: authored.Add(time.Hour)},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return hash.String()
}

// open fetches from a binding, until the end of the test.
func open(t testing.TB, b sources.Binding) (source.Fetched, error) {
	t.Helper()
	s := sources.New(map[string]sources.Binding{"Source/Checkout": b}, nil)
	fetched, err := s.Fetch(t.Context(), source.Request{Stage: "Source", Action: "Checkout"})
	if err == nil {
		t.Cleanup(func() {
			if err := fetched.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return fetched, err
}

// fetch fetches from a binding and reads all that was fetched.
func fetch(t testing.TB, b sources.Binding) (source.Fetched, map[string]string, error) {
	t.Helper()
	fetched, err := open(t, b)
	if err != nil {
		return fetched, nil, err
	}
	return fetched, sourcestest.Files(t, fetched), nil
}

func mustFetch(t testing.TB, b sources.Binding) (source.Fetched, map[string]string) {
	t.Helper()
	fetched, files, err := fetch(t, b)
	if err != nil {
		t.Fatal(err)
	}
	return fetched, files
}

func wantFiles(t testing.TB, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func wantFailure(t *testing.T, err error, code, part string) {
	t.Helper()
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != code || !strings.Contains(failure.Message, part) {
		t.Errorf("error %v, want a failure %s with %q", err, code, part)
	}
}

func TestCleanCheckout(t *testing.T) {
	c := newCheckout(t)
	content := map[string]string{"main.go": "package main", "run.sh*": "#!/bin/sh", "latest": "-> main.go", "deep/er/file": "x"}
	c.write(content)
	id := c.commit("Add health check\n\nIt is needed.\n")
	fetched, files := mustFetch(t, sources.Binding{Path: c.dir})
	wantFiles(t, content, files)
	if fetched.Modified {
		t.Error("modified")
	}
	want := &source.Commit{ID: id, Branch: "main", Message: "Add health check\n\nIt is needed.\n", Author: authored, Committer: authored.Add(time.Hour)}
	if diff := cmp.Diff(want, fetched.Commit); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
}

// TestModified holds what is a change to the content of the bound folder, and what is none.
func TestModified(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*checkout)
		want   bool
	}{
		{"nothing", func(*checkout) {}, false},
		{"changed, same length", func(c *checkout) { c.write(map[string]string{"service/a": "B"}) }, true},
		{"longer", func(c *checkout) { c.write(map[string]string{"service/a": "longer"}) }, true},
		{"new", func(c *checkout) { c.write(map[string]string{"service/new": "x"}) }, true},
		{"removed", func(c *checkout) { c.write(map[string]string{"service/a": ""}) }, true},
		{"made executable", func(c *checkout) { c.write(map[string]string{"service/a*": "a"}) }, true},
		{"link elsewhere", func(c *checkout) {
			c.write(map[string]string{"service/l": ""})
			c.write(map[string]string{"service/l": "-> b"})
		}, true},
		{"touched", func(c *checkout) { c.write(map[string]string{"service/a": "a"}) }, false},
		{"changed outside the folder", func(c *checkout) { c.write(map[string]string{"other": "changed"}) }, false},
		{"a new ignored file", func(c *checkout) { c.write(map[string]string{"service/x.o": "x"}) }, false},
		{"a committed ignored file", func(c *checkout) { c.write(map[string]string{"service/kept.o": "changed"}) }, true},
		{"state of a run", func(c *checkout) { c.write(map[string]string{"service/.penstock/state.db": "x"}) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := newCheckout(t)
			repo.write(map[string]string{"service/a": "a", "service/l": "-> a", "service/kept.o": "o", "other": "x"})
			repo.commit("first")
			repo.write(map[string]string{".gitignore": "*.o\n"})
			repo.commit("second")
			c.change(repo)
			fetched, _ := mustFetch(t, sources.Binding{Path: filepath.Join(repo.dir, "service")})
			if fetched.Modified != c.want {
				t.Errorf("modified is %v, want %v", fetched.Modified, c.want)
			}
		})
	}
}

func TestIgnored(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"service/vendor/kept": "v"})
	c.commit("first")
	c.write(map[string]string{
		".gitignore":                 "# comment\n*.o\n/service/dist/\n\nvendor/\n",
		".git/info/exclude":          "*.private\n",
		"service/.gitignore":         "!keep.o\n/only-top\nsub/**/deep   \n",
		"service/main.c":             "m",
		"service/main.o":             "o",
		"service/keep.o":             "k",
		"service/dist/x":             "d",
		"service/sub/dist/x":         "d",
		"service/only-top":           "t",
		"service/sub/only-top":       "t",
		"service/sub/a/deep":         "x",
		"service/sub/.gitignore":     "*.tmp\n",
		"service/sub/x.tmp":          "x",
		"service/x.tmp":              "x",
		"service/my.private":         "p",
		"service/editor~":            "e",
		"service/vendor/new":         "n",
		"service/.penstock/state.db": "s",
	})
	config := filepath.Join(os.Getenv("HOME"), ".config", "git")
	if err := errors.Join(os.MkdirAll(config, 0o755), os.WriteFile(filepath.Join(config, "ignore"), []byte("*~\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, files := mustFetch(t, sources.Binding{Path: filepath.Join(c.dir, "service")})
	wantFiles(t, map[string]string{
		".gitignore": "!keep.o\n/only-top\nsub/**/deep   \n", "main.c": "m", "keep.o": "k", "sub/dist/x": "d", "sub/only-top": "t",
		"sub/.gitignore": "*.tmp\n", "x.tmp": "x", "vendor/kept": "v",
	}, files)
	compareWithGit(t, c, "service", files)
}

// compareWithGit asks git itself which files it sees.
func compareWithGit(t *testing.T, c *checkout, folder string, files map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git to compare with")
	}
	listed, err := exec.Command("git", "-C", filepath.Join(c.dir, folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, name := range strings.Split(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		if !strings.HasPrefix(name, ".penstock/") {
			want[name] = files[name]
		}
	}
	wantFiles(t, want, files)
}

func TestFolderWithoutRepository(t *testing.T) {
	dir := t.TempDir()
	c := &checkout{t: t, dir: dir}
	c.write(map[string]string{"a": "a", "x.o": "o", ".gitignore": "*.o", ".penstock/state.db": "s"})
	fetched, files := mustFetch(t, sources.Binding{Path: dir})
	wantFiles(t, map[string]string{"a": "a", ".gitignore": "*.o"}, files)
	if fetched.Commit != nil || fetched.Modified {
		t.Errorf("commit %v, modified %v", fetched.Commit, fetched.Modified)
	}
}

func TestFolderThatIsIgnored(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{".gitignore": "out/\n", "out/x": "x"})
	c.commit("first")
	fetched, files := mustFetch(t, sources.Binding{Path: filepath.Join(c.dir, "out")})
	wantFiles(t, map[string]string{"x": "x"}, files)
	if fetched.Commit != nil {
		t.Errorf("commit %v of a folder that its repository ignores", fetched.Commit)
	}
}

func TestRepositoryWithoutCommit(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "a"})
	fetched, files := mustFetch(t, sources.Binding{Path: c.dir})
	wantFiles(t, map[string]string{"a": "a"}, files)
	if fetched.Commit != nil || fetched.Modified {
		t.Errorf("commit %v, modified %v", fetched.Commit, fetched.Modified)
	}
}

func TestDetachedHead(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "a"})
	id := c.commit("first")
	if err := c.repo.Storer.SetReference(plumbing.NewHashReference(plumbing.HEAD, plumbing.NewHash(id))); err != nil {
		t.Fatal(err)
	}
	fetched, _ := mustFetch(t, sources.Binding{Path: c.dir})
	if fetched.Commit.ID != id || fetched.Commit.Branch != "" {
		t.Errorf("commit %+v", fetched.Commit)
	}
}

func TestRevisions(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"service/a": "1", "service/run*": "#!", "service/l": "-> a", "other": "x"})
	first := c.commit("first")
	if _, err := c.repo.CreateTag("v1", plumbing.NewHash(first), &git.CreateTagOptions{Message: "v1", Tagger: &object.Signature{When: authored}}); err != nil {
		t.Fatal(err)
	}
	if err := c.repo.Storer.SetReference(plumbing.NewHashReference("refs/remotes/origin/feature", plumbing.NewHash(first))); err != nil {
		t.Fatal(err)
	}
	c.write(map[string]string{"service/a": "2"})
	second := c.commit("second")
	c.write(map[string]string{"service/a": "changed", "service/new": "x"})
	one := map[string]string{"a": "1", "run*": "#!", "l": "-> a"}
	two := map[string]string{"a": "2", "run*": "#!", "l": "-> a"}
	for _, v := range []struct {
		revision, id, branch string
		files                map[string]string
	}{
		{"main", second, "main", two},
		{"HEAD", second, "main", two},
		{"v1", first, "", one},
		{first, first, "", one},
		{first[:8], first, "", one},
		{"HEAD~1", first, "", one},
		{"feature", first, "feature", one},
		{"origin/feature", first, "feature", one},
	} {
		t.Run(v.revision, func(t *testing.T) {
			fetched, files := mustFetch(t, sources.Binding{Path: filepath.Join(c.dir, "service"), Revision: v.revision})
			wantFiles(t, v.files, files)
			if fetched.Commit.ID != v.id || fetched.Commit.Branch != v.branch || fetched.Modified {
				t.Errorf("commit %+v, modified %v", fetched.Commit, fetched.Modified)
			}
		})
	}
}

func TestBareRepository(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "a"})
	id := c.commit("first")
	bare := t.TempDir()
	if _, err := git.PlainClone(bare, true, &git.CloneOptions{URL: c.dir}); err != nil {
		t.Fatal(err)
	}
	for _, revision := range []string{"", "main"} {
		fetched, files := mustFetch(t, sources.Binding{Path: bare, Revision: revision})
		wantFiles(t, map[string]string{"a": "a"}, files)
		if fetched.Commit.ID != id || fetched.Commit.Branch != "main" {
			t.Errorf("revision %q: commit %+v", revision, fetched.Commit)
		}
	}
}

// A file is an object as it is for S3, and for a repository the zip that its provider would give.
func TestFile(t *testing.T) {
	for _, c := range []struct {
		provider, content string
		refused           bool
	}{
		{"S3", "any bytes", false},
		{"S3", "", false},
		{"CodeCommit", "PK\x03\x04 and so on", false},
		{"CodeCommit", "PK\x05\x06 without entries", false},
		{"CodeCommit", "any bytes", true},
		{"CodeCommit", "", true},
	} {
		file := filepath.Join(t.TempDir(), "app.zip")
		if err := os.WriteFile(file, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		s := sources.New(map[string]sources.Binding{"S/A": {Path: file}}, nil)
		fetched, err := s.Fetch(t.Context(), source.Request{Stage: "S", Action: "A", Provider: c.provider})
		if c.refused {
			wantFailure(t, err, action.ConfigurationError, "app.zip, which is no zip; a source of CodeCommit gives one")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(fetched.Object)
		if err := errors.Join(err, fetched.Close()); err != nil || string(content) != c.content {
			t.Errorf("%s: the object is %q, error %v", c.provider, content, err)
		}
	}
}

func TestFailures(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "a"})
	first := plumbing.NewHash(c.commit("first"))
	for _, name := range []plumbing.ReferenceName{"refs/remotes/origin/feature/x", "refs/remotes/origin/main", "refs/tags/v1"} {
		if err := c.repo.Storer.SetReference(plumbing.NewHashReference(name, first)); err != nil {
			t.Fatal(err)
		}
	}
	plain := t.TempDir()
	for name, f := range map[string]struct {
		binding    sources.Binding
		code, part string
	}{
		"missing path":      {sources.Binding{Path: filepath.Join(plain, "none")}, action.ConfigurationError, "none, which does not exist"},
		"unknown revision":  {sources.Binding{Path: c.dir, Revision: "nope"}, action.RevisionUnavailable, `no revision "nope"; its branches are feature/x, main, its tags v1`},
		"a slip":            {sources.Binding{Path: c.dir, Revision: "mian"}, action.RevisionUnavailable, `no revision "mian"; did you mean "main"?`},
		"nothing committed": {sources.Binding{Path: newCheckout(t).dir, Revision: "main"}, action.RevisionUnavailable, "nothing is committed to it yet"},
		"no repository":     {sources.Binding{Path: plain, Revision: "main"}, action.ConfigurationError, "in no git repository"},
		"folder not there":  {sources.Binding{Path: filepath.Join(c.dir, "later"), Revision: "main"}, action.RevisionUnavailable, "has no folder later"},
		"file at a revison": {sources.Binding{Path: filepath.Join(c.dir, "a"), Revision: "main"}, action.ConfigurationError, "no folder"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "folder not there" {
				c.write(map[string]string{"later/x": "x"})
			}
			_, _, err := fetch(t, f.binding)
			wantFailure(t, err, f.code, f.part)
		})
	}
	_, err := sources.New(nil, nil).Fetch(t.Context(), source.Request{Stage: "S", Action: "A"})
	wantFailure(t, err, action.ConfigurationError, "S/A")
}

// BenchmarkFetch fetches a clean folder of 50 files in a repository of 2,000, as git's index has them.
func BenchmarkFetch(b *testing.B) {
	c := newCheckout(b)
	files := map[string]string{}
	for i := range 2000 {
		files[fmt.Sprintf("p%d/f%d", i%40, i)] = strings.Repeat("line\n", 100)
	}
	c.write(files)
	c.commit("first")
	s := sources.New(map[string]sources.Binding{"S/A": {Path: filepath.Join(c.dir, "p1")}}, nil)
	for b.Loop() {
		fetched, err := s.Fetch(b.Context(), source.Request{Stage: "S", Action: "A"})
		if err != nil {
			b.Fatal(err)
		}
		if len(fetched.Files) != 50 || fetched.Modified {
			b.Fatalf("%d files, modified %v", len(fetched.Files), fetched.Modified)
		}
		_ = fetched.Close()
	}
}
