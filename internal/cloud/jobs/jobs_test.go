package jobs

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/functions"
	"github.com/penstock-ci/penstock/internal/execution"
)

// account is one whose calls are answered by a.
func account(a *cloudtest.Answers) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: "http://aws.invalid", Change: cloudtest.Offline, Through: a.Through})
}

// content and its SHA-256.
const content, contentSHA256 = "content", "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"

// A function is handed its event, and is not waited for.
func TestInvoke(t *testing.T) {
	var asked *http.Request
	var got lambda.Event
	a := &cloudtest.Answers{Rest: func(r *http.Request) *http.Response {
		asked = r
		if body, err := io.ReadAll(r.Body); err != nil || json.Unmarshal(body, &got) != nil {
			t.Errorf("%s, %v", body, err)
		}
		return cloudtest.Respond(r, 202, "application/json", "")
	}}
	event := lambda.Job{ID: "job"}.Event("1", lambda.Credentials{}, time.Unix(0, 0))
	if err := New(account(a), cloud.BucketOptions{}, functions.Invoke).Invoke(t.Context(), "notify", event); err != nil {
		t.Fatal(err)
	}
	if asked.URL.Path != "/2015-03-31/functions/notify/invocations" || asked.Header.Get("X-Amz-Invocation-Type") != "Event" || got.Job.ID != "job" {
		t.Errorf("%s %v %+v", asked.URL.Path, asked.Header, got)
	}
}

func TestInvokeRefused(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		want   execution.Code
	}{
		"ResourceNotFoundException": {404, execution.NotFound}, "TooManyRequestsException": {429, execution.Throttled},
		"AccessDeniedException": {403, execution.NotAllowed}, "ServiceException": {500, execution.Unavailable},
	} {
		a := &cloudtest.Answers{Rest: func(r *http.Request) *http.Response {
			out := cloudtest.Respond(r, c.status, "application/json", `{"Message":"no"}`)
			out.Header.Set("X-Amzn-Errortype", code)
			return out
		}}
		err := New(account(a), cloud.BucketOptions{}, functions.Invoke).Invoke(t.Context(), "notify", lambda.Event{})
		if execution.CodeOf(err) != c.want || !strings.HasPrefix(err.Error(), "invoke function notify") {
			t.Errorf("%s: %v, want code %s", code, err, c.want)
		}
		if denied := strings.Contains(err.Error(), "needs lambda:InvokeFunction"); denied != (c.want == execution.NotAllowed) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestOnlyLooking(t *testing.T) {
	a := &cloudtest.Answers{}
	err := New(account(a), cloud.BucketOptions{}, nil).Invoke(t.Context(), "notify", lambda.Event{})
	if execution.CodeOf(err) != execution.Internal || !strings.HasPrefix(err.Error(), "invoke function notify: ") || len(a.Asked) > 0 {
		t.Errorf("error %v, asked %q", err, a.Asked)
	}
}

func TestCredentialsAndArtifactsOfAJob(t *testing.T) {
	f := New(account(&cloudtest.Answers{Rest: cloudtest.Object(content, "v1")}), cloud.BucketOptions{}, nil) //nolint:bodyclose // whoever gets it closes it
	if c, _, err := f.Credentials(t.Context()); err != nil || c.AccessKeyID != "id" || c.SecretAccessKey != "secret" {
		t.Errorf("%+v, %v", c, err)
	}
	if o, err := f.Stored(t.Context(), artifact.Location{Bucket: "b", Key: "k"}); err != nil || o.SHA256 != contentSHA256 || o.VersionID != "v1" {
		t.Errorf("%+v, %v", o, err)
	}
}
