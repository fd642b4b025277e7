package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// deployment is an S3 deployment of files, whose artifact is in memory.
type deployment struct {
	store   *artifact.Store
	request action.Request
	log     cloudtest.Log
}

func newDeployment(t *testing.T, configuration map[string]string, files map[string]string) *deployment {
	t.Helper()
	d := &deployment{store: artifact.NewStore(objectstest.NewMemory())}
	all := []artifact.File{}
	for name, text := range files {
		all = append(all, artifact.File{Path: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	input, err := d.store.PackFiles(t.Context(), all, artifact.Location{Bucket: "artifacts", Key: "in"})
	if err != nil {
		t.Fatal(err)
	}
	d.request = action.Request{
		ActionExecutionID: "e/Deploy/S3/1", Configuration: configuration,
		Inputs: []action.Input{{Name: "Site", Object: input}}, Log: &d.log,
	}
	return d
}

func (d *deployment) start(ctx context.Context, a *Account) (action.Outcome, error) {
	return s3.New(NewBuckets(a), d.store).Start(ctx, d.request)
}

// Objects have what the configuration says of them, and the type that their name says; large ones too.
func deployed(t *testing.T, m moto) {
	client := m.createBucket(t, "site", "")
	key := m.createKey(t)
	d := newDeployment(t, map[string]string{
		"BucketName": "site", "Extract": "true", "ObjectKey": "v1", "CacheControl": "max-age=60", "CannedACL": "public-read", "KMSEncryptionKeyARN": key,
	}, map[string]string{"index.html": "<html>", "css/a.css": "a{}", "LICENSE": "x", "movie.mp4": strings.Repeat("0", partSize+1)})
	got, err := d.start(t.Context(), m.account())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(action.Outcome{ExternalExecutionID: "site/v1", Summary: "s3://site  4 files"}, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	const log = "upload: s3://site/v1/LICENSE  1 B\nupload: s3://site/v1/css/a.css  3 B\nupload: s3://site/v1/index.html  6 B\nupload: s3://site/v1/movie.mp4  8.4 MB\n"
	if d.log.String() != log {
		t.Errorf("log (-want +got):\n%s", cmp.Diff(log, d.log.String()))
	}
	for name, kind := range map[string]string{"v1/index.html": "text/html", "v1/css/a.css": "text/css", "v1/LICENSE": "application/octet-stream", "v1/movie.mp4": "video/mp4"} {
		head, err := client.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("site"), Key: &name})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToString(head.ContentType) != kind || aws.ToString(head.CacheControl) != "max-age=60" || aws.ToString(head.SSEKMSKeyId) != key {
			t.Errorf("%s has the type %q, the cache control %q and the key %q", name, aws.ToString(head.ContentType), aws.ToString(head.CacheControl), aws.ToString(head.SSEKMSKeyId))
		}
		acl, err := client.GetObjectAcl(t.Context(), &awss3.GetObjectAclInput{Bucket: aws.String("site"), Key: &name})
		if err != nil || len(acl.Grants) != 2 {
			t.Errorf("%s has the grants %v, error %v; want those of public-read", name, acl, err)
		}
	}
}

// A bucket of another Region is asked for where it is, and written there.
func deployedElsewhere(t *testing.T, m moto) {
	m.createBucket(t, "site", "")
	var regions []string
	a := New(Config{Region: "us-east-2", Endpoint: m.endpoint, Change: cloudtest.Offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			scope := strings.Split(r.Header.Get("Authorization"), "/")
			regions = append(regions, r.Method+" "+scope[2])
			answer, err := next.Do(r)
			if err == nil && r.Method == http.MethodHead {
				answer.StatusCode = http.StatusMovedPermanently // as S3 answers a Region that is not the bucket's
			}
			return answer, err
		})
	}})
	d := newDeployment(t, map[string]string{"BucketName": "site", "Extract": "false", "ObjectKey": "app.zip"}, map[string]string{"a": "a"})
	got, err := d.start(t.Context(), a)
	if err != nil || got.ExternalExecutionID != "site/app.zip" {
		t.Fatalf("outcome %+v, error %v", got, err)
	}
	if diff := cmp.Diff([]string{"HEAD us-east-2", "PUT " + region}, regions); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A deployment whose time is nearly over goes on in the next call: between objects, and within one.
