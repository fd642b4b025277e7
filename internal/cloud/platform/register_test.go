package platform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
)

// What a template left open in its webhooks has its value once they are registered, and another value is another version.
func TestRegisteredWebhooks(t *testing.T) {
	w := newWorld(t, "")
	w.webhooks = []byte(`[{"name":{"Fn::Sub":"on-${Branch}"},"targetAction":"Content","filters":[{"jsonPath":"$.ref"}],"authentication":"GITHUB_HMAC",
		"authenticationConfiguration":{"SecretToken":{"Fn::Sub":"{{resolve:secretsmanager:${Token}}}"}}}]`)
	for version, branch := range []string{"main", "main", "next"} {
		w.substitutions = map[string]string{"Branch": branch, "Token": "hook"}
		d := w.deploy(site)
		want := []execution.Webhook{{
			Name: "on-" + branch, TargetAction: "Content", Authentication: "GITHUB_HMAC", Filters: []execution.WebhookFilter{{JSONPath: "$.ref"}},
			AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "{{resolve:secretsmanager:hook}}"},
		}}
		if diff := cmp.Diff(want, d.Webhooks); diff != "" || d.Version != []int{1, 1, 2}[version] {
			t.Errorf("version %d (-want +got):\n%s", d.Version, diff)
		}
	}
}

// Step Functions keeps 1,000 versions of a state machine and deletes none. A deployment makes room for its own: of what is old,
// and what no open execution runs.
func TestRegisterMakesRoomForVersions(t *testing.T) {
	w := newWorld(t, "")
	w.states.Most = 3
	w.deploy(site)
	id := w.start("site", "event-1")
	arn := ""
	for i := range 4 {
		d := w.deploy(strings.Replace(site, "pages?", fmt.Sprintf("files%d?", i), 1))
		arn = d.Machines[0].ARN
	}
	arn = arn[:strings.LastIndexByte(arn, ':')]
	if got := w.states.Versions(arn); !slices.Equal(got, []int{1, 4, 5}) {
		t.Errorf("versions %d, want that of the open execution and the newest", got)
	}
	if e := w.run(id); e.Status != execution.ExecutionSucceeded || e.PipelineVersion != 1 {
		t.Errorf("the execution is %s, of version %d", e.Status, e.PipelineVersion)
	}
}
