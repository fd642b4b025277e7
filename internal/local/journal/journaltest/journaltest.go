// Package journaltest opens journals for the tests and benchmarks of packages that know nothing of files.
package journaltest

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/penstock-ci/penstock/internal/local/journal"
)

const fileMode = 0o600

// Open makes a journal in a file of its own, which is gone after the test.
func Open(t testing.TB) *journal.Journal {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "journal.db"), fileMode, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	j, err := journal.New(db)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
