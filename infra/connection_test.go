//go:build synth

package infra_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// connections holds what the stacks of examples with connections have for their webhooks: a secret that is generated, and what
// the repository is told, which is where the platform's stack says that webhooks go.
func connections(t *testing.T, all map[string]template) {
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
		"penstock/orders/Contract/webhook": "penstock-orders",
	}
	if diff := cmp.Diff(want, secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if exported := all["penstock-platform"].Outputs["WebhooksUrl"].Export["Name"]; exported != "penstock-webhooks" {
		t.Errorf("the platform exports where webhooks go as %v", exported)
	}
	for stack, ends := range map[string][]string{
		"penstock-go-service": {"go-service/Checkout"}, "penstock-orders": {"orders/Contract", "orders/Service"}, "penstock-static-site": nil,
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

// alarms holds that a sweep which nothing invokes raises an alarm: then nothing is measured at all. Of the others what is not
// measured is well.
func alarms(t *testing.T, all map[string]template) {
	missing := map[string]any{}
	for id, r := range of(all, "AWS::CloudWatch::Alarm") {
		p := r.Properties
		if p["TreatMissingData"] != "breaching" {
			continue
		}
		missing[text(p["AlarmName"])] = id
		got := map[string]any{}
		for _, name := range []string{"MetricName", "Statistic", "ComparisonOperator", "Threshold", "EvaluationPeriods", "Period"} {
			got[name] = p[name]
		}
		want := map[string]any{
			"MetricName": "Invocations", "Statistic": "Sum", "ComparisonOperator": "LessThanThreshold", "Threshold": 1.0, "EvaluationPeriods": 2.0, "Period": 300.0,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
		if of := at(p["Dimensions"], []string{"Value"}); of != "penstock-sweep" {
			t.Errorf("%s is about %v", id, of)
		}
	}
	if names := slices.Sorted(maps.Keys(missing)); !slices.Equal(names, []string{"penstock-sweep-missing"}) {
		t.Errorf("what must be measured: %q", names)
	}
}
