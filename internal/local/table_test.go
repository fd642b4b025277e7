package local_test

import (
	"path/filepath"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
	"github.com/penstock-ci/penstock/internal/local"
)

func TestTable(t *testing.T) {
	porttest.Table(t, func(t *testing.T) execution.Table {
		table, err := local.OpenTable(filepath.Join(t.TempDir(), "state.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := table.Close(); err != nil {
				t.Error(err)
			}
		})
		return table
	})
}
