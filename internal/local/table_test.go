package local_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
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

// A file that is no table, or was one, is told to be damaged: nothing panics.
func TestDamagedTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	table, err := local.OpenTable(path, nil)
	if err == nil {
		err = table.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const metaPages = 2 * 4096
	for name, text := range map[string][]byte{
		"empty behind its beginning": append([]byte("something else"), make([]byte, 20000)...),
		"cut short":                  whole[:8000],
		"other pages":                append(slices.Clone(whole[:metaPages]), bytes.Repeat([]byte{0xf0}, len(whole)-metaPages)...),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := local.OpenTable(path, nil)
		var damaged *local.DamagedError
		if !errors.As(err, &damaged) || damaged.Path != path {
			t.Errorf("%s: OpenTable = %v, %v", name, table, err)
		}
	}
}
