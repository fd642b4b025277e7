package sources_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/local/objects"
	"github.com/penstock-ci/penstock/internal/local/sources"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestImage(t *testing.T) {
	for name, c := range map[string]struct {
		binding sources.Binding
		want    source.Image
	}{
		"of this account": {
			sources.Binding{Image: "app", Digest: digest},
			source.Image{Digest: digest, Version: "1.0", RegistryID: "000000000000", Repository: "app", URI: "000000000000.dkr.ecr.us-east-1.amazonaws.com/app@" + digest},
		},
		"of another": {
			sources.Binding{Image: "app", Digest: digest, URI: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"},
			source.Image{Digest: digest, Version: "1.0", RegistryID: "111122223333", Repository: "app", URI: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"},
		},
		"elsewhere": {
			sources.Binding{Image: "app", Digest: digest, URI: "localhost:5000/app:1"},
			source.Image{Digest: digest, Version: "1.0", RegistryID: "000000000000", Repository: "app", URI: "localhost:5000/app:1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, files := mustFetch(t, c.binding)
			var got source.Image
			if err := json.Unmarshal([]byte(files["imageDetail.json"]), &got); err != nil || len(files) != 1 {
				t.Fatalf("files %v, error %v", files, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("imageDetail.json (-want +got):\n%s", diff)
			}
		})
	}
}

// A file that is bound to an ECR source is what is said of the image, under whatever name.
func TestImageFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.json")
	if err := os.WriteFile(file, []byte(`{"ImageDigest":"d"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sources.New(map[string]sources.Binding{"S/A": {Path: file}}, nil)
	fetched, err := s.Fetch(t.Context(), source.Request{Stage: "S", Action: "A", Provider: "ECR"})
	if err != nil {
		t.Fatal(err)
	}
	defer fetched.Close()
	if len(fetched.Files) != 1 || fetched.Files[0].Path != source.ImageDetail {
		t.Errorf("fetched %v", fetched.Files)
	}
}

// TestDeployed reads what a deployment put, without a binding.
func TestDeployed(t *testing.T) {
	buckets := objects.New(t.TempDir())
	put := func(key, body string) string {
		stored, err := buckets.Put(t.Context(), "releases", key, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return stored.VersionID
	}
	old := put("site.zip", "PK old")
	version := put("site.zip", "PK new")
	s := sources.New(nil, buckets)
	request := source.Request{Stage: "Source", Action: "Site", Provider: "S3", Configuration: map[string]string{"S3Bucket": "releases", "S3ObjectKey": "site.zip"}}
	for _, asked := range []string{"", version} {
		request.ObjectVersion = asked
		if _, err := s.Resolve(t.Context(), request); err != nil {
			t.Errorf("version %q: error %v", asked, err)
		}
		fetched, err := s.Fetch(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(fetched.Object)
		if err := errors.Join(err, fetched.Close()); err != nil || string(content) != "PK new" {
			t.Errorf("version %q: %q, error %v", asked, content, err)
		}
	}
	request.ObjectVersion = old
	_, err := s.Fetch(t.Context(), request)
	wantFailure(t, err, action.RevisionUnavailable, `s3://releases/site.zip has no version "`+old)
	_, err = s.Resolve(t.Context(), request)
	wantFailure(t, err, action.RevisionUnavailable, `s3://releases/site.zip has no version "`+old)
	request.Configuration, request.ObjectVersion = map[string]string{"S3Bucket": "releases", "S3ObjectKey": "none"}, ""
	_, err = s.Fetch(t.Context(), request)
	wantFailure(t, err, action.RevisionUnavailable, "no pipeline in this state directory has deployed s3://releases/none")
}

// TestResolve makes revisions that are asked for exact.
func TestResolve(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "a"})
	first := c.commit("first")
	c.write(map[string]string{"a": "b"})
	second := c.commit("second")
	plain := t.TempDir()
	file := filepath.Join(plain, "app.zip")
	if err := os.WriteFile(file, []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	commit := func(revision string) source.Request {
		return source.Request{Stage: "S", Action: "A", Provider: "CodeCommit", CommitID: revision}
	}
	for _, r := range []struct {
		path    string
		request source.Request
		want    string
	}{
		{c.dir, commit("main"), second},
		{c.dir, commit("main~1"), first},
		{c.dir, commit(first[:9]), first},
		{c.dir, commit("mian"), `did you mean "main"?`},
		{plain, commit("main"), `is in no git repository, so there is no revision "main"`},
		{file, commit("main"), `app.zip, which has no revision "main"`},
		{filepath.Join(plain, "none"), commit("main"), "which does not exist"},
		{c.dir, source.Request{Provider: "CodeCommit", CommitID: "main"}, "nothing on this machine is bound to the source /"},
		{c.dir, source.Request{Provider: "ECR", ImageDigest: digest}, ""},
		{c.dir, source.Request{Provider: "ECR", ImageDigest: "latest"}, `has no image "latest": a digest is sha256:`},
		{file, source.Request{Stage: "S", Action: "A", Provider: "S3", ObjectVersion: "x"}, "stands for one object in one version"},
	} {
		s := sources.New(map[string]sources.Binding{"S/A": {Path: r.path}}, nil)
		got, err := s.Resolve(t.Context(), r.request)
		var failure *action.Failure
		switch {
		case errors.As(err, &failure):
			if !strings.Contains(failure.Message, r.want) || r.want == "" {
				t.Errorf("%+v: failure %q, want %q", r.request, failure.Message, r.want)
			}
		case err != nil || got.CommitID != r.want:
			t.Errorf("%+v: commit %q, want %q, error %v", r.request, got.CommitID, r.want, err)
		}
	}
}

// A commit that is asked for goes before the revision that is bound, and before what lies in the folder.
func TestAskedCommit(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"a": "1"})
	first := c.commit("first")
	c.write(map[string]string{"a": "2"})
	c.commit("second")
	for _, bound := range []string{"", "main"} {
		s := sources.New(map[string]sources.Binding{"S/A": {Path: c.dir, Revision: bound}}, nil)
		fetched, err := s.Fetch(t.Context(), source.Request{Stage: "S", Action: "A", CommitID: first})
		if err != nil || fetched.Commit.ID != first || fetched.Modified {
			t.Errorf("bound to %q: fetched %+v, error %v", bound, fetched.Commit, err)
		}
	}
}
