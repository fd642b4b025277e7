package artifact_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
)

func TestPrefixes(t *testing.T) {
	for name, want := range map[string][2]string{
		"shop":                       {"shop", "shop"},
		"payments-service-api":       {"payments-service-api", "payments-service-api"},
		"payments-service-api-prod":  {"payments-service-api", "payment!XJBQF5ISU47Z"},
		"payments-service-api-stage": {"payments-service-api", "payment!6OMQIOPSDA25"},
	} {
		if got := [2]string{artifact.StorePrefix(name), artifact.PlatformPrefix(name)}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
