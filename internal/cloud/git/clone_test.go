package git_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/sourcestest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/cloud/clone"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/git/smarthttp"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// build builds the program that lies beside fetch-source. It takes any URL, so it reaches a server on the loopback.
func build(t *testing.T) git.Fetch {
	t.Helper()
	out := filepath.Join(t.TempDir(), "clone")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", out, "github.com/penstock-ci/penstock/functions/fetch-source/clone")
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return git.Program(out)
}

// TestClone holds the program against a fetch in this process.
func TestClone(t *testing.T) {
	program := build(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Run("the contract of sources", func(t *testing.T) {
		sourcestest.Run(t, func(t *testing.T) sourcestest.Repository {
			return sources{cloudtest.StartGit(t), unzipping(t, program)}
		})
	})
	t.Run("the same artifact", func(t *testing.T) { sameArtifact(t, program) })
	t.Run("the same failures", func(t *testing.T) { sameFailures(t, program) })
	t.Run("canceled", func(t *testing.T) { canceled(t, program) })
	left, err := filepath.Glob(filepath.Join(temporary, "penstock-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%s stay, error %v", left, err)
	}
}

// sources are those of repositories on a server, by a way to fetch.
type sources struct {
	*cloudtest.GitServer
	fetch git.Fetch
}

// Sources is that of sourcestest.Repository.
func (s sources) Sources() source.Sources { return s }

// Request is that of sourcestest.Repository.
func (s sources) Request() source.Request {
	return source.Request{Stage: "Source", Action: "Checkout", Provider: "CodeCommit", Configuration: map[string]string{"RepositoryName": "app", "BranchName": "main"}}
}

// Fetch is that of source.Sources.
func (s sources) Fetch(ctx context.Context, r source.Request) (source.Fetched, error) {
	name := r.Configuration["RepositoryName"]
	return fetch(ctx, s.fetch, repository(s.URL+"/"+name), git.Revision{
		Branch: r.Configuration["BranchName"], CommitID: r.CommitID, History: r.Configuration["OutputArtifactFormat"] == source.CloneFormat,
	})
}

// fetch fetches what a client reaches.
func fetch(ctx context.Context, by git.Fetch, r git.Repository, wanted git.Revision) (source.Fetched, error) {
	return by(ctx, smarthttp.New(http.DefaultClient, r), r, wanted)
}

func repository(url string) git.Repository {
	return git.Repository{URL: url, User: "u", Password: "hush", Name: `repository "app"`, Denied: "ann needs more", Limit: 1 << 20}
}

// unzipping fetches files where fetch fetches a zip of them: the contract is about files.
func unzipping(t *testing.T, by git.Fetch) git.Fetch {
	return func(ctx context.Context, remote git.Remote, r git.Repository, wanted git.Revision) (source.Fetched, error) {
		f, err := by(ctx, remote, r, wanted)
		if err != nil {
			return f, err
		}
		store := artifact.NewStore(objectstest.NewMemory())
		stored, err := store.PutBody(ctx, f.Object, artifact.Location{Bucket: "b", Key: "k"})
		if err != nil {
			return source.Fetched{}, errors.Join(err, f.Close())
		}
		zip, err := store.OpenZip(ctx, stored)
		if err != nil {
			return source.Fetched{}, errors.Join(err, f.Close())
		}
		t.Cleanup(func() { _ = zip.Close() })
		f.Object, f.Files = nil, zip.Files
		return f, nil
	}
}

// One action stores the same bytes and says the same, whichever way its repository is fetched.
func sameArtifact(t *testing.T, program git.Fetch) {
	g := cloudtest.StartGit(t)
	g.Commit("one", map[string]string{"old": "x"})
	g.Commit("two\n\nwith <&> and \u00fc", map[string]string{
		"README": "two", "bin/run*": "#!/bin/sh\n", "latest": "-> bin/run", "large": string(cloudtest.Pattern(700_000)),
		".gitattributes": "*.lfs filter=lfs\n", "big.lfs": "version https://git-lfs.github.com/spec/v1\n",
	})
	for _, format := range []string{"CODE_ZIP", source.CloneFormat} {
		var outcomes [2]action.Outcome
		var logs [2]string
		for i, by := range []git.Fetch{clone.Fetch, program} {
			log := &cloudtest.Log{}
			r := action.Request{
				Stage: "Source", Log: log, Outputs: []action.Output{{Name: "Source", Location: artifact.Location{Bucket: "artifacts", Key: "k"}}},
				Action:        &pipeline.Action{Name: pipeline.Text{Value: "Checkout"}, ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: "CodeCommit"}}},
				Configuration: map[string]string{"RepositoryName": "app", "BranchName": "main", "OutputArtifactFormat": format},
			}
			var err error
			if outcomes[i], err = source.New(sources{g, by}, artifact.NewStore(objectstest.NewMemory())).Start(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			logs[i] = log.String()
		}
		if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
			t.Errorf("%s (-in process +program):\n%s", format, diff)
		}
		if logs[0] != logs[1] || !strings.Contains(logs[0], "6 files") || !strings.Contains(logs[0], "note: big.lfs is a Git LFS pointer") {
			t.Errorf("%s: the log is\n%sand in process\n%s", format, logs[1], logs[0])
		}
	}
}

