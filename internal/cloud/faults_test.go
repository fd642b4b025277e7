package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// call of an adapter, with the permission that its first request needs.
type adapterCall struct {
	name, permission string
	do               func(context.Context, *Account) error
}

// prepared is moto with what the calls use.
func prepared(t *testing.T, m moto) []adapterCall {
	m.createTable(t, "penstock")
	m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	keyID := m.createKey(t)
	a := m.account()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	there := execution.Key{Partition: "p", Sort: "there"}
	must(a.Table("penstock", uuids{}).Write(t.Context(), []execution.Write{{Key: there, Value: []byte("v")}}))
	value := []byte("a value")
	digest := fmt.Sprintf("%x", sha256.Sum256(value))
	must(a.Values("bucket", "v/", BucketOptions{}).PutObject(t.Context(), digest, value))
	stored, err := a.Objects(BucketOptions{}).Put(t.Context(), "bucket", "there", strings.NewReader("content"))
	must(err)
	key, err := a.Keys(keyID, nil).NewDataKey(t.Context())
	must(err)
	ids := uuids{}
	fresh := func() execution.Write {
		return execution.Write{Key: execution.Key{Partition: "p", Sort: ids.NewID()}, Value: []byte("v")}
	}
	return []adapterCall{
		{"Get", "dynamodb:GetItem", func(ctx context.Context, a *Account) error {
			_, err := a.Table("penstock", ids).Get(ctx, there)
			return err
		}},
		{"Query", "dynamodb:Query", func(ctx context.Context, a *Account) error {
			_, err := a.Table("penstock", ids).Query(ctx, execution.Query{Partition: "p", Limit: 1})
			return err
		}},
		{"Write of one", "dynamodb:PutItem", func(ctx context.Context, a *Account) error {
			return a.Table("penstock", ids).Write(ctx, []execution.Write{fresh()})
		}},
		{"Write of two", "dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:ConditionCheckItem", func(ctx context.Context, a *Account) error {
			return a.Table("penstock", ids).Write(ctx, []execution.Write{fresh(), fresh()})
		}},
		{"PutObject", "s3:PutObject", func(ctx context.Context, a *Account) error {
			return a.Values("bucket", "v/", BucketOptions{}).PutObject(ctx, fmt.Sprintf("%x", sha256.Sum256([]byte(ids.NewID()))), value)
		}},
		{"GetObject", "s3:GetObject", func(ctx context.Context, a *Account) error {
			_, err := a.Values("bucket", "v/", BucketOptions{}).GetObject(ctx, digest)
			return err
		}},
		{"Put", "s3:PutObject", func(ctx context.Context, a *Account) error {
			_, err := a.Objects(BucketOptions{}).Put(ctx, "bucket", "short", strings.NewReader("short"))
			return err
		}},
		{"Put of parts", "s3:PutObject", func(ctx context.Context, a *Account) error {
			_, err := a.Objects(BucketOptions{}).Put(ctx, "bucket", "long", bytes.NewReader(make([]byte, partSize+1)))
			return err
		}},
		{"Open", "s3:GetObject", func(ctx context.Context, a *Account) error {
			r, err := a.Objects(BucketOptions{}).Open(ctx, stored.Location)
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
			return err
		}},
		{"NewDataKey", "kms:GenerateDataKey", func(ctx context.Context, a *Account) error {
			_, err := a.Keys(keyID, nil).NewDataKey(ctx)
			return err
		}},
		{"Unwrap", "kms:Decrypt", func(ctx context.Context, a *Account) error {
			_, err := a.Keys(keyID, nil).Unwrap(ctx, key.Wrapped)
			return err
		}},
	}
}

// refuses answers a request with an error, as its service words it.
func refuses(r *http.Request, status int, code string) *http.Response {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	header, body := http.Header{}, fmt.Sprintf("<Error><Code>%s</Code><Message>no</Message></Error>", code)
	if r.Header.Get("X-Amz-Target") != "" {
		header.Set("Content-Type", "application/x-amz-json-1.0")
		body = fmt.Sprintf(`{"__type":%q,"message":"no"}`, code)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body))}
}

var errLost = errors.New("connection reset")

