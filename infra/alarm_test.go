//go:build synth

package infra_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