func leftDeployment(t *testing.T, m moto) {
	client := m.createBucket(t, "site", "")
	files := map[string]string{"large": string(cloudtest.Pattern(2*partSize + 1)), "z": "the last"}
	for i := range 2*maxBatch + 1 {
		files[fmt.Sprintf("file-%02d", i)] = "small"
	}
	d := newDeployment(t, map[string]string{"BucketName": "site", "Extract": "true"}, files)
	a, sent := counted(m, func(r *http.Request) string {
		if r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") {
			return r.URL.Path
		}
		return r.Method
	})
	got, calls := action.Outcome{}, 1
	var err error
	for ; calls < 20; calls++ {
		if got, err = d.start(nearlyOver(t), a); execution.CodeOf(err) != execution.Unavailable || err == nil {
			break
		}
	}
	// Two whole batches, the rest of the small ones, three parts of the large one, the last.
	if err != nil || calls != 7 || got.Summary != "s3://site  35 files" {
		t.Fatalf("%d calls, outcome %+v, error %v", calls, got, err)
	}
	for path, n := range sent {
		if n > 1 && strings.HasPrefix(path, "/site/") {
			t.Errorf("%s was put %d times", path, n)
		}
	}
	for name, content := range files {
		if stored, err := cloudtest.ReadAll(t.Context(), m.account().Objects(BucketOptions{}), artifact.Location{Bucket: "site", Key: name}); err != nil || stored != content {
			t.Errorf("%s has %d bytes, error %v", name, len(stored), err)
		}
		if n := strings.Count(d.log.String(), "/"+name+"  "); n != 1 {
			t.Errorf("the log tells of %s %d times", name, n)
		}
	}
	wantNothingLeft(t, client, "site")
}

// What a bucket refuses ends the action, with the key and the reason; what may pass is tried again.
func refusedDeployment(t *testing.T, m moto) {
	m.createBucket(t, "site", "")
	start := func(bucket string, answer func(*http.Request) *http.Response) error {
		d := newDeployment(t, map[string]string{"BucketName": bucket, "Extract": "true"}, map[string]string{"a": "a", "b.html": "b"})
		_, err := d.start(t.Context(), m.accountThrough(func(next aws.HTTPClient) aws.HTTPClient {
			return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
				if refusal := answer(r); refusal != nil {
					return refusal, nil
				}
				return next.Do(r)
			})
		}))
		return err
	}
	onB := func(status int, code string) func(*http.Request) *http.Response {
		return func(r *http.Request) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/b.html") {
				return cloudtest.Refuses(r, status, code)
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		bucket, code, says string
		answer             func(*http.Request) *http.Response
	}{
		"no bucket":   {"nowhere", action.ConfigurationError, `there is no bucket "nowhere"`, func(*http.Request) *http.Response { return nil }},
		"not allowed": {"site", action.PermissionError, "put object site/b.html: the caller needs s3:PutObject", onB(403, "AccessDenied")}, //nolint:bodyclose // the client closes it
		"an ACL":      {"site", action.ConfigurationError, "put object site/b.html: ", onB(400, "AccessControlListNotSupported")},          //nolint:bodyclose // the client closes it
		"throttled":   {"site", "", "put object site/b.html: ", onB(503, "SlowDown")},                                                      //nolint:bodyclose // the client closes it
		"head failed": {"site", "", "find the Region of bucket site", func(r *http.Request) *http.Response { return headRefused(r, 503) }},
		"head not told": {"site", action.PermissionError, "put object site/b.html", func(r *http.Request) *http.Response {
			if refusal := headRefused(r, 403); refusal != nil {
				return refusal
			}
			return onB(403, "AccessDenied")(r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			err := start(c.bucket, c.answer)
			var ended *action.Failure
			if errors.As(err, &ended) != (c.code != "") || ended != nil && ended.Code != c.code || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %s and %q", err, c.code, c.says)
			}
			if code := execution.CodeOf(err); c.code == "" && code != execution.Throttled && code != execution.Unavailable {
				t.Errorf("the code of %v is %s, which is not tried again", err, code)
			}
		})
	}
}

func headRefused(r *http.Request, status int) *http.Response {
	if r.Method != http.MethodHead {
		return nil
	}
	return cloudtest.Refuses(r, status, "")
}
