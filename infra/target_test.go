//go:build synth

package infra_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTargets holds that an account which pipelines deploy to may send events, and that only its role for the platform
// reaches artifacts. The examples are synthesized with one.
func TestTargets(t *testing.T) {
	made := synthesize(t, "../examples/static-site/pipeline.yaml")["penstock-platform"]
	all := map[string]template{"": made}
	found := map[string]string{}
	for _, s := range statements(all) {
		if trusted := principals(s.principal); len(trusted) == 1 && strings.HasSuffix(trusted[0], ":iam::444455556666:root") {
			condition, err := json.Marshal(s.condition)
			if err != nil {
				t.Fatal(err)
			}
			found[s.actions[0]] = string(condition)
		}
	}
	for _, action := range []string{"s3:GetObject", "kms:Decrypt"} {
		if !strings.Contains(found[action], ":iam::444455556666:role/penstock/penstock-target-*") {
			t.Errorf("%s is allowed if %s", action, found[action])
		}
	}
	if !strings.Contains(found["kms:Decrypt"], "kms:ViaService") {
		t.Errorf("the key is used other than through S3: %s", found["kms:Decrypt"])
	}
	sends := of(all, "AWS::Events::EventBusPolicy")
	for _, policy := range sends {
		statement, _ := policy.Properties["Statement"].(map[string]any)
		if got := principals(statement["Principal"]); len(got) != 1 || !strings.HasSuffix(got[0], ":iam::444455556666:root") || statement["Action"] != "events:PutEvents" {
			t.Errorf("the bus takes %v of %v", statement["Action"], got)
		}
	}
	if len(sends) != 1 || len(found) != 3 {
		t.Errorf("%d policies of the bus, and statements about %v", len(sends), found)
	}
}
