package cloudtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Through stands between an account and what it calls, or in the place of that.
type Through = func(next aws.HTTPClient) aws.HTTPClient

// Sender is a function as an aws.HTTPClient.
type Sender func(*http.Request) (*http.Response, error)

// Do is that of aws.HTTPClient.
func (f Sender) Do(r *http.Request) (*http.Response, error) { return f(r) }

// Offline keeps the settings of whoever runs the test out, repeats without a pause, and holds what is sent and answered against
// AWS's models.
func Offline(c *aws.Config) {
	c.APIOptions = append(c.APIOptions, asModelled)
	c.Credentials = credentials.NewStaticCredentialsProvider("id", "secret", "")
	c.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = retry.NewExponentialJitterBackoff(0) })
	}
}

// Config is how a test itself makes clients of moto, for what adapters do not do.
func Config(endpoint string) aws.Config {
	c := aws.Config{Region: Region, BaseEndpoint: &endpoint}
	Offline(&c)
	return c
}

// CreateBucket makes a bucket at moto's endpoint, with or without versions, and returns a client for it.
func CreateBucket(t *testing.T, endpoint, name string, versions types.BucketVersioningStatus) *s3.Client {
	t.Helper()
	client := s3.NewFromConfig(Config(endpoint), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: Region},
	})
	if err == nil && versions != "" {
		_, err = client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: versions},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Refuses answers a request with an error, as its service words it.
func Refuses(r *http.Request, status int, code string) *http.Response {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	kind, body := "application/xml", "<Error><Code>"+code+"</Code><Message>no</Message></Error>"
	switch {
	case r.Header.Get("X-Amz-Target") != "", strings.HasPrefix(r.URL.Path, "/2015-03-31/"): // Lambda's
		kind, body = "application/x-amz-json-1.0", fmt.Sprintf(`{"__type":%q,"message":"no"}`, code)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		body = "<ErrorResponse>" + body + "</ErrorResponse>"
	}
	return Respond(r, status, kind, body)
}

// IDs are execution.IDs at random.
type IDs struct{}

// NewID is that of execution.IDs.
func (IDs) NewID() string {
	text := strings.ToLower(rand.Text() + rand.Text())
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:32]
}

// Log is an action's log in memory.
type Log struct{ bytes.Buffer }

// Close does nothing.
func (*Log) Close() error { return nil }

// ReadAll reads a stored object whole.
func ReadAll(ctx context.Context, o artifact.Objects, at artifact.Location) (string, error) {
	r, err := o.Open(ctx, at)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	return string(content), err
}

// Breaking is a body that breaks off where R ends.
type Breaking struct {
	io.Closer
	R io.Reader
}

// Read is that of io.Reader.
func (b *Breaking) Read(p []byte) (int, error) {
	n, err := b.R.Read(p)
	if errors.Is(err, io.EOF) {
		err = ErrLost
	}
	return n, err
}

// ErrLost is how a connection ends that is lost.
var ErrLost = errors.New("connection reset")

// Pattern is n bytes, of which no two parts are the same.
func Pattern(n int) []byte {
	b := make([]byte, 0, n+64)
	for len(b) < n {
		sum := sha256.Sum256(fmt.Append(nil, len(b)))
		b = append(b, sum[:]...)
	}
	return b[:n]
}
