package cloud

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

func TestNoRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	a := New(Config{Change: cloudtest.Offline})
	_, err := a.Table("penstock", cloudtest.IDs{}).Get(t.Context(), execution.Key{Partition: "p", Sort: "s"})
	const want = `read "p" "s" of table penstock: no AWS Region is set: set AWS_REGION`
	if execution.CodeOf(err) != execution.Invalid || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func role(t *testing.T, m moto) {
	m.createTable(t, "penstock")
	var sent []string
	a := New(Config{Region: region, Endpoint: m.endpoint, Change: cloudtest.Offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
			id, _, _ := strings.Cut(credential, "/")
			if id != "id" {
				id = "of the role"
			}
			sent = append(sent, r.Header.Get("X-Amz-Target")+" by "+id)
			return next.Do(r)
		})
	}}).As(Role{ARN: "arn:aws:iam::123456789012:role/Pipeline", SessionName: "s"}, "")
	table := a.Table("penstock", cloudtest.IDs{})
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
