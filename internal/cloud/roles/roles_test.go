package roles

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Every call is made as the role, which is assumed once, when it is needed.
func TestAssume(t *testing.T) {
	var sent []string
	a := cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: cloudtest.Start(t), Change: cloudtest.Offline, Through: func(next aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
			id, _, _ := strings.Cut(credential, "/")
			if id != "id" {
				id = "of the role"
			}
			sent = append(sent, r.Header.Get("X-Amz-Target")+" by "+id)
			return next.Do(r)
		})
	}}).As(cloud.Role{ARN: "arn:aws:iam::123456789012:role/Pipeline", SessionName: "session"}, "", Assume)
	table := a.Table("penstock", cloudtest.IDs{})
	if len(sent) != 0 {
		t.Errorf("before the first call these were sent: %q", sent)
	}
	for range 2 {
		if _, err := table.Get(t.Context(), execution.Key{Partition: "p", Sort: "s"}); execution.CodeOf(err) != execution.NotFound {
			t.Errorf("there is no table, error %v", err)
		}
	}
	const get = "DynamoDB_20120810.GetItem by of the role"
	if got := strings.Join(sent, ", "); got != " by id, "+get+", "+get {
		t.Errorf("sent: %s", got)
	}
}
