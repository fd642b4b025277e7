package platform

import (
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
