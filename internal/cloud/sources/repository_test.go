package sources

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/sourcestest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/clone"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/git/smarthttp"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
	"github.com/penstock-ci/penstock/internal/execution"
)

// gitServer is git's own server in the place of CodeCommit and GitHub.
type gitServer struct{ *cloudtest.GitServer }

func newGitServer(t *testing.T) gitServer {
	t.Helper()
	return gitServer{cloudtest.StartGit(t)}
}

// account sends what is for CodeCommit and GitHub to the server, and everything else to moto, if it is there.
func (g gitServer) account(endpoint string) *cloud.Account {
	there := strings.TrimPrefix(g.URL, "http://")
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: endpoint, Change: cloudtest.Offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "github.com" || strings.HasPrefix(r.URL.Host, "git-codecommit.") {
				sent := r.Clone(r.Context())
				sent.URL.Scheme, sent.URL.Host = "http", there
				answer, err := next.Do(sent)
				if err == nil {
					answer.Request = r // it was not moved
				}
				return answer, err
			}
			return next.Do(r)
		})
	}})
}

// Sources is that of sourcestest.Repository.
func (g gitServer) Sources() source.Sources { return cloning(g.account("")) }

// cloning are sources whose repositories are read in this process.
func cloning(a *cloud.Account) *Sources { return New(a, clone.Fetch) }

// Request is that of sourcestest.Repository.
func (g gitServer) Request() source.Request {
	return source.Request{Stage: "Source", Action: "Checkout", Provider: "CodeCommit", Configuration: map[string]string{"RepositoryName": "app", "BranchName": "main"}}
}

// The contract, of ends that give a commit by its ID and of ends that give it only with its branch.
func TestRepositories(t *testing.T) {
	for name, settings := range map[string][]string{"by ID": {"uploadpack.allowReachableSHA1InWant", "true"}, "by branch": {"uploadpack.allowAnySHA1InWant", "false"}} {
		t.Run(name, func(t *testing.T) {
			sourcestest.Run(t, func(t *testing.T) sourcestest.Repository {
				g := newGitServer(t)
				g.Git(filepath.Join(g.Folder, "app"), append([]string{"config"}, settings...)...)
				return g
			})
		})
	}
}

// A branch is fetched without what was before, and nothing of it stays.
func TestShallow(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	g := newGitServer(t)
	g.Commit("one", map[string]string{"large": strings.Repeat("x", 100)})
	g.Commit("two", map[string]string{"small": "x", "latest": "-> small"})
	fetched, err := g.Sources().Fetch(t.Context(), g.Request())
	if err != nil {
		t.Fatal(err)
	}
	packs, err := filepath.Glob(filepath.Join(temporary, "penstock-source-*", "shallow"))
	if err != nil || len(packs) != 1 {
		t.Errorf("the history ends nowhere: %v, error %v", packs, err)
	}
	if err := fetched.Close(); err != nil {
		t.Fatal(err)
	}
	for _, branch := range []string{"main", "nothing"} {
		r := g.Request()
		r.Configuration["BranchName"] = branch
		if fetched, err := g.Sources().Fetch(t.Context(), r); err == nil {
			_ = fetched.Close()
		}
	}
	left, err := os.ReadDir(temporary)
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), "penstock-") {
			t.Errorf("%s stays, error %v", entry.Name(), err)
		}
	}
}

// CODEBUILD_CLONE_REF gives a whole clone, which git takes for one.
func TestWholeClone(t *testing.T) {
	g := newGitServer(t)
	g.Commit("one", map[string]string{"a": "a"})
	g.Git(filepath.Join(g.Folder, "app"), "tag", "v1")
	id := g.Commit("two", map[string]string{"a": "b", "run*": "x"})
	g.Git(filepath.Join(g.Folder, "app"), "branch", "other", "v1")
	r := sourceAction("CodeCommit", map[string]string{"RepositoryName": "app", "BranchName": "main", "OutputArtifactFormat": "CODEBUILD_CLONE_REF"})
	store := artifact.NewStore(objectstest.NewMemory())
	got, err := source.New(g.Sources(), store).Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := store.Unpack(t.Context(), got.Artifacts["Source"], folder); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		"rev-parse HEAD":        id,
		"status --porcelain":    "",
		"log --format=%s":       "two\none",
		"tag":                   "v1",
		"branch -r":             "origin/HEAD\n  origin/main\n  origin/other",
		"remote get-url origin": "https://git-codecommit." + cloudtest.Region + ".amazonaws.com/v1/repos/app",
		"fsck":                  "",
	} {
		if out := strings.TrimSpace(g.Git(folder, strings.Fields(command)...)); out != want {
			t.Errorf("git %s says %q, want %q", command, out, want)
		}
	}
}

