package platform

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/resources"
)

// Every setting that a function needs is missed by name, all at once.
func TestMissingSettings(t *testing.T) {
	if s, err := ReadSettings(func(name string) string { return "the " + name }); err != nil || s.BucketName != "the "+resources.SettingBucket {
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