func sameFailures(t *testing.T, program git.Fetch) {
	g, large := cloudtest.StartGit(t), cloudtest.StartGit(t)
	g.Commit("one", map[string]string{"a": "a"})
	g.Create("empty")
	large.Commit("one", map[string]string{"large": string(cloudtest.Pattern(2 << 20))})
	for name, c := range map[string]struct {
		url, branch, commit string
		failure             string
		code                execution.Code
	}{
		"no branch":     {g.URL + "/app", "mian", "", action.RevisionUnavailable, execution.Internal},
		"no commit":     {g.URL + "/app", "main", strings.Repeat("1", 40), action.RevisionUnavailable, execution.Internal},
		"no repository": {g.URL + "/other", "main", "", action.ConfigurationError, execution.Internal},
		"empty":         {g.URL + "/empty", "main", "", action.RevisionUnavailable, execution.Internal},
		"too large":     {large.URL + "/app", "main", "", action.RevisionUnavailable, execution.Internal},
		"not allowed":   {answering(t, 403, ""), "main", "", action.PermissionError, execution.Internal},
		"throttled":     {answering(t, 429, ""), "main", "", "", execution.Throttled},
		"broken":        {answering(t, 502, ""), "main", "", "", execution.Unavailable},
		"no git":        {answering(t, 200, "<html>"), "main", "", "", execution.Internal},
		"nobody there":  {nobody, "main", "", "", execution.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			var said [2]string
			for i, by := range []git.Fetch{clone.Fetch, program} {
				_, err := fetch(t.Context(), by, repository(c.url), git.Revision{Branch: c.branch, CommitID: c.commit})
				var failure *action.Failure
				if errors.As(err, &failure) != (c.failure != "") || failure != nil && failure.Code != c.failure || err == nil || execution.CodeOf(err) != c.code {
					t.Fatalf("error %v, failure %v; want %s %s", err, failure, c.failure, c.code)
				}
				said[i] = err.Error()
			}
			if name != "nobody there" && said[0] != said[1] { // there the port of this end is told
				t.Errorf("the program says\n%s\nand in process it is\n%s", said[1], said[0])
			}
		})
	}
}

// answering is the URL of a server that answers everything the same.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/app"
}

// nobody is the URL of a server that is not there. No process is given port 1 because it asked for any; one that a server has
// left may be somebody else's by now.
const nobody = "http://127.0.0.1:1/app"

// A fetch that is canceled while the other end is asked ends, and its program with it.
func canceled(t *testing.T, program git.Fetch) {
	g := cloudtest.StartGit(t)
	g.Commit("one", map[string]string{"a": "a"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g.Accepts = func(string, string, string) bool { cancel(); return true }
	if _, err := fetch(ctx, program, repository(g.URL+"/app"), git.Revision{Branch: "main"}); !errors.Is(err, context.Canceled) || execution.CodeOf(err) != execution.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// The program says what is wrong with what it is asked.
func TestProgramAlone(t *testing.T) {
	var out, complaints bytes.Buffer
	status := git.Answer(t.Context(), clone.Fetch, git.Streams{In: strings.NewReader("hello"), Out: &out, Err: &complaints})
	if status == 0 || out.Len() > 0 || !strings.Contains(complaints.String(), "a line of JSON on the standard input") {
		t.Errorf("status %d, output %q, error %q", status, &out, &complaints)
	}
}