// The password is that of AWS's own helper, whose example this is, and every request has it.
func TestCodeCommitPassword(t *testing.T) {
	at := url.URL{Scheme: "https", Host: "git-codecommit.us-west-2.amazonaws.com", Path: "/v1/repos/test_repo"}
	now := time.Date(2017, time.December, 24, 11, 53, 20, 0, time.UTC)
	const want = "20171224T115320Zb6df2d758a8023b2f000a546417007b65494f3ce8ad0300fd45fcfa173f1959a"
	if got := signGit(aws.Credentials{AccessKeyID: "access", SecretAccessKey: "secret"}, at, "us-west-2", now); got != want {
		t.Errorf("password %s, want %s", got, want)
	}
	g := newGitServer(t)
	g.Commit("one", map[string]string{"a": "a"})
	users := map[string]bool{}
	g.Accepts = func(user, password, _ string) bool { users[user] = true; return len(password) == len(want) }
	fetched, err := g.Sources().Fetch(t.Context(), g.Request())
	if err != nil {
		t.Fatal(err)
	}
	_ = fetched.Close()
	if diff := cmp.Diff(map[string]bool{"id": true}, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

// What is refused, broken or too large says so; what may pass is tried again.
func TestRefusedRepository(t *testing.T) {
	g := newGitServer(t)
	g.Commit("one", map[string]string{"a": "a"})
	g.Create("empty")
	for name, c := range map[string]struct {
		repository, branch, commit string
		status                     int
		code                       string
		says                       string
	}{
		"no branch":     {"app", "mian", "", 0, action.RevisionUnavailable, `repository "app" of CodeCommit has no branch "mian"; did you mean "main"?`},
		"no such":       {"app", "release", "", 0, action.RevisionUnavailable, `has no branch "release"; its branches are main`},
		"half a commit": {"app", "main", "abc", 0, action.RevisionUnavailable, `has no commit "abc"`},
		"no repository": {"other", "main", "", 0, action.ConfigurationError, `there is no repository "other" of CodeCommit`},
		"empty":         {"empty", "main", "", 0, action.RevisionUnavailable, `nothing is committed to repository "empty"`},
		"not allowed":   {"app", "main", "", 403, action.PermissionError, "the caller needs codecommit:GitPull on app"},
		"not known":     {"app", "main", "", 401, action.PermissionError, "the caller needs codecommit:GitPull on app"},
		"throttled":     {"app", "main", "", 429, "", `fetch repository "app" of CodeCommit`},
		"broken":        {"app", "main", "", 502, "", `fetch repository "app" of CodeCommit`},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.account("")
			if c.status != 0 {
				a = cloud.New(cloud.Config{Region: cloudtest.Region, Change: cloudtest.Offline, Through: func(aws.HTTPClient) aws.HTTPClient {
					return cloudtest.Sender(func(r *http.Request) (*http.Response, error) { return cloudtest.Refuses(r, c.status, "x"), nil })
				}})
			}
			r := g.Request()
			r.CommitID = c.commit
			r.Configuration = map[string]string{"RepositoryName": c.repository, "BranchName": c.branch}
			_, err := cloning(a).Fetch(t.Context(), r)
			var ended *action.Failure
			if errors.As(err, &ended) != (c.code != "") || ended != nil && ended.Code != c.code || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %s and %q", err, c.code, c.says)
			}
			if code := execution.CodeOf(err); c.code == "" && code != execution.Throttled && code != execution.Unavailable {
				t.Errorf("error %v is not tried again", err)
			}
		})
	}
}

// What does not fit into the folder for temporary files is not taken.
func TestLargeRepository(t *testing.T) {
	g := newGitServer(t)
	id := g.Commit("one", map[string]string{"a": string(cloudtest.Pattern(20_000))})
	for _, commit := range []string{"", id} {
		repository := git.Repository{URL: g.URL + "/app", Name: `repository "app"`, Limit: 10_000}
		_, err := clone.Fetch(t.Context(), smarthttp.New(http.DefaultClient, repository), repository, git.Revision{Branch: "main", CommitID: commit})
		var ended *action.Failure
		if !errors.As(err, &ended) || !strings.HasPrefix(ended.Message, `repository "app" is larger than the 10 kB that are fetched here: `) {
			t.Errorf("commit %q: error %v", commit, err)
		}
	}
}

