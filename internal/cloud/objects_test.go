package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// counted counts the requests of an account by what counts makes of them, and says which were sent so far.
func counted(m moto, counts func(*http.Request) string) (*Account, map[string]int) {
	var mu sync.Mutex // several objects are put at once
	sent := map[string]int{}
	return m.accountThrough(func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			sent[counts(r)]++
			mu.Unlock()
			return next.Do(r)
		})
	}), sent
}

// Bodies on both sides of the borders of parts are stored whole; one that fails leaves no parts behind.
func uploads(t *testing.T, m moto) {
	client := m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	content := cloudtest.Pattern(2*partSize + 1)
	for _, c := range []struct{ size, requests int }{
		{partSize - 1, 1}, {partSize, 3}, {2*partSize + 1, 5},
	} {
		a, sent := counted(m, func(*http.Request) string { return "" })
		stored, err := a.Objects(BucketOptions{}).Put(t.Context(), "bucket", "k", bytes.NewReader(content[:c.size]))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content[:c.size])
		if stored.Size != int64(c.size) || stored.SHA256 != hex.EncodeToString(sum[:]) || sent[""] != c.requests {
			t.Errorf("%d bytes were stored as %+v in %d requests, want %d", c.size, stored, sent[""], c.requests)
		}
		if got, err := cloudtest.ReadAll(t.Context(), m.account().Objects(BucketOptions{}), stored.Location); err != nil || got != string(content[:c.size]) {
			t.Errorf("%d bytes are read as %d, error %v", c.size, len(got), err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, body := range map[string]io.Reader{
		"broken":   iotest.ErrReader(cloudtest.ErrLost),
		"canceled": iotest.ErrReader(io.EOF),
	} {
		if name == "canceled" {
			body = io.MultiReader(readFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }), body)
		}
		_, err := m.account().Objects(BucketOptions{}).Put(ctx, "bucket", "failed", io.MultiReader(bytes.NewReader(content[:partSize]), body))
		if err == nil || !strings.HasPrefix(err.Error(), "put object bucket/failed: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	left, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("bucket")})
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("%d uploads are left, error %v", len(left.Uploads), err)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func encryptionAndOwner(t *testing.T, m moto) {
	client := m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	key := m.createKey(t)
	const owner = "111122223333"
	seen := map[string]string{}
	a, _ := counted(m, func(r *http.Request) string {
		seen[r.Method+" "+r.URL.Query().Get("x-id")] = r.Header.Get("X-Amz-Expected-Bucket-Owner")
		return ""
	})
	options := BucketOptions{Owner: owner, KMSKeyID: key}
	for _, size := range []int{1, partSize + 1} {
		stored, err := a.Objects(options).Put(t.Context(), "bucket", "k", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cloudtest.ReadAll(t.Context(), a.Objects(options), stored.Location); err != nil {
			t.Fatal(err)
		}
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(nil))
	if err := a.Values("bucket", "", options).PutObject(t.Context(), digest, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Values("bucket", "", options).GetObject(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	// One put, parts, what begins and ends an upload, and one get.
	if len(seen) != 4 {
		t.Errorf("these requests were sent: %v", seen)
	}
	for request, got := range seen {
		if got != owner {
			t.Errorf("%s expects the owner %q", request, got)
		}
	}
	for _, k := range []string{"k", digest} {
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: &k})
		if err != nil || head.ServerSideEncryption != s3types.ServerSideEncryptionAwsKms || aws.ToString(head.SSEKMSKeyId) != key {
			t.Errorf("%s is encrypted with %q %q, error %v", k, head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId), err)
		}
	}
}

// Where a bucket keeps no versions, what was overwritten is not found by its version, also by a reader that is open.
func overwritten(t *testing.T, m moto) {
	content := cloudtest.Pattern(3 * window)
	for _, versions := range []s3types.BucketVersioningStatus{"", s3types.BucketVersioningStatusSuspended} {
		t.Run("versions "+string(versions), func(t *testing.T) {
			bucket := "bucket" + strings.ToLower(string(versions))
			m.createBucket(t, bucket, versions)
			o := m.account().Objects(BucketOptions{})
			first, err := o.Put(t.Context(), bucket, "k", bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			r, err := o.Open(t.Context(), first.Location)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := o.Put(t.Context(), bucket, "k", bytes.NewReader(content[1:])); err != nil {
				t.Fatal(err)
			}
			var missing *artifact.NotFoundError
			if _, err := r.ReadAt(make([]byte, 1), 2*window); !errors.As(err, &missing) || execution.CodeOf(err) != execution.NotFound {
				t.Errorf("the open reader reads on: %v", err)
			}
			if _, err := cloudtest.ReadAll(t.Context(), o, first.Location); !errors.As(err, &missing) || missing.Location != first.Location {
				t.Errorf("version %q: %v", first.VersionID, err)
			}
		})
	}
}

// A zip is read from its end, then from its beginning, with small reads: that takes few requests.
func jumps(t *testing.T, m moto) {
	m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	content := cloudtest.Pattern(4 * window)
	stored, err := m.account().Objects(BucketOptions{}).Put(t.Context(), "bucket", "k", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	a, sent := counted(m, func(r *http.Request) string { return r.Header.Get("Range") })
	r, err := a.Objects(BucketOptions{}).Open(t.Context(), stored.Location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := func(from int64, n int) {
		t.Helper()
		got := make([]byte, n)
		if n, err := r.ReadAt(got, from); err != nil || !bytes.Equal(got, content[from:from+int64(n)]) {
			t.Errorf("%d bytes at %d: %d, error %v", len(got), from, n, err)
		}
	}
	read(r.Size()-100, 100)
	for at := int64(0); at < r.Size()-5000; at += 7000 {
		read(at, 5000)
	}
	want := map[string]int{"": 1, "bytes=4194204-4194303": 1, "bytes=0-1048575": 1}
	for span, n := range want {
		if sent[span] != n {
			t.Errorf("%q was asked for %d times, want %d", span, sent[span], n)
		}
	}
	if len(sent) != 4 {
		t.Errorf("requests: %v, want 4 in all", sent)
	}
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset is read")
	}
}

func valuesAgain(t *testing.T, m moto) {
	client := m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	v := m.account().Values("bucket", "v/", BucketOptions{})
	value := []byte("value")
	digest := fmt.Sprintf("%x", sha256.Sum256(value))
	for range 2 {
		if err := v.PutObject(t.Context(), digest, value); err != nil {
			t.Fatal(err)
		}
	}
	all, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("bucket")})
	if err != nil || len(all.Versions) != 1 || *all.Versions[0].Key != "v/"+digest {
		t.Errorf("the value has the versions %v, error %v", all.Versions, err)
	}
	for _, d := range []string{"", "../escape", strings.ToUpper(digest), digest[2:], digest + "00"} {
		_, read := v.GetObject(t.Context(), d)
		for _, err := range []error{read, v.PutObject(t.Context(), d, value)} {
			if execution.CodeOf(err) != execution.Invalid || err == nil {
				t.Errorf("%q: error %v, want code %s", d, err, execution.Invalid)
			}
		}
	}
	if err := m.account().Values("other", "", BucketOptions{}).PutObject(t.Context(), digest, value); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

func TestObjectURL(t *testing.T) {
	at := artifact.Location{Bucket: "store", Key: "release/templates/a b+c"}
	for region, want := range map[string]string{
		"eu-central-1": "https://store.s3.eu-central-1.amazonaws.com/release/templates/a%20b+c",
		"cn-north-1":   "https://store.s3.cn-north-1.amazonaws.com.cn/release/templates/a%20b+c",
	} {
		if got, err := New(Config{Region: region, Change: cloudtest.Offline}).ObjectURL(at); err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
