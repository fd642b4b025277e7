package cloudtest

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// GitServer is git's own server on the loopback. It begins with the repository "app", without a commit.
type GitServer struct {
	// URL is that of the server, and Folder what its repositories lie in.
	URL, Folder string
	// Accepts says who may do what; anyone may do anything at first.
	Accepts func(user, password, path string) bool

	t *testing.T
}

// StartGit starts one, which ends with the test.
func StartGit(t *testing.T) *GitServer {
	t.Helper()
	g := &GitServer{t: t, Folder: t.TempDir(), Accepts: func(string, string, string) bool { return true }}
	backend := filepath.Join(strings.TrimSpace(g.Git(g.Folder, "--exec-path")), "git-http-backend")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !g.Accepts(user, password, r.URL.Path) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		r.URL.Path = strings.Replace(strings.TrimPrefix(r.URL.Path, "/v1/repos"), ".git/", "/", 1)
		quiet := log.New(io.Discard, "", 0) // of who breaks off
		(&cgi.Handler{Path: backend, Stderr: io.Discard, Logger: quiet, Env: []string{"GIT_PROJECT_ROOT=" + g.Folder, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"}}).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.URL = server.URL
	g.Create("app")
	return g
}

// Create makes a repository.
func (g *GitServer) Create(name string) {
	g.t.Helper()
	g.Git(g.Folder, "init", "-q", "-b", "main", name)
}

// Git runs git in a folder, and returns what it prints.
func (g *GitServer) Git(folder string, arguments ...string) string {
	g.t.Helper()
	c := exec.CommandContext(g.t.Context(), "git", arguments...)
	c.Dir = folder
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_AUTHOR_DATE=2026-03-04T05:06:07+01:00", "GIT_COMMITTER_DATE=2026-03-04T06:06:07+01:00")
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil {
		g.t.Fatalf("git %s: %v\n%s", arguments, err, &complaints)
	}
	return string(out)
}

// Commit commits files to the repository "app" in the place of all that was there, and returns the commit's ID. A name that
// ends with "*" is one of an executable, content that begins with "-> " is a link's.
func (g *GitServer) Commit(message string, files map[string]string) string {
	g.t.Helper()
	root := filepath.Join(g.Folder, "app")
	g.Git(root, "rm", "-rqf", "--ignore-unmatch", ".")
	for name, content := range files {
		path, executable := strings.CutSuffix(name, "*")
		path = filepath.Join(root, path)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		target, link := strings.CutPrefix(content, "-> ")
		switch {
		case link:
			err = errors.Join(err, os.Symlink(target, path))
		case executable:
			err = errors.Join(err, os.WriteFile(path, []byte(content), 0o755))
		default:
			err = errors.Join(err, os.WriteFile(path, []byte(content), 0o644))
		}
		if err != nil {
			g.t.Fatal(err)
		}
	}
	g.Git(root, "add", "-A")
	g.Git(root, "commit", "-qm", message)
	return strings.TrimSpace(g.Git(root, "rev-parse", "HEAD"))
}
