package sources

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// moto is moto's server in a process of its own, which ends with the test.
type moto struct{ endpoint string }

func TestOnMoto(t *testing.T) {
	m := moto{cloudtest.Start(t)}
	for name, run := range map[string]func(*testing.T, moto){
		"in S3": objectSource, "in S3 and not there": noObjectSource, "in ECR": imageSource, "in ECR and not there": noImageSource,
		"in GitHub": gitHubSource,
	} {
		t.Run(name, func(t *testing.T) {
			cloudtest.Empty(t, m.endpoint)
			run(t, m)
		})
	}
}

func (m moto) account() *cloud.Account { return m.accountThrough(nil) }

func (m moto) accountThrough(through cloudtest.Through) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: m.endpoint, Change: cloudtest.Offline, Through: through})
}

func (m moto) createBucket(t *testing.T, name string, versions s3types.BucketVersioningStatus) *s3.Client {
	t.Helper()
	return cloudtest.CreateBucket(t, m.endpoint, name, versions)
}

// sourceAction is a source action of a provider, which stores into the bucket "artifacts".
func sourceAction(provider string, configuration map[string]string, overrides ...action.Override) action.Request {
	return action.Request{
		Stage: "Source",
		Action: &pipeline.Action{
			Name:         pipeline.Text{Value: "Checkout"},
			ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: provider}},
		},
		Configuration: configuration, Overrides: overrides, Log: &cloudtest.Log{},
		Outputs: []action.Output{{Name: "Source", Location: artifact.Location{Bucket: "artifacts", Key: "p/Source/1"}}},
	}
}

func putVersion(t *testing.T, client *s3.Client, key, content string) (version, tag string) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: aws.String("incoming"), Key: &key, Body: strings.NewReader(content)}
	if content == "new" {
		in.Metadata = map[string]string{"codepipeline-artifact-revision-summary": "Release 2"}
	}
	out, err := client.PutObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.VersionId), strings.Trim(*out.ETag, `"`)
}

// An object is taken in its newest version or in the one that is asked for, with its own version and tag.
func objectSource(t *testing.T, m moto) {
	client := m.createBucket(t, "incoming", s3types.BucketVersioningStatusEnabled)
	m.createBucket(t, "artifacts", s3types.BucketVersioningStatusEnabled)
	old, oldTag := putVersion(t, client, "app.zip", "old")
	newest, tag := putVersion(t, client, "app.zip", "new")
	other, otherTag := putVersion(t, client, "dir/other.zip", "other")
	objects := m.account().Objects(cloud.BucketOptions{})
	provider := source.New(New(m.account(), nil), artifact.NewStore(objects))
	for name, c := range map[string]struct {
		overrides                           []action.Override
		key, version, tag, summary, content string
	}{
		"newest":    {nil, "app.zip", newest, tag, "Release 2", "new"},
		"a version": {[]action.Override{{Type: "S3_OBJECT_VERSION_ID", Value: old}}, "app.zip", old, oldTag, "Amazon S3 version id: " + old, "old"},
		"a key":     {[]action.Override{{Type: "S3_OBJECT_KEY", Value: "dir/other.zip"}}, "dir/other.zip", other, otherTag, "Amazon S3 version id: " + other, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := provider.Start(t.Context(), sourceAction("S3", map[string]string{"S3Bucket": "incoming", "S3ObjectKey": "app.zip"}, c.overrides...))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"BucketName": "incoming", "ObjectKey": c.key, "VersionId": c.version, "ETag": c.tag}
			if diff := cmp.Diff(want, got.Variables); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			r := got.Revision
			if r.ID != c.version || r.ChangeIdentifier != c.tag || r.Summary != c.summary || r.Created.IsZero() {
				t.Errorf("revision %+v", r)
			}
			if content, err := cloudtest.ReadAll(t.Context(), objects, got.Artifacts["Source"].Location); err != nil || content != c.content {
				t.Errorf("stored %q, error %v; want %q", content, err, c.content)
			}
		})
	}
}

// What is not there, or not allowed, is a failure that says what to do.
func noObjectSource(t *testing.T, m moto) {
	client := m.createBucket(t, "incoming", s3types.BucketVersioningStatusEnabled)
	m.createBucket(t, "plain", "")
	putVersion(t, client, "app.zip", "x")
	if _, err := m.account().Objects(cloud.BucketOptions{}).Put(t.Context(), "plain", "app.zip", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request    source.Request
		code, says string
	}{
		"no key":     {objectRequest("incoming", "nothing", ""), action.RevisionUnavailable, "there is no object s3://incoming/nothing"},
		"no version": {objectRequest("incoming", "app.zip", "0123"), action.RevisionUnavailable, `s3://incoming/app.zip has no version "0123"`},
		"no bucket":  {objectRequest("nowhere", "k", ""), action.ConfigurationError, `the bucket "nowhere", which does not exist`},
		"versions":   {objectRequest("plain", "app.zip", ""), action.ConfigurationError, "turn its versioning on"},
		"provider":   {source.Request{Stage: "Source", Action: "Checkout", Provider: "Jenkins"}, action.ConfigurationError, `"Jenkins", which is not fetched on AWS`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(m.account(), nil).Fetch(t.Context(), c.request)
			var ended *action.Failure
			if !errors.As(err, &ended) || ended.Code != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %s and %q", err, c.code, c.says)
			}
		})
	}
	for code, want := range map[string]string{"AccessDenied": action.PermissionError, "SlowDown": ""} {
		_, err := New(m.accountThrough(answering(code)), nil).Fetch(t.Context(), objectRequest("incoming", "app.zip", ""))
		var ended *action.Failure
		if errors.As(err, &ended) != (want != "") || ended != nil && ended.Code != want || err == nil || !strings.Contains(err.Error(), "read object incoming/app.zip") {
			t.Errorf("%s: error %v, want %q", code, err, want)
		}
		if want == "" && execution.CodeOf(err) != execution.Throttled {
			t.Errorf("%s: error %v is not tried again", code, err)
		}
	}
}

func objectRequest(bucket, key, version string) source.Request {
	return source.Request{
		Stage: "Source", Action: "Checkout", Provider: "S3", ObjectVersion: version,
		Configuration: map[string]string{"S3Bucket": bucket, "S3ObjectKey": key},
	}
}

// answering has every request refused with a code.
func answering(code string) func(aws.HTTPClient) aws.HTTPClient {
	status := map[string]int{"AccessDenied": 403, "SlowDown": 503}[code]
	return func(aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) { return cloudtest.Refuses(r, status, code), nil })
	}
}
