package platform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/resources"
)

// Every setting that a function needs is missed by name, all at once.
func TestMissingSettings(t *testing.T) {
	if s, err := ReadSettings(func(name string) string { return "the " + name }); err != nil || s.BucketName != "the "+resources.SettingBucket || s.Key != "the "+resources.SettingKey {
		t.Errorf("whole settings are read as %+v, %v", s, err)
	}
	_, err := ReadSettings(func(string) string { return "" })
	if err == nil {
		t.Fatal("no setting is missed")
	}
	for _, name := range append(resources.Settings(), "AWS_REGION") {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not missed: %v", name, err)
		}
	}
}

// What the builds of a batch store is read below the first output, by nobody else.
func TestAccessOfABatch(t *testing.T) {
	r := action.Request{Outputs: []action.Output{
		{Name: "one", Location: artifact.Location{Bucket: "store", Key: "site/one/1"}}, {Name: "two", Location: artifact.Location{Bucket: "store", Key: "site/two/1"}},
	}}
	for enabled, want := range map[string][]resources.Object{"": nil, "false": nil, "True": {{Bucket: "store", Key: "site/one/1"}}} {
		r.Configuration = map[string]string{"BatchEnabled": enabled}
		if diff := cmp.Diff(want, (&Platform{}).access(r).Below); diff != "" {
			t.Errorf("BatchEnabled %q (-want +got):\n%s", enabled, diff)
		}
	}
}
