//go:build synth

package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// givenWebhooks holds what stacks have for the webhooks that sources are given: a secret that is generated, and what
// the repository is told, which is where the platform's stack says that webhooks go.
func givenWebhooks(t *testing.T, all map[string]template) {
	secrets := map[string]string{}
	for id, r := range of(all, "AWS::SecretsManager::Secret") {
		stack, _, _ := strings.Cut(id, "/")
		secrets[text(r.Properties["Name"])] = stack
		if generated, _ := r.Properties["GenerateSecretString"].(map[string]any); generated["PasswordLength"] != 64.0 || r.Properties["SecretString"] != nil {
			t.Errorf("%s is not generated: %v", id, r.Properties)
		}
	}
	want := map[string]string{
		"penstock/go-service/Checkout/webhook": "penstock-go-service", "penstock/orders/Service/webhook": "penstock-orders",
		"penstock/orders/Contract/webhook": "penstock-orders", "penstock/open/Hub/webhook": "penstock-open",
	}
	if diff := cmp.Diff(want, secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if exported := all["penstock-platform"].Outputs["WebhooksUrl"].Export["Name"]; exported != "penstock-webhooks" {
		t.Errorf("the platform exports where webhooks go as %v", exported)
	}
	for stack, ends := range map[string][]string{
		"penstock-go-service": {"go-service/Checkout"}, "penstock-orders": {"orders/Contract", "orders/Service"}, "penstock-open": {"open/Hub"}, "penstock-static-site": nil,
	} {
		var urls []string
		refs := 0
		for _, o := range all[stack].Outputs {
			if url := text(o.Value); strings.HasPrefix(url, "{Fn::ImportValue}") {
				urls = append(urls, strings.TrimPrefix(url, "{Fn::ImportValue}"))
			} else if ref := strings.Trim(url, "{}"); all[stack].Resources[ref].Type == "AWS::SecretsManager::Secret" {
				refs++
			}
		}
		slices.Sort(urls)
		if !slices.Equal(urls, ends) || refs != len(ends) {
			t.Errorf("%s says of its webhooks %q, and %d secrets: %v", stack, urls, refs, all[stack].Outputs)
		}
	}
}
