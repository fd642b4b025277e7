package cloud

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// nearlyOver is a context in whose time a transfer puts as little as it may: one part, or one batch. It has nearly all of the
// margin for that.
func nearlyOver(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), margin-time.Second)
	t.Cleanup(cancel)
	return ctx
}

func wantNothingLeft(t *testing.T, client *s3.Client, bucket string) {
	t.Helper()
	left, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("%d uploads are left, error %v", len(left.Uploads), err)
	}
}

// A put whose time is nearly over keeps its parts, and the next goes on with them: each part is sent once. What has changed
// since is sent anew.
func leftUploads(t *testing.T, m moto) {
	client := m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	content := cloudtest.Pattern(3*partSize + 1)
	a, sent := counted(m, func(r *http.Request) string {
		if part := r.URL.Query().Get("partNumber"); part != "" {
			return "part " + part
		}
		return r.Method
	})
	for call := range 3 {
		_, err := a.Objects(BucketOptions{}).Put(nearlyOver(t), "bucket", "k", bytes.NewReader(content))
		if execution.CodeOf(err) != execution.Unavailable || err == nil || !strings.Contains(err.Error(), "put object bucket/k: the time of this call is nearly over") {
			t.Fatalf("call %d: error %v, want code %s", call, err, execution.Unavailable)
		}
	}
	if sent["part 1"] != 1 || sent["part 2"] != 1 || sent["part 3"] != 1 || sent["part 4"] != 0 {
		t.Errorf("parts were sent so often: %v", sent)
	}
	changed := bytes.Clone(content)
	changed[partSize]++
	stored, err := a.Objects(BucketOptions{}).Put(nearlyOver(t), "bucket", "k", bytes.NewReader(changed))
	for call := 0; call < 5 && err != nil && execution.CodeOf(err) == execution.Unavailable; call++ {
		stored, err = a.Objects(BucketOptions{}).Put(nearlyOver(t), "bucket", "k", bytes.NewReader(changed))
	}
	if err != nil {
		t.Fatal(err)
	}
	if sent["part 1"] != 1 || sent["part 2"] != 2 || sent["part 3"] != 1 || sent["part 4"] != 1 {
		t.Errorf("parts were sent so often: %v", sent)
	}
	if _, err := artifact.NewStore(m.account().Objects(BucketOptions{})).Open(t.Context(), stored); err != nil || stored.Size != int64(len(changed)) {
		t.Errorf("stored %+v, error %v", stored, err)
	}
	wantNothingLeft(t, client, "bucket")
}

// An upload without the mark is not gone on with: somebody may be at it. Who may not look begins anew.
func othersUploads(t *testing.T, m moto) {
	client := m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	for _, key := range []string{"k", "k2"} {
		_, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("bucket"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
	}
	content := cloudtest.Pattern(partSize + 1)
	_, _ = m.account().Objects(BucketOptions{}).Put(nearlyOver(t), "bucket", "k2", bytes.NewReader(content))
	ctx, cancel := context.WithTimeout(t.Context(), 10*margin)
	defer cancel()
	blind := m.accountThrough(func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet && r.URL.Query().Has("uploads") {
				return cloudtest.Refuses(r, 403, "AccessDenied"), nil
			}
			return next.Do(r)
		})
	})
	for name, a := range map[string]*Account{"seeing": m.account(), "blind": blind} {
		if _, err := a.Objects(BucketOptions{}).Put(ctx, "bucket", "k", bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("bucket")})
	if err != nil || len(left.Uploads) != 3 {
		t.Errorf("%d uploads are there, want the 2 of others and the one that is left; error %v", len(left.Uploads), err)
	}
}
