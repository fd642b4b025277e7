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

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// prepared is moto with what the calls use.
func prepared(t *testing.T, m moto) []cloudtest.Call {
	cloudtest.CreateTable(t, m.endpoint, "penstock")
	m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
	a := m.account()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	there := execution.Key{Partition: "p", Sort: "there"}
	must(a.Table("penstock", cloudtest.IDs{}).Write(t.Context(), []execution.Write{{Key: there, Value: []byte("v")}}))
	value := []byte("a value")
	digest := fmt.Sprintf("%x", sha256.Sum256(value))
	must(a.Values("bucket", "v/", BucketOptions{}).PutObject(t.Context(), digest, value))
	stored, err := a.Objects(BucketOptions{}).Put(t.Context(), "bucket", "there", strings.NewReader("content"))
	must(err)
	ids := cloudtest.IDs{}
	fresh := func() execution.Write {
		return execution.Write{Key: execution.Key{Partition: "p", Sort: ids.NewID()}, Value: []byte("v")}
	}
	call := func(name, permission string, do func(context.Context, *Account) error) cloudtest.Call {
		return cloudtest.Call{Name: name, Permission: permission, Do: func(ctx context.Context, through cloudtest.Through) error {
			return do(ctx, m.accountThrough(through))
		}}
	}
	parts := call("Put of parts", "s3:PutObject", func(ctx context.Context, a *Account) error {
		_, err := a.Objects(BucketOptions{}).Put(ctx, "bucket", "long", bytes.NewReader(make([]byte, partSize+1)))
		return err
	})
	parts.Forgotten = true
	return []cloudtest.Call{
		parts,
		call("Get", "dynamodb:GetItem", func(ctx context.Context, a *Account) error {
			_, err := a.Table("penstock", ids).Get(ctx, there)
			return err
		}),
		call("Query", "dynamodb:Query", func(ctx context.Context, a *Account) error {
			_, err := a.Table("penstock", ids).Query(ctx, execution.Query{Partition: "p", Limit: 1})
			return err
		}),
		call("Write of one", "dynamodb:PutItem", func(ctx context.Context, a *Account) error {
			return a.Table("penstock", ids).Write(ctx, []execution.Write{fresh()})
		}),
		call("Write of two", "dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:ConditionCheckItem", func(ctx context.Context, a *Account) error {
			return a.Table("penstock", ids).Write(ctx, []execution.Write{fresh(), fresh()})
		}),
		call("PutObject", "s3:PutObject", func(ctx context.Context, a *Account) error {
			return a.Values("bucket", "v/", BucketOptions{}).PutObject(ctx, fmt.Sprintf("%x", sha256.Sum256([]byte(ids.NewID()))), value)
		}),
		call("GetObject", "s3:GetObject", func(ctx context.Context, a *Account) error {
			_, err := a.Values("bucket", "v/", BucketOptions{}).GetObject(ctx, digest)
			return err
		}),
		call("Put", "s3:PutObject", func(ctx context.Context, a *Account) error {
			_, err := a.Objects(BucketOptions{}).Put(ctx, "bucket", "short", strings.NewReader("short"))
			return err
		}),
		call("Open", "s3:GetObject", func(ctx context.Context, a *Account) error {
			r, err := a.Objects(BucketOptions{}).Open(ctx, stored.Location)
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
			return err
		}),
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
			return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
				answer, err := next.Do(r)
				if err == nil {
					answer.Body = &cloudtest.Breaking{Closer: answer.Body, R: io.LimitReader(answer.Body, most)}
				}
				return answer, err
			})
		})
		return cloudtest.ReadAll(t.Context(), broken.Objects(BucketOptions{}), stored.Location)
	}
	if got, err := read(1_000_003); err != nil || got != content {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if got, err := read(0); execution.CodeOf(err) != execution.Unavailable || !errors.Is(err, cloudtest.ErrLost) || got != "" {
		t.Errorf("%d bytes, error %v, want code %s", len(got), err, execution.Unavailable)
	}
}
