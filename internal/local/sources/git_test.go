package sources_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/local/objects"
	"github.com/penstock-ci/penstock/internal/local/sources"
)

// These cases are made by git itself: what it writes is what has to be read.

// run runs git in a folder and returns what it prints.
func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	fixed := []string{"-C", dir, "-c", "protocol.file.allow=always", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"}
	cmd := exec.Command("git", append(fixed, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// gitFolder is a repository of git's own, with one commit of these files.
func gitFolder(t *testing.T, files map[string]string) *checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git to make repositories with")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	c := &checkout{t: t, dir: t.TempDir()}
	run(t, c.dir, "init", "--quiet")
	c.save(files)
	return c
}

// save commits files.
func (c *checkout) save(files map[string]string) string {
	c.t.Helper()
	c.write(files)
	run(c.t, c.dir, "add", "--all")
	run(c.t, c.dir, "commit", "--quiet", "--message", "change")
	return run(c.t, c.dir, "rev-parse", "HEAD")
}

// nested is an application with the submodule vendor/lib, which has the submodule core, cloned with both.
func nested(t *testing.T) (app, lib *checkout) {
	t.Helper()
	core := gitFolder(t, map[string]string{"core.txt": "core 1"})
	lib = gitFolder(t, map[string]string{"lib.txt": "lib 1", "run*": "#!/bin/sh", ".gitignore": "*.o\n"})
	run(t, lib.dir, "submodule", "--quiet", "add", core.dir, "core")
	lib.save(nil)
	origin := gitFolder(t, map[string]string{"main.txt": "main 1", "latest": "-> vendor/lib/lib.txt"})
	run(t, origin.dir, "submodule", "--quiet", "add", "--name", "the lib", lib.dir, "vendor/lib")
	origin.save(nil)
	app = &checkout{t: t, dir: filepath.Join(t.TempDir(), "app")}
	run(t, filepath.Dir(app.dir), "clone", "--quiet", "--recurse-submodules", origin.dir, "app")
	return app, lib
}

// without leaves out the files whose content names a folder of this test.
func without(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, content := range files {
		if filepath.Base(name) != ".gitmodules" {
			out[name] = content
		}
	}
	return out
}

func TestSubmodules(t *testing.T) {
	app, lib := nested(t)
	recorded := map[string]string{
		"main.txt": "main 1", "latest": "-> vendor/lib/lib.txt", "vendor/lib/lib.txt": "lib 1", "vendor/lib/run*": "#!/bin/sh",
		"vendor/lib/.gitignore": "*.o\n", "vendor/lib/core/core.txt": "core 1",
	}
	inLib := filepath.Join(app.dir, "vendor", "lib")
	t.Run("clean folder", func(t *testing.T) {
		fetched, files := mustFetch(t, sources.Binding{Path: app.dir})
		wantFiles(t, recorded, without(files))
		if fetched.Modified || len(fetched.Notes) > 0 {
			t.Errorf("modified %v, notes %q", fetched.Modified, fetched.Notes)
		}
	})
	t.Run("the submodule has moved on", func(t *testing.T) {
		lib.save(map[string]string{"lib.txt": "lib 2"})
		run(t, inLib, "pull", "--quiet", "origin", "main")
		fetched, files := mustFetch(t, sources.Binding{Path: app.dir})
		if !fetched.Modified || files["vendor/lib/lib.txt"] != "lib 2" {
			t.Errorf("modified %v, lib.txt %q", fetched.Modified, files["vendor/lib/lib.txt"])
		}
		_, files = mustFetch(t, sources.Binding{Path: app.dir, Revision: "main"})
		wantFiles(t, recorded, without(files))
		run(t, app.dir, "submodule", "--quiet", "update", "--recursive")
	})
	t.Run("changed inside", func(t *testing.T) {
		file := &checkout{t: t, dir: inLib}
		file.write(map[string]string{"core/core.txt": "changed", "x.o": "ignored"})
		fetched, files := mustFetch(t, sources.Binding{Path: app.dir})
		if !fetched.Modified || files["vendor/lib/core/core.txt"] != "changed" || files["vendor/lib/x.o"] != "" {
			t.Errorf("modified %v, files %v", fetched.Modified, files)
		}
		run(t, filepath.Join(inLib, "core"), "checkout", "--quiet", ".")
	})
	for name, path := range map[string]string{"root": app.dir, "folder above": filepath.Join(app.dir, "vendor")} {
		t.Run("revision, "+name, func(t *testing.T) {
			fetched, files := mustFetch(t, sources.Binding{Path: path, Revision: "HEAD"})
			want := map[string]string{}
			for file, content := range recorded {
				if below, err := filepath.Rel(path, filepath.Join(app.dir, strings.TrimSuffix(file, "*"))); err == nil && filepath.IsLocal(below) {
					want[strings.TrimSuffix(below, "*")+file[len(strings.TrimSuffix(file, "*")):]] = content
				}
			}
			wantFiles(t, want, without(files))
			if fetched.Modified {
				t.Error("modified")
			}
		})
	}
	t.Run("bare clone without the submodule", func(t *testing.T) {
		bare := filepath.Join(t.TempDir(), "app.git")
		run(t, app.dir, "clone", "--quiet", "--bare", app.dir, bare)
		_, _, err := fetch(t, sources.Binding{Path: bare})
		wantFailure(t, err, action.ConfigurationError, "git -C "+bare+" submodule")
	})
	t.Run("linked working tree", func(t *testing.T) {
		linked := filepath.Join(t.TempDir(), "linked")
		run(t, app.dir, "worktree", "add", "--quiet", "-b", "other", linked)
		_, files := mustFetch(t, sources.Binding{Path: linked, Revision: "other"})
		wantFiles(t, recorded, without(files))
		fetched, files := mustFetch(t, sources.Binding{Path: linked})
		if files["vendor/lib/lib.txt"] != "" || fetched.Commit.Branch != "other" || len(fetched.Notes) != 1 || !strings.Contains(fetched.Notes[0], "vendor/lib is not checked out") {
			t.Errorf("commit %+v, notes %q, files %v", fetched.Commit, fetched.Notes, files)
		}
	})
}

// Old versions of git keep a submodule's repository in the submodule's own folder.
func TestSubmoduleOfOld(t *testing.T) {
	app := gitFolder(t, map[string]string{"a": "a"})
	run(t, app.dir, "init", "--quiet", "lib")
	lib := &checkout{t: t, dir: filepath.Join(app.dir, "lib")}
	lib.save(map[string]string{"l": "l"})
	run(t, app.dir, "submodule", "--quiet", "add", "./lib")
	app.save(nil)
	for _, revision := range []string{"", "main"} {
		fetched, files := mustFetch(t, sources.Binding{Path: app.dir, Revision: revision})
		if wantFiles(t, map[string]string{"a": "a", "lib/l": "l"}, without(files)); fetched.Modified {
			t.Errorf("revision %q: modified", revision)
		}
	}
}

// A submodule that is only an address is not fetched: the message says what to do.
func TestAbsentSubmodules(t *testing.T) {
	app, _ := nested(t)
	bare := filepath.Join(t.TempDir(), "plain")
	run(t, filepath.Dir(bare), "clone", "--quiet", app.dir, "plain")
	_, _, err := fetch(t, sources.Binding{Path: bare, Revision: "main"})
	wantFailure(t, err, action.ConfigurationError, "the submodule vendor/lib (/")
	wantFailure(t, err, action.ConfigurationError, "git -C "+bare+" submodule update --init --recursive")
	fetched, _ := mustFetch(t, sources.Binding{Path: bare})
	if fetched.Modified || len(fetched.Notes) != 1 {
		t.Errorf("modified %v, notes %q", fetched.Modified, fetched.Notes)
	}
	// A commit of it that was never fetched.
	run(t, app.dir, "update-index", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",vendor/lib")
	run(t, app.dir, "commit", "--quiet", "--message", "a commit that is nowhere")
	_, _, err = fetch(t, sources.Binding{Path: app.dir, Revision: "HEAD"})
	wantFailure(t, err, action.RevisionUnavailable, "the submodule vendor/lib has no commit 1111")
	wantFailure(t, err, action.RevisionUnavailable, "git -C "+app.dir+"/vendor/lib fetch")
}

func TestSparseCheckout(t *testing.T) {
	c := gitFolder(t, map[string]string{"a": "a", "kept/k": "k", "left/l": "l", "left/m": "m"})
	run(t, c.dir, "sparse-checkout", "set", "kept")
	fetched, files := mustFetch(t, sources.Binding{Path: c.dir})
	wantFiles(t, map[string]string{"a": "a", "kept/k": "k"}, files)
	if fetched.Modified || len(fetched.Notes) != 1 || !strings.HasPrefix(fetched.Notes[0], "2 files that the sparse checkout leaves out are missing") {
		t.Errorf("modified %v, notes %q", fetched.Modified, fetched.Notes)
	}
	_, files = mustFetch(t, sources.Binding{Path: c.dir, Revision: "main"})
	wantFiles(t, map[string]string{"a": "a", "kept/k": "k", "left/l": "l", "left/m": "m"}, files)
}

// A partial clone has not every content, a shallow one not every commit.
func TestIncompleteClones(t *testing.T) {
	c := gitFolder(t, map[string]string{"a": "old"})
	first := run(t, c.dir, "rev-parse", "HEAD")
	c.save(map[string]string{"a": "new"})
	run(t, c.dir, "config", "uploadpack.allowFilter", "true")
	partial, shallow := filepath.Join(t.TempDir(), "partial"), filepath.Join(t.TempDir(), "shallow")
	run(t, c.dir, "clone", "--quiet", "--filter=blob:none", "file://"+c.dir, partial)
	fetched, err := open(t, sources.Binding{Path: partial, Revision: first})
	if err != nil {
		t.Fatal(err)
	}
	_, err = fetched.Files[0].Open()
	wantFailure(t, err, action.RevisionUnavailable, "lacks the content of a, blob ")
	run(t, c.dir, "clone", "--quiet", "--depth=1", "file://"+c.dir, shallow)
	_, _, err = fetch(t, sources.Binding{Path: shallow, Revision: first})
	wantFailure(t, err, action.RevisionUnavailable, "it is a shallow clone: git -C "+shallow+" fetch --unshallow")
}

// Repositories in a form that cannot be read are told apart from broken ones.
func TestNewerForms(t *testing.T) {
	c := gitFolder(t, map[string]string{"a": "a"})
	run(t, c.dir, "config", "core.repositoryFormatVersion", "1")
	for key, value := range map[string]string{"objectFormat": "sha256", "refStorage": "reftable"} {
		config := filepath.Join(c.dir, ".git", "config")
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(config, append(text, "[extensions]\n\t"+key+" = "+value+"\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, revision := range []string{"", "main"} {
			_, _, err := fetch(t, sources.Binding{Path: c.dir, Revision: revision})
			wantFailure(t, err, action.ConfigurationError, strings.ToLower(key)+` "`+value+`", which is not read here`)
		}
		if err := os.WriteFile(config, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPointers(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
	c := gitFolder(t, map[string]string{".gitattributes": "*.png -text\n", "logo.png": pointer, "a": "a"})
	fetched, _ := mustFetch(t, sources.Binding{Path: c.dir})
	if len(fetched.Notes) > 0 {
		t.Errorf("notes %q of a repository without Git LFS", fetched.Notes)
	}
	c.write(map[string]string{".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n"})
	run(t, c.dir, "commit", "--quiet", "--all", "--message", "lfs")
	for _, revision := range []string{"", "main"} {
		fetched, files := mustFetch(t, sources.Binding{Path: c.dir, Revision: revision})
		if len(fetched.Notes) != 1 || !strings.HasPrefix(fetched.Notes[0], "logo.png is a Git LFS pointer, ") || files["logo.png"] != pointer {
			t.Errorf("revision %q: notes %q", revision, fetched.Notes)
		}
	}
}

// Nothing of a repository is run: neither its hooks nor what its attributes and configuration name.
func TestNothingIsRun(t *testing.T) {
	c := gitFolder(t, map[string]string{"a": "a", ".gitattributes": "a filter=evil export-subst\nb export-ignore\n", "b": "b"})
	ran := filepath.Join(t.TempDir(), "ran")
	script := "#!/bin/sh\necho \"$0\" >> " + ran + "\ncat\n"
	hooks := &checkout{t: t, dir: filepath.Join(c.dir, ".git", "hooks")}
	for _, name := range []string{"post-checkout*", "pre-commit*", "post-index-change*", "fsmonitor*", "filter*"} {
		hooks.write(map[string]string{name: script})
	}
	run(t, c.dir, "config", "core.fsmonitor", filepath.Join(hooks.dir, "fsmonitor"))
	run(t, c.dir, "config", "filter.evil.smudge", filepath.Join(hooks.dir, "filter"))
	for _, revision := range []string{"", "main"} {
		_, files := mustFetch(t, sources.Binding{Path: c.dir, Revision: revision})
		if files["a"] != "a" || files["b"] != "b" {
			t.Errorf("revision %q: files %v", revision, files)
		}
	}
	if out, err := os.ReadFile(ran); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it ran %s", out)
	}
}

// clone is the format with which a build gets the history.
func clone(t *testing.T, b sources.Binding) (source.Fetched, string) {
	t.Helper()
	s := sources.New(map[string]sources.Binding{"S/A": b}, nil)
	fetched, err := s.Fetch(t.Context(), source.Request{Stage: "S", Action: "A", Configuration: map[string]string{"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}})
	if err != nil {
		t.Fatal(err)
	}
	defer fetched.Close()
	store := artifact.NewStore(objects.New(t.TempDir()))
	stored, err := store.PackFiles(t.Context(), fetched.Files, artifact.Location{Bucket: "artifacts", Key: "clone"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "src")
	if err := store.Unpack(t.Context(), stored, dir); err != nil {
		t.Fatal(err)
	}
	return fetched, dir
}

// TestClone asks git what it thinks of the clones that builds get.
func TestClone(t *testing.T) {
	app, _ := nested(t)
	first := run(t, app.dir, "rev-parse", "HEAD")
	run(t, app.dir, "tag", "--annotate", "--message", "one", "v1")
	run(t, app.dir, "branch", "feature/x")
	app.save(map[string]string{"main.txt": "main 2"})
	second := run(t, app.dir, "rev-parse", "HEAD")
	linked := filepath.Join(t.TempDir(), "linked")
	run(t, app.dir, "worktree", "add", "--quiet", "-b", "linked", linked)
	bare := filepath.Join(t.TempDir(), "lib.git")
	run(t, filepath.Dir(bare), "clone", "--quiet", "--bare", filepath.Join(app.dir, "vendor", "lib", "core"), bare)
	app.write(map[string]string{"main.txt": "main 3", "new.txt": "new"})
	for name, c := range map[string]struct {
		binding        sources.Binding
		head, describe string
		status         string
	}{
		"as it lies there": {sources.Binding{Path: app.dir}, second, "v1-1-g" + second[:7], "M main.txt\n?? new.txt"},
		"a revision":       {sources.Binding{Path: app.dir, Revision: "v1"}, first, "v1", ""},
		"a linked tree":    {sources.Binding{Path: linked, Revision: "linked"}, second, "v1-1-g" + second[:7], ""},
	} {
		t.Run(name, func(t *testing.T) {
			fetched, dir := clone(t, c.binding)
			if !fetched.Clone {
				t.Error("no clone")
			}
			for args, want := range map[string]string{
				"rev-parse HEAD": c.head, "describe --abbrev=7": c.describe, "status --porcelain": c.status, "branch --show-current": "",
				"rev-parse origin/feature/x": first, "fsck --no-dangling --no-progress": "",
			} {
				if got := run(t, dir, strings.Fields(args)...); got != want {
					t.Errorf("git %s: %q, want %q", args, got, want)
				}
			}
			run(t, dir, "fetch", "--quiet", "origin")
		})
	}
	t.Run("bare", func(t *testing.T) {
		_, dir := clone(t, sources.Binding{Path: bare})
		if got := run(t, dir, "log", "--format=%s") + run(t, dir, "status", "--porcelain"); got != "change" {
			t.Errorf("log and status %q", got)
		}
	})
	t.Run("a part", func(t *testing.T) {
		fetched, dir := clone(t, sources.Binding{Path: filepath.Join(app.dir, "vendor")})
		if fetched.Clone || hasFile(dir, ".git") || len(fetched.Notes) != 1 || !strings.Contains(fetched.Notes[0], "the bound folder vendor is only a part of") {
			t.Errorf("clone %v, notes %q", fetched.Clone, fetched.Notes)
		}
	})
	t.Run("no repository", func(t *testing.T) {
		plain := &checkout{t: t, dir: t.TempDir()}
		plain.write(map[string]string{"a": "a"})
		if fetched, dir := clone(t, sources.Binding{Path: plain.dir}); fetched.Clone || hasFile(dir, ".git") {
			t.Error("a clone of no repository")
		}
	})
}

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}