// An answer that breaks off is tried again, wherever it does.
func TestBrokenFetch(t *testing.T) {
	g := newGitServer(t)
	g.Commit("one", map[string]string{"a": string(cloudtest.Pattern(20_000))})
	for _, most := range []int64{0, 10, 300, 5_000} {
		whole := g.account("")
		loaded, err := whole.SDK()
		if err != nil {
			t.Fatal(err)
		}
		a := cloud.New(cloud.Config{Region: cloudtest.Region, Change: cloudtest.Offline, Through: func(aws.HTTPClient) aws.HTTPClient {
			return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
				answer, err := loaded.HTTPClient.Do(r)
				if err == nil && r.Method == http.MethodPost {
					answer.Body = &cloudtest.Breaking{Closer: answer.Body, R: io.LimitReader(answer.Body, most)}
				}
				return answer, err
			})
		}})
		if _, err := cloning(a).Fetch(t.Context(), g.Request()); err == nil {
			t.Errorf("after %d bytes: fetched", most)
		} else if code := execution.CodeOf(err); code != execution.Unavailable {
			t.Errorf("after %d bytes: error %v has code %s, want %s", most, err, code, execution.Unavailable)
		}
	}
}

// The token of a source of GitHub comes out of a secret, by its key; nothing tells it.
func gitHubSource(t *testing.T, m moto) {
	g := newGitServer(t)
	id := g.Commit("one", map[string]string{"a": "a"})
	if err := os.Rename(filepath.Join(g.Folder, "app"), filepath.Join(g.Folder, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(g.Folder, "acme"), 0o755), os.Rename(filepath.Join(g.Folder, "moved"), filepath.Join(g.Folder, "acme", "app"))); err != nil {
		t.Fatal(err)
	}
	g.Accepts = func(_, password, path string) bool {
		return password == "hush-hush" && strings.HasPrefix(path, "/acme/app.git/")
	}
	manager := m.account().Service(wire.Service{ID: "Secrets Manager", Prefix: "secretsmanager", Protocol: wire.JSON11, Model: "secretsmanager"})
	for name, value := range map[string]string{"github": `{"token":"hush-hush","number":1}`, "plain": "hush-hush", "old": "hush-never"} {
		in := map[string]string{"Name": name, "SecretString": value, "ClientRequestToken": cloudtest.IDs{}.NewID()}
		if err := manager.Call(t.Context(), "CreateSecret", in, nil); err != nil {
			t.Fatal(err)
		}
	}
	for token, c := range map[string]struct{ code, says string }{
		"{{resolve:secretsmanager:github:SecretString:token}}":  {},
		"{{resolve:secretsmanager:plain}}":                      {},
		"{{resolve:secretsmanager:old}}":                        {action.PermissionError, `repository "acme/app" of GitHub may not be read: the token in secret old must be valid`},
		"{{resolve:secretsmanager:github:SecretString:other}}":  {action.ConfigurationError, `secret github has no key "other"`},
		"{{resolve:secretsmanager:github:SecretString:number}}": {action.ConfigurationError, `secret github has no key "number" whose value is a text`},
		"{{resolve:secretsmanager:plain:SecretString:token}}":   {action.ConfigurationError, "secret plain is no JSON object"},
		"{{resolve:secretsmanager:nothing}}":                    {action.ConfigurationError, "read secret nothing: "},
		"hush-hush":                                             {action.ConfigurationError, "is no reference to a secret"},
		"****":                                                  {action.ConfigurationError, "is no reference to a secret"},
	} {
		t.Run(token, func(t *testing.T) {
			r := sourceAction("GitHub", map[string]string{"Owner": "acme", "Repo": "app", "Branch": "main", "OAuthToken": token})
			got, err := source.New(cloning(g.account(m.endpoint)), artifact.NewStore(objectstest.NewMemory())).Start(t.Context(), r)
			var ended *action.Failure
			if errors.As(err, &ended) != (c.code != "") || ended != nil && ended.Code != c.code || (err == nil) != (c.code == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want %s and %q", err, c.code, c.says)
			}
			if err != nil {
				if strings.Contains(err.Error(), "hush") {
					t.Errorf("%v tells the token", err)
				}
				return
			}
			if got.Variables["CommitId"] != id || got.Variables["CommitUrl"] != "https://github.com/acme/app/commit/"+id || got.Variables["BranchName"] != "main" {
				t.Errorf("variables %v", got.Variables)
			}
			if told := fmt.Sprint(got, r.Log); strings.Contains(told, "hush") {
				t.Errorf("the token is told: %s", told)
			}
		})
	}
}
