package local

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"go.etcd.io/bbolt"
)

// Changes that come while another is being written are written in one transaction; one that is refused does not undo the
// others.
func TestChangesShareATransaction(t *testing.T) {
	table, err := OpenTable(filepath.Join(t.TempDir(), "state.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	transactions := 0
	c := &commits{db: table.db, join: func(*bbolt.Tx) error { transactions++; return nil }}
	put := func(key string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(itemsBucket).Put([]byte(key), []byte("x")) }
	}
	entered, release := make(chan struct{}), make(chan struct{})
	errRefused := errors.New("refused")
	always := func(*bbolt.Tx) error { return nil }
	changes := []change{
		{always, func(*bbolt.Tx) error { close(entered); <-release; return nil }},
		{always, put("a")},
		{func(*bbolt.Tx) error { return errRefused }, put("b")},
		{always, put("c")},
	}
	errs := make([]chan error, len(changes))
	for i, ch := range changes {
		errs[i] = make(chan error, 1)
		go func() { errs[i] <- c.do(ch) }()
		if i == 0 {
			<-entered
		}
	}
	for waiting := 0; waiting < len(changes)-1; runtime.Gosched() {
		c.mu.Lock()
		waiting = len(c.waiting)
		c.mu.Unlock()
	}
	close(release)
	for i, want := range []error{nil, nil, errRefused, nil} {
		if err := <-errs[i]; !errors.Is(err, want) {
			t.Errorf("change %d: %v, want %v", i, err, want)
		}
	}
	err = table.db.View(func(tx *bbolt.Tx) error {
		for key, want := range map[string]bool{"a": true, "b": false, "c": true} {
			if got := tx.Bucket(itemsBucket).Get([]byte(key)) != nil; got != want {
				t.Errorf("%s is in the file: %v, want %v", key, got, want)
			}
		}
		return nil
	})
	if err != nil || transactions != 2 {
		t.Errorf("%d transactions, want 2; %v", transactions, err)
	}
	if err := c.do(changes[2]); !errors.Is(err, errRefused) || transactions != 2 {
		t.Errorf("a refused change alone: %v, %d transactions, want none more", err, transactions)
	}
}
