package sources

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

func (m moto) putImage(t *testing.T, tag, layer string) (digest string) {
	t.Helper()
	const kind = "application/vnd.docker.distribution.manifest.v2+json"
	in := map[string]string{
		"repositoryName": "app", "imageManifestMediaType": kind,
		"imageManifest": `{"schemaVersion":2,"mediaType":"` + kind + `","config":{"digest":"` + layer + `"},"layers":[]}`,
	}
	if tag != "" {
		in["imageTag"] = tag
	}
	var out struct {
		Image struct{ ImageID imageIdentifier }
	}
	if err := m.account().Service(registry).Call(t.Context(), "PutImage", in, &out); err != nil {
		t.Fatal(err)
	}
	return out.Image.ImageID.ImageDigest
}

func (m moto) createRepository(t *testing.T) {
	t.Helper()
	if err := m.account().Service(registry).Call(t.Context(), "CreateRepository", map[string]string{"repositoryName": "app"}, nil); err != nil {
		t.Fatal(err)
	}
}

// imageDetail.json is CodePipeline's, member by member.
func imageSource(t *testing.T, m moto) {
	m.createRepository(t)
	m.createBucket(t, "artifacts", s3types.BucketVersioningStatusEnabled)
	old, newest := m.putImage(t, "v1", "one"), m.putImage(t, "latest", "two")
	store := artifact.NewStore(m.account().Objects(cloud.BucketOptions{}))
	for name, c := range map[string]struct {
		configuration map[string]string
		overrides     []action.Override
		digest, tag   string
		tags          string
	}{
		"latest":   {map[string]string{"RepositoryName": "app"}, nil, newest, "latest", `["latest"]`},
		"a tag":    {map[string]string{"RepositoryName": "app", "ImageTag": "v1"}, nil, old, "v1", `["v1"]`},
		"a digest": {map[string]string{"RepositoryName": "app"}, []action.Override{{Type: "IMAGE_DIGEST", Value: old}}, old, "latest", `["v1"]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := source.New(New(m.account(), nil), store).Start(t.Context(), sourceAction("ECR", c.configuration, c.overrides...))
			if err != nil {
				t.Fatal(err)
			}
			uri := "123456789012.dkr.ecr." + cloudtest.Region + ".amazonaws.com/app@" + c.digest
			want := map[string]string{"ImageDigest": c.digest, "ImageTag": c.tag, "ImageURI": uri, "RegistryId": "123456789012", "RepositoryName": "app"}
			if diff := cmp.Diff(want, got.Variables); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if got.Revision.ID != c.digest {
				t.Errorf("revision %+v", got.Revision)
			}
			detail := regexp.MustCompile(`^\{"ImageSizeInBytes":"\d+","ImageDigest":"` + c.digest +
				`","Version":"1.0","ImagePushedAt":"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}","RegistryId":"123456789012","RepositoryName":"app","ImageURI":"` +
				regexp.QuoteMeta(uri) + `","ImageTags":` + regexp.QuoteMeta(c.tags) + `\}$`)
			if text := onlyFile(t, store, got.Artifacts["Source"]); !detail.MatchString(text) {
				t.Errorf("imageDetail.json is %s", text)
			}
		})
	}
}

func onlyFile(t *testing.T, store *artifact.Store, o artifact.Object) string {
	t.Helper()
	z, err := store.OpenZip(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.Files) != 1 {
		t.Fatalf("the artifact holds %d files", len(z.Files))
	}
	content, err := z.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func noImageSource(t *testing.T, m moto) {
	m.createRepository(t)
	m.putImage(t, "v1", "one")
	request := func(repository, tag, digest string) source.Request {
		return source.Request{
			Stage: "Source", Action: "Image", Provider: "ECR", ImageDigest: digest,
			Configuration: map[string]string{"RepositoryName": repository, "ImageTag": tag},
		}
	}
	nowhere := "sha256:" + strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		request    source.Request
		refusal    string
		code, says string
	}{
		"no tag":        {request("app", "", ""), "", action.RevisionUnavailable, `repository "app" has no image with the tag "latest"`},
		"no digest":     {request("app", "", nowhere), "", action.RevisionUnavailable, "has no image " + nowhere},
		"no repository": {request("other", "", ""), "", action.ConfigurationError, `the repository "other", which does not exist`},
		"not allowed":   {request("app", "v1", ""), "AccessDeniedException", action.PermissionError, "describe image v1 of repository app: the caller needs ecr:DescribeImages"},
		"throttled":     {request("app", "v1", ""), "ThrottlingException", "", "describe image v1 of repository app"},
	} {
		t.Run(name, func(t *testing.T) {
			a := m.account()
			if c.refusal != "" {
				a = m.accountThrough(func(aws.HTTPClient) aws.HTTPClient {
					return cloudtest.Sender(func(r *http.Request) (*http.Response, error) { return cloudtest.Refuses(r, 400, c.refusal), nil })
				})
			}
			_, err := New(a, nil).Fetch(t.Context(), c.request)
			var ended *action.Failure
			if errors.As(err, &ended) != (c.code != "") || ended != nil && ended.Code != c.code || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %s and %q", err, c.code, c.says)
			}
			if c.code == "" && execution.CodeOf(err) != execution.Throttled {
				t.Errorf("error %v is not tried again", err)
			}
		})
	}
}
