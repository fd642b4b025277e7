package source_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// fixed is a Sources with one revision of one source.
type fixed struct {
	fetched source.Fetched
	err     error
}

func (f fixed) Fetch(_ context.Context, r source.Request) (source.Fetched, error) {
	if r.Stage != "Source" || r.Action != "Checkout" {
		return source.Fetched{}, errors.New("another source was asked for")
	}
	return f.fetched, f.err
}

func files(content map[string]string) []artifact.File {
	all := []artifact.File{}
	for name, text := range content {
		all = append(all, artifact.File{Path: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	return all
}

func commit() *source.Commit {
	at := time.Date(2026, time.March, 4, 5, 6, 7, 0, time.FixedZone("", 3600))
	return &source.Commit{ID: "1f2e3d4c5b6a79880123456789abcdef01234567", Branch: "main", Message: "Add health check\n\nMore.\n", Author: at, Committer: at.Add(time.Hour)}
}

// memoryLog is an action's log in memory.
type memoryLog struct{ bytes.Buffer }

func (*memoryLog) Close() error { return nil }

func request(provider string, configuration map[string]string) (action.Request, *memoryLog) {
	log := &memoryLog{}
	return action.Request{
		Stage: "Source",
		Action: &pipeline.Action{
			Name:         pipeline.Text{Value: "Checkout"},
			ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: provider}},
		},
		Configuration: configuration,
		Outputs:       []action.Output{{Name: "SourceArtifact", Location: artifact.Location{Bucket: "artifacts", Key: "k"}}},
		Log:           log,
	}, log
}

const imageDetail = `{"ImageSizeInBytes":"1","ImageDigest":"sha256:0123456789abcdef0123","Version":"1.0","RegistryId":"111122223333","RepositoryName":"app","ImageURI":"111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:0123456789abcdef0123","ImageTags":["latest"]}`

func TestProviders(t *testing.T) {
	created := time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)
	withCommit := source.Fetched{Files: files(map[string]string{"a": "a", "b": "b"}), Commit: commit()}
	modified := withCommit
	modified.Modified = true
	detached := withCommit
	detached.Commit = commit()
	detached.Commit.Branch = ""
	folder := source.Fetched{Files: files(map[string]string{"a": "a"})}
	// The digests of the artifacts, which are deterministic.
	const digest = "DIGEST"
	for _, c := range []struct {
		name          string
		provider      string
		configuration map[string]string
		fetched       source.Fetched
		summary       string
		variables     map[string]string
		revision      action.Revision
	}{
		{
			"CodeCommit", "CodeCommit",
			map[string]string{"RepositoryName": "service", "BranchName": "main"},
			withCommit,
			`main 1f2e3d4 "Add health check"`,
			map[string]string{"RepositoryName": "service", "BranchName": "main", "CommitId": commit().ID, "CommitMessage": "Add health check\n\nMore.", "AuthorDate": "2026-03-04T04:06:07Z", "CommitterDate": "2026-03-04T05:06:07Z"},
			action.Revision{ID: commit().ID, ChangeIdentifier: commit().ID, Summary: "Add health check\n\nMore.", Created: created},
		},
		{
			"connection with changes", "CodeStarSourceConnection",
			map[string]string{"ConnectionArn": "arn:c", "FullRepositoryId": "example/service", "BranchName": "main"},
			modified,
			`main 1f2e3d4 "Add health check" + uncommitted changes`,
			map[string]string{"ConnectionArn": "arn:c", "FullRepositoryName": "example/service", "BranchName": "main", "CommitId": commit().ID, "CommitMessage": "Add health check\n\nMore.", "AuthorDate": "2026-03-04T04:06:07Z"},
			action.Revision{ID: commit().ID, ChangeIdentifier: digest, Summary: "Add health check\n\nMore. + uncommitted changes", Created: created},
		},
		{
			"a clone that is none", "CodeStarSourceConnection",
			map[string]string{"ConnectionArn": "arn:c", "FullRepositoryId": "example/service", "BranchName": "main", "OutputArtifactFormat": "CODEBUILD_CLONE_REF"},
			withCommit,
			`main 1f2e3d4 "Add health check" (as a zip without .git)`,
			map[string]string{"ConnectionArn": "arn:c", "FullRepositoryName": "example/service", "BranchName": "main", "CommitId": commit().ID, "CommitMessage": "Add health check\n\nMore.", "AuthorDate": "2026-03-04T04:06:07Z"},
			action.Revision{ID: commit().ID, ChangeIdentifier: commit().ID, Summary: "Add health check\n\nMore.", Created: created},
		},
		{
			"GitHub, no branch checked out", "GitHub",
			map[string]string{"Owner": "example", "Repo": "service", "Branch": "release"},
			detached,
			`release 1f2e3d4 "Add health check"`,
			map[string]string{"RepositoryName": "service", "BranchName": "release", "CommitId": commit().ID, "CommitMessage": "Add health check\n\nMore.", "AuthorDate": "2026-03-04T04:06:07Z", "CommitterDate": "2026-03-04T05:06:07Z", "CommitUrl": "https://github.com/example/service/commit/" + commit().ID},
			action.Revision{ID: commit().ID, ChangeIdentifier: commit().ID, Summary: "Add health check\n\nMore.", URL: "https://github.com/example/service/commit/" + commit().ID, Created: created},
		},
		{
			"a provider of one's own", "Forge",
			map[string]string{"Branch": "trunk"},
			detached,
			`trunk 1f2e3d4 "Add health check"`,
			map[string]string{"BranchName": "trunk", "CommitId": commit().ID, "CommitMessage": "Add health check\n\nMore.", "AuthorDate": "2026-03-04T04:06:07Z", "CommitterDate": "2026-03-04T05:06:07Z"},
			action.Revision{ID: commit().ID, ChangeIdentifier: commit().ID, Summary: "Add health check\n\nMore.", Created: created},
		},
		{
			"a folder without commit", "CodeCommit",
			map[string]string{"RepositoryName": "service", "BranchName": "main"},
			folder,
			"no commit, content DIGEST7",
			map[string]string{"RepositoryName": "service", "BranchName": "main", "CommitId": "DIGEST40", "CommitMessage": "", "AuthorDate": "", "CommitterDate": ""},
			action.Revision{ID: "DIGEST40", ChangeIdentifier: "DIGEST40"},
		},
		{
			"S3", "S3",
			map[string]string{"S3Bucket": "in", "S3ObjectKey": "app.zip"},
			source.Fetched{Object: strings.NewReader("PK")},
			"s3://in/app.zip version DIGEST16",
			map[string]string{"BucketName": "in", "ObjectKey": "app.zip", "VersionId": "DIGEST16", "ETag": "DIGEST32"},
			action.Revision{ID: "DIGEST16", ChangeIdentifier: "DIGEST32", Summary: "Amazon S3 version id: DIGEST16"},
		},
		{
			"ECR", "ECR",
			map[string]string{"RepositoryName": "app"},
			source.Fetched{Files: files(map[string]string{"imageDetail.json": imageDetail, "README": "x"})},
			"app:latest sha256:0123456...",
			map[string]string{"ImageDigest": "sha256:0123456789abcdef0123", "ImageTag": "latest", "ImageURI": "111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:0123456789abcdef0123", "RegistryId": "111122223333", "RepositoryName": "app"},
			action.Revision{ID: "sha256:0123456789abcdef0123", Summary: "111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:0123456789abcdef0123"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Encrypted, so that what is said of a source cannot come from how it is stored.
			provider := source.New(fixed{fetched: c.fetched}, artifact.NewStore(envelope.New(objectstest.NewMemory(), newKey(t))))
			r, _ := request(c.provider, c.configuration)
			got, err := provider.Start(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			sha := got.Artifacts["SourceArtifact"].SHA256
			fill := strings.NewReplacer("DIGEST40", sha[:40], "DIGEST32", sha[:32], "DIGEST16", sha[:16], "DIGEST7", sha[:7], digest, sha).Replace
			for key, value := range c.variables {
				c.variables[key] = fill(value)
			}
			c.revision.ID, c.revision.ChangeIdentifier, c.revision.Summary = fill(c.revision.ID), fill(c.revision.ChangeIdentifier), fill(c.revision.Summary)
			want := action.Outcome{Summary: fill(c.summary), Variables: c.variables, Revision: &c.revision, Artifacts: got.Artifacts}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if want := variablesOf(t, c.provider); c.provider != "Forge" && want != len(got.Variables) {
				t.Errorf("%d variables, the catalogue has %d", len(got.Variables), want)
			}
		})
	}
}

func newKey(t *testing.T) *envelope.Key {
	t.Helper()
	key, err := envelope.NewKey(envelope.Secret{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// variablesOf counts the output variables that the catalogue gives a provider.
func variablesOf(t *testing.T, provider string) int {
	t.Helper()
	for _, row := range catalogue.ActionTypes() {
		if row.Category == "Source" && row.Provider == provider {
			return len(row.Variables)
		}
	}
	return 0
}

func TestLogAndArtifact(t *testing.T) {
	objects := objectstest.NewMemory()
	store := artifact.NewStore(objects)
	provider := source.New(fixed{fetched: source.Fetched{Files: files(map[string]string{"imageDetail.json": imageDetail, "README": "x"})}}, store)
	r, log := request("ECR", nil)
	got, err := provider.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if want := "app:latest sha256:0123456...\nSourceArtifact: 1 file, "; !strings.HasPrefix(log.String(), want) {
		t.Errorf("log %q, want %q", log, want)
	}
	z, err := store.OpenZip(t.Context(), got.Artifacts["SourceArtifact"])
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.Files) != 1 || z.Files[0].Path != "imageDetail.json" {
		t.Errorf("the artifact holds %v", z.Files)
	}
}

// asking is a Sources that remembers what it was asked for.
type asking struct {
	fixed
	asked *source.Request
}

func (a asking) Fetch(ctx context.Context, r source.Request) (source.Fetched, error) {
	*a.asked = r
	return a.fixed.Fetch(ctx, r)
}

// TestOverrides asks for other revisions than the newest ones.
func TestOverrides(t *testing.T) {
	const other = "sha256:fedcba9876543210fedc"
	for name, c := range map[string]struct {
		provider  string
		override  action.Override
		fetched   source.Fetched
		asked     func(source.Request) string
		variables map[string]string
	}{
		"a commit": {
			"CodeCommit",
			action.Override{Type: "COMMIT_ID", Value: "abc"},
			source.Fetched{Files: files(map[string]string{"a": "a"}), Commit: commit()},
			func(r source.Request) string { return r.CommitID },
			map[string]string{"CommitId": commit().ID},
		},
		"a version": {
			"S3",
			action.Override{Type: "S3_OBJECT_VERSION_ID", Value: "v1"},
			source.Fetched{Object: strings.NewReader("PK")},
			func(r source.Request) string { return r.ObjectVersion },
			map[string]string{"ObjectKey": "k"},
		},
		"a key": {
			"S3",
			action.Override{Type: "S3_OBJECT_KEY", Value: "other.zip"},
			source.Fetched{Object: strings.NewReader("PK")},
			func(r source.Request) string { return r.Configuration["S3ObjectKey"] },
			map[string]string{"ObjectKey": "other.zip"},
		},
		"an image": {
			"ECR",
			action.Override{Type: "IMAGE_DIGEST", Value: other},
			source.Fetched{Files: files(map[string]string{"imageDetail.json": imageDetail})},
			func(r source.Request) string { return r.ImageDigest },
			map[string]string{"ImageDigest": other, "ImageURI": "111122223333.dkr.ecr.us-east-1.amazonaws.com/app@" + other},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked source.Request
			store := artifact.NewStore(objectstest.NewMemory())
			r, _ := request(c.provider, map[string]string{"S3Bucket": "in", "S3ObjectKey": "k"})
			r.Overrides = []action.Override{c.override}
			got, err := source.New(asking{fixed{fetched: c.fetched}, &asked}, store).Start(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if c.asked(asked) != c.override.Value || r.Configuration["S3ObjectKey"] != "k" {
				t.Errorf("asked for %+v, configuration %v", asked, r.Configuration)
			}
			for key, want := range c.variables {
				if got.Variables[key] != want {
					t.Errorf("%s is %q, want %q", key, got.Variables[key], want)
				}
			}
			if c.provider == "ECR" {
				wantDetail(t, store, got.Artifacts["SourceArtifact"], other)
			}
		})
	}
}

// wantDetail wants an artifact with an imageDetail.json about one image, which says nothing of another.
func wantDetail(t *testing.T, store *artifact.Store, object artifact.Object, digest string) {
	t.Helper()
	z, err := store.OpenZip(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	content, err := z.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(content)
	want := `{"ImageDigest":"` + digest + `","ImageURI":"111122223333.dkr.ecr.us-east-1.amazonaws.com/app@` + digest + `","RegistryId":"111122223333","RepositoryName":"app","Version":"1.0"}`
	if err != nil || string(text) != want {
		t.Errorf("imageDetail.json is %s, want %s", text, want)
	}
}

// TestLogOfFiles says what is in the artifact, and what would not be on AWS.
func TestLogOfFiles(t *testing.T) {
	withLink := append(files(map[string]string{"a": "a"}), artifact.File{Path: "b", Link: "a"})
	withGit := append(files(map[string]string{".git/HEAD": "x"}), withLink...)
	for name, c := range map[string]struct {
		provider string
		fetched  source.Fetched
		want     string
	}{
		"CodeCommit": {"CodeCommit", source.Fetched{Files: withLink, Notes: []string{"one", "two"}}, "SourceArtifact: 2 files, SIZE\nnote: one\nnote: two\n"},
		"connection": {
			"CodeStarSourceConnection",
			source.Fetched{Files: withLink},
			"SourceArtifact: 2 files, SIZE\nnote: one of the files is a symbolic link, which CodePipeline leaves out of its zip; OutputArtifactFormat CODEBUILD_CLONE_REF keeps them\n",
		},
		"clone": {"CodeStarSourceConnection", source.Fetched{Files: withGit, Clone: true}, "SourceArtifact: 2 files, and the .git of a clone, SIZE\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := request(c.provider, map[string]string{"OutputArtifactFormat": "CODEBUILD_CLONE_REF"})
			stored, err := source.New(fixed{fetched: c.fetched}, artifact.NewStore(objectstest.NewMemory())).Start(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(c.want, "SIZE", artifact.Bytes(stored.Artifacts["SourceArtifact"].Size))
			if _, got, _ := strings.Cut(log.String(), "\n"); got != want {
				t.Errorf("log (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

func TestLongMessage(t *testing.T) {
	c := commit()
	c.Message = strings.Repeat("é", 100_000)
	provider := source.New(fixed{fetched: source.Fetched{Files: files(map[string]string{"a": "a"}), Commit: c, Modified: true}}, artifact.NewStore(objectstest.NewMemory()))
	r, _ := request("CodeCommit", nil)
	got, err := provider.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Variables["CommitMessage"]); n > 100<<10 || n < 100<<10-2 {
		t.Errorf("the message has %d bytes", n)
	}
	if n := len(got.Revision.Summary); n > 2048 || !strings.HasSuffix(got.Revision.Summary, "é... + uncommitted changes") {
		t.Errorf("the summary has %d bytes and ends in %q", n, got.Revision.Summary[n-40:])
	}
	if n := len([]rune(got.Summary)); n > 100 {
		t.Errorf("the line for people has %d characters", n)
	}
}

type closer struct{ closed bool }

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestFailures(t *testing.T) {
	unavailable := action.Fail(action.RevisionUnavailable, "no such branch")
	for _, c := range []struct {
		name, provider string
		sources        fixed
		code           string
	}{
		{"what the source says", "CodeCommit", fixed{err: unavailable}, action.RevisionUnavailable},
		{"no image", "ECR", fixed{fetched: source.Fetched{Files: files(map[string]string{"Dockerfile": "x"})}}, action.ConfigurationError},
		{"an image that is none", "ECR", fixed{fetched: source.Fetched{Files: files(map[string]string{"imageDetail.json": "{}"})}}, action.ConfigurationError},
		{"an image that is no JSON", "ECR", fixed{fetched: source.Fetched{Files: files(map[string]string{"imageDetail.json": "x"})}}, action.ConfigurationError},
	} {
		t.Run(c.name, func(t *testing.T) {
			closed := &closer{}
			c.sources.fetched.Closer = closed
			objects := objectstest.NewMemory()
			r, _ := request(c.provider, nil)
			_, err := source.New(c.sources, artifact.NewStore(objects)).Start(t.Context(), r)
			var failure *action.Failure
			if !errors.As(err, &failure) || failure.Code != c.code {
				t.Errorf("error %v, want a failure %s", err, c.code)
			}
			if fetched := c.sources.err == nil && c.provider == "ECR"; closed.closed != fetched {
				t.Errorf("closed is %v, want %v", closed.closed, fetched)
			}
			if keys := objects.Keys("artifacts"); len(keys) > 0 {
				t.Errorf("stored %v", keys)
			}
		})
	}
}

// FuzzImageDetail reads what somebody wrote as imageDetail.json: it is an image or a failure, and what is stored of another
// image says nothing of this one.
func FuzzImageDetail(f *testing.F) {
	f.Add(imageDetail, "sha256:fedc")
	f.Add(`{"ImageDigest":"d","ImageURI":"host:5000/app:1","ImageTags":[]}`, "")
	f.Add(`{"ImageDigest":1}`, "d")
	f.Add(`[]`, "d")
	f.Add(`null`, "")
	f.Fuzz(func(t *testing.T, text, digest string) {
		r, _ := request("ECR", nil)
		if digest != "" {
			r.Overrides = []action.Override{{Type: "IMAGE_DIGEST", Value: digest}}
		}
		fetched := source.Fetched{Files: files(map[string]string{"imageDetail.json": text})}
		got, err := source.New(fixed{fetched: fetched}, artifact.NewStore(objectstest.NewMemory())).Start(t.Context(), r)
		var failure *action.Failure
		switch {
		case err != nil && !errors.As(err, &failure):
			t.Errorf("error %v, want a failure", err)
		case err == nil && got.Variables["ImageDigest"] == "", err == nil && digest != "" && got.Variables["ImageDigest"] != digest:
			t.Errorf("variables %v, asked for %q", got.Variables, digest)
		}
	})
}