// Whatever goes wrong once, of each request of each call, the call succeeds.
func oneFault(t *testing.T, m moto) {
	calls := prepared(t, m)
	faults := map[string]func(next aws.HTTPClient, r *http.Request) (*http.Response, error){
		"throttled": func(_ aws.HTTPClient, r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return refuses(r, 400, "ThrottlingException"), nil
			}
			return refuses(r, 503, "SlowDown"), nil
		},
		"out of order": func(_ aws.HTTPClient, r *http.Request) (*http.Response, error) {
			return refuses(r, 500, "InternalError"), nil
		},
		"never sent": func(aws.HTTPClient, *http.Request) (*http.Response, error) { return nil, errLost },
		"answer lost": func(next aws.HTTPClient, r *http.Request) (*http.Response, error) {
			answer, err := next.Do(r)
			if err != nil {
				return nil, err
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			return nil, errors.Join(errLost, answer.Body.Close())
		},
	}
	for name, fault := range faults {
		for _, c := range calls {
			t.Run(c.name+" "+name, func(t *testing.T) {
				for nth, more := 1, true; more; nth++ {
					requests := 0
					err := c.do(t.Context(), m.accountThrough(func(next aws.HTTPClient) aws.HTTPClient {
						return sender(func(r *http.Request) (*http.Response, error) {
							if requests++; requests == nth {
								return fault(next, r)
							}
							return next.Do(r)
						})
					}))
					// An upload that is complete is unknown to moto; the whole is put again.
					completed := name == "answer lost" && c.name == "Put of parts" && execution.CodeOf(err) == execution.Unavailable
					if err != nil && !completed {
						t.Errorf("request %d: %v", nth, err)
					}
					more = requests >= nth
				}
			})
		}
	}
}

// What goes on failing is told by its code, with what was called and what is missing.
func lastingFaults(t *testing.T, m moto) {
	calls := prepared(t, m)
	for _, fault := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		want   execution.Code
	}{
		{"denied", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return refuses(r, 400, "AccessDeniedException"), nil
			}
			return refuses(r, 403, "AccessDenied"), nil
		}, execution.NotAllowed},
		{"throttled", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Target") != "" {
				return refuses(r, 400, "ThrottlingException"), nil
			}
			return refuses(r, 503, "SlowDown"), nil
		}, execution.Throttled},
		{"lost", func(*http.Request) (*http.Response, error) { return nil, errLost }, execution.Unavailable},
	} {
		for _, c := range calls {
			t.Run(c.name+" "+fault.name, func(t *testing.T) {
				err := c.do(t.Context(), m.accountThrough(func(aws.HTTPClient) aws.HTTPClient { return sender(fault.answer) }))
				if execution.CodeOf(err) != fault.want || err == nil {
					t.Fatalf("error %v, want code %s", err, fault.want)
				}
				if fault.want == execution.NotAllowed && !strings.Contains(err.Error(), ": the caller needs "+c.permission) {
					t.Errorf("%q does not name the permission %s", err, c.permission)
				}
			})
		}
	}
	for _, c := range calls {
		t.Run(c.name+" canceled", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := c.do(ctx, m.account()); execution.CodeOf(err) != execution.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want code %s", err, execution.Canceled)
			}
		})
	}
}

// An answer that breaks off is read on from where it did.
func brokenAnswers(t *testing.T, m moto) {
	m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	content := strings.Repeat("0123456789abcdef", 300_000)
	stored, err := m.account().Objects(BucketOptions{}).Put(t.Context(), "bucket", "k", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	read := func(most int64) (string, error) {
		broken := m.accountThrough(func(next aws.HTTPClient) aws.HTTPClient {
			return sender(func(r *http.Request) (*http.Response, error) {
				answer, err := next.Do(r)
				if err == nil {
					answer.Body = &breaking{answer.Body, io.LimitReader(answer.Body, most)}
				}
				return answer, err
			})
		})
		return readAll(t.Context(), broken.Objects(BucketOptions{}), stored.Location)
	}
	if got, err := read(1_000_003); err != nil || got != content {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if got, err := read(0); execution.CodeOf(err) != execution.Unavailable || !errors.Is(err, errLost) || got != "" {
		t.Errorf("%d bytes, error %v, want code %s", len(got), err, execution.Unavailable)
	}
}

// breaking ends with an error where its reader ends.
type breaking struct {
	io.Closer
	r io.Reader
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = errLost
	}
	return n, err
}

func readAll(ctx context.Context, o artifact.Objects, at artifact.Location) (string, error) {
	r, err := o.Open(ctx, at)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	return string(content), err
}
