package sources

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/git/smarthttp"
	"github.com/penstock-ci/penstock/internal/cloud/secrets"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// maxClone is what is taken of a repository at most: it lies in the /tmp of the function that fetches sources, which has 2 GB.
const maxClone = 1_500_000_000

// packing is how long the other end may look for what it sends before it begins to.
const packing = 3 * time.Minute

// fetchCodeCommit fetches over git's own protocol: the API gives one file a call, and none above 6 MB (GetFile).
func (s *Sources) fetchCodeCommit(ctx context.Context, r source.Request) (source.Fetched, error) {
	name := r.Configuration["RepositoryName"]
	loaded, err := s.account.SDK()
	if err != nil {
		return source.Fetched{}, err
	}
	caller, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return source.Fetched{}, s.account.Failed("fetch repository "+name, err)
	}
	at := url.URL{Scheme: "https", Host: "git-codecommit." + loaded.Region + "." + wire.Domain(loaded.Region), Path: "/v1/repos/" + name}
	user := caller.AccessKeyID
	if caller.SessionToken != "" {
		user += "%" + caller.SessionToken
	}
	now := time.Now() //nolint:forbidigo // signatures are held against the wall clock, as those of the SDK
	who := cmp.Or(s.account.Role(), "the caller")
	return s.clone(ctx, git.Repository{
		URL: at.String(), User: user, Password: signGit(caller, at, loaded.Region, now), Limit: maxClone,
		Name: codeCommitRepository(name), Denied: needsGitPull(who, name),
	}, revision(r, r.Configuration["BranchName"]))
}

// fetchGitHub fetches with the token that the configuration refers to; it never is in the configuration itself.
func (s *Sources) fetchGitHub(ctx context.Context, r source.Request) (source.Fetched, error) {
	reference, is := catalogue.ParseSecret(r.Configuration["OAuthToken"])
	if !is {
		return source.Fetched{}, tokenWritten(r)
	}
	token, err := secrets.Read(ctx, s.account, reference)
	if err := cloud.Failure(err, action.ConfigurationError); err != nil {
		return source.Fetched{}, err
	}
	name := r.Configuration["Owner"] + "/" + r.Configuration["Repo"]
	at := url.URL{Scheme: "https", Host: "github.com", Path: "/" + name + ".git"}
	return s.clone(ctx, git.Repository{
		URL: at.String(), User: "x-access-token", Password: token, Limit: maxClone,
		Name: gitHubRepository(name), Denied: needsToken(reference, name),
	}, revision(r, r.Configuration["Branch"]))
}

func (s *Sources) clone(ctx context.Context, r git.Repository, wanted git.Revision) (source.Fetched, error) {
	loaded, err := s.account.SDK()
	if err != nil {
		return source.Fetched{}, err
	}
	return s.fetch(ctx, smarthttp.New(gitClient(loaded), r), r, wanted)
}

func revision(r source.Request, branch string) git.Revision {
	return git.Revision{Branch: branch, CommitID: r.CommitID, History: r.Configuration["OutputArtifactFormat"] == source.CloneFormat}
}

// signGit is the password that CodeCommit takes of who has credentials of IAM: Signature Version 4 of the method GIT, with no
// body, no query and the host as the only header, behind the time of it. It is good for some minutes.
func signGit(caller aws.Credentials, at url.URL, region string, now time.Time) string {
	stamp := now.UTC().Format("20060102T150405")
	scope := []string{stamp[:8], region, "codecommit", "aws4_request"}
	canonical := sha256.Sum256([]byte("GIT\n" + at.EscapedPath() + "\n\nhost:" + at.Host + "\n\nhost\n"))
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + strings.Join(scope, "/") + "\n" + hex.EncodeToString(canonical[:])
	key := []byte("AWS4" + caller.SecretAccessKey)
	for _, part := range append(scope, text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return stamp + "Z" + hex.EncodeToString(key)
}

// gitClient sends as the SDK does: through the same proxy, trusting the same certificates.
func gitClient(loaded aws.Config) *http.Client {
	client := loaded.HTTPClient
	if own, is := client.(*awshttp.BuildableClient); is {
		client = own.WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = packing })
	}
	return &http.Client{Transport: roundTripper{client}}
}

type roundTripper struct{ client aws.HTTPClient }

// RoundTrip is that of http.RoundTripper.
func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	return r.client.Do(request)
}
