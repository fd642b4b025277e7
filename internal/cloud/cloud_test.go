package cloud

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

func TestNoRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	a := New(Config{Change: cloudtest.Offline})
	_, err := a.Table("penstock", cloudtest.IDs{}).Get(t.Context(), execution.Key{Partition: "p", Sort: "s"})
	const want = `read "p" "s" of table penstock: no AWS Region is set: set AWS_REGION`
	if execution.CodeOf(err) != execution.Invalid || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
