package cloud

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/execution"
)

func TestNoRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	a := New(Config{Change: offline()})
	_, err := a.Table("penstock", uuids{}).Get(t.Context(), execution.Key{Partition: "p", Sort: "s"})
	const want = `read "p" "s" of table penstock: no AWS Region is set: set AWS_REGION`
	if execution.CodeOf(err) != execution.Invalid || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func role(t *testing.T, m moto) {
	m.createTable(t, "penstock")
	var sent []string
	a := New(Config{Region: region, Endpoint: m.endpoint, Change: offline(), Through: func(next aws.HTTPClient) aws.HTTPClient {
		return sender(func(r *http.Request) (*http.Response, error) {
			_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
			id, _, _ := strings.Cut(credential, "/")
			if id != "id" {
				id = "of the role"
			}
			sent = append(sent, r.Header.Get("X-Amz-Target")+" by "+id)
			return next.Do(r)
		})
	}}).As(Role{ARN: "arn:aws:iam::123456789012:role/Pipeline", SessionName: "s"}, "")
	table := a.Table("penstock", uuids{})
	if len(sent) != 0 {
		t.Errorf("before the first call these were sent: %q", sent)
	}
	for range 2 {
		if _, err := table.Get(t.Context(), execution.Key{Partition: "p", Sort: "s"}); err != nil {
			t.Fatal(err)
		}
	}
	const get = "DynamoDB_20120810.GetItem by of the role"
	if got := strings.Join(sent, ", "); got != " by id, "+get+", "+get {
		t.Errorf("sent: %s", got)
	}
}

func encryptionContext(t *testing.T, m moto) {
	id := m.createKey(t)
	one := m.account().Keys(id, map[string]string{"pipeline": "one"})
	key, err := one.NewDataKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.Unwrap(t.Context(), key.Wrapped); err != nil || got != key.Plain {
		t.Errorf("unwrapped another key, error %v", err)
	}
	for _, c := range []map[string]string{nil, {"pipeline": "two"}, {"pipeline": "one", "more": "x"}} {
		if got, err := m.account().Keys(id, c).Unwrap(t.Context(), key.Wrapped); !errors.Is(err, envelope.ErrNotWrapped) || got != (envelope.Secret{}) {
			t.Errorf("context %v: error %v, want ErrNotWrapped", c, err)
		}
	}
	missing := strings.Replace(id, "key/", "key/0", 1)
	if _, err := m.account().Keys(missing, nil).NewDataKey(t.Context()); execution.CodeOf(err) != execution.NotFound || !strings.Contains(err.Error(), missing) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, err := m.account().Keys(missing, nil).Unwrap(t.Context(), key.Wrapped); errors.Is(err, envelope.ErrNotWrapped) || execution.CodeOf(err) != execution.NotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}
