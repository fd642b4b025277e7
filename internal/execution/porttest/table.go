// Package porttest has the contract of each port of package execution as a test suite: every adapter passes it.
package porttest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Table runs the suite of execution.Table on tables that open makes, each empty.
func Table(t *testing.T, open func(t *testing.T) execution.Table) {
	t.Run("get what is not there", func(t *testing.T) { absent(t, open(t)) })
	t.Run("revisions", func(t *testing.T) { revisions(t, open(t)) })
	t.Run("all or nothing", func(t *testing.T) { allOrNothing(t, open(t)) })
	t.Run("query", func(t *testing.T) { query(t, open(t)) })
	t.Run("limits", func(t *testing.T) { limits(t, open(t)) })
	t.Run("what expires", func(t *testing.T) { expires(t, open(t)) })
	t.Run("one writer wins", func(t *testing.T) { race(t, open(t)) })
}

func key(partition, sort string) execution.Key {
	return execution.Key{Partition: partition, Sort: sort}
}

func put(k execution.Key, revision int64, value string) execution.Write {
	return execution.Write{Key: k, IfRevision: revision, Value: []byte(value)}
}

func write(t *testing.T, table execution.Table, writes ...execution.Write) {
	t.Helper()
	if err := table.Write(context.Background(), writes); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, table execution.Table, k execution.Key) execution.Item {
	t.Helper()
	item, err := table.Get(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func refused(t *testing.T, table execution.Table, code execution.Code, writes ...execution.Write) {
	t.Helper()
	err := table.Write(context.Background(), writes)
	if err == nil || execution.CodeOf(err) != code {
		t.Fatalf("Write = %v, want code %s", err, code)
	}
}

func absent(t *testing.T, table execution.Table) {
	if item := get(t, table, key("p", "s")); item.Revision != 0 || item.Value != nil {
		t.Errorf("Get = %+v, want revision 0 and no value", item)
	}
	refused(t, table, execution.Conflict, execution.Write{Key: key("p", "s"), IfRevision: 1, Kind: execution.Delete})
	write(t, table, execution.Write{Key: key("p", "s"), Kind: execution.Check})
}

func revisions(t *testing.T, table execution.Table) {
	k := key("p", "s")
	write(t, table, put(k, 0, "a"))
	refused(t, table, execution.Conflict, put(k, 0, "b"))
	write(t, table, put(k, 1, "b"))
	if item := get(t, table, k); item.Revision != 2 || string(item.Value) != "b" {
		t.Errorf("Get = %d %q, want 2 %q", item.Revision, item.Value, "b")
	}
	refused(t, table, execution.Conflict, execution.Write{Key: k, IfRevision: 1, Kind: execution.Check})
	write(t, table, execution.Write{Key: k, IfRevision: 2, Kind: execution.Delete})
	if item := get(t, table, k); item.Revision != 0 {
		t.Errorf("after Delete the revision is %d, want 0", item.Revision)
	}
	write(t, table, put(k, 0, "c"))
}

func allOrNothing(t *testing.T, table execution.Table) {
	write(t, table, put(key("p", "a"), 0, "1"))
	refused(t, table, execution.Conflict, put(key("p", "b"), 0, "2"), put(key("p", "a"), 7, "3"))
	if item := get(t, table, key("p", "b")); item.Revision != 0 {
		t.Error("a refused write left one of its items")
	}
	refused(t, table, execution.Conflict, put(key("p", "b"), 0, "2"),
		execution.Write{Key: key("p", "a"), IfRevision: 9, Kind: execution.Check})
	write(t, table, put(key("p", "b"), 0, "2"), execution.Write{Key: key("p", "a"), IfRevision: 1, Kind: execution.Check})
}

func query(t *testing.T, table execution.Table) {
	for i, s := range []string{"a/1", "a/2", "a/3", "b/1", "a/\u00ff"} {
		write(t, table, put(key("p", s), 0, fmt.Sprint(i)))
	}
	write(t, table, put(key("p2", "a/1"), 0, "x"), put(key("o", "a/1"), 0, "x"))
	cases := []struct {
		q    execution.Query
		want []string
	}{
		{execution.Query{Partition: "p"}, []string{"a/1", "a/2", "a/3", "a/\u00ff", "b/1"}},
		{execution.Query{Partition: "p", Prefix: "a/"}, []string{"a/1", "a/2", "a/3", "a/\u00ff"}},
		{execution.Query{Partition: "p", Prefix: "a/", Limit: 2}, []string{"a/1", "a/2"}},
		{execution.Query{Partition: "p", Prefix: "a/", After: "a/1", Limit: 1}, []string{"a/2"}},
		{execution.Query{Partition: "p", Prefix: "a/", After: "a/15", Limit: 1}, []string{"a/2"}},
		{execution.Query{Partition: "p", Prefix: "a/", Descending: true, Limit: 2}, []string{"a/\u00ff", "a/3"}},
		{execution.Query{Partition: "p", Prefix: "a/", Descending: true, After: "a/2"}, []string{"a/1"}},
		{execution.Query{Partition: "p", Descending: true, Limit: 1}, []string{"b/1"}},
		{execution.Query{Partition: "p2", Descending: true}, []string{"a/1"}},
		{execution.Query{Partition: "none"}, nil},
	}
	for _, c := range cases {
		items, err := table.Query(context.Background(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range items {
			if item.Partition != c.q.Partition || item.Revision != 1 || len(item.Value) == 0 {
				t.Errorf("Query(%+v) gave %+v", c.q, item)
			}
			got = append(got, item.Sort)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Query(%+v) (-want +got):\n%s", c.q, diff)
		}
	}
}

func limits(t *testing.T, table execution.Table) {
	large := strings.Repeat("x", execution.MaxItemBytes)
	write(t, table, put(key("p", "large"), 0, large))
	refused(t, table, execution.Invalid, put(key("p", "larger"), 0, large+"x"))
	var writes []execution.Write
	for i := range execution.MaxWrites {
		writes = append(writes, put(key("many", fmt.Sprint(i)), 0, "x"))
	}
	write(t, table, writes...)
	refused(t, table, execution.Invalid, append(writes, put(key("many", "more"), 0, "x"))...)
	refused(t, table, execution.Invalid, put(key("p", "twice"), 0, "a"), put(key("p", "twice"), 0, "b"))
}

// An item that expires is there until then; whether it is there afterwards is up to the adapter.
func expires(t *testing.T, table execution.Table) {
	a, b := put(key("p", "a"), 0, "1"), put(key("p", "b"), 0, "2")
	future := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	a.Expires, b.Expires = future, future
	write(t, table, a)
	write(t, table, b, put(key("p", "c"), 0, "3"))
	for _, w := range []execution.Write{a, b} {
		if item := get(t, table, w.Key); item.Revision != 1 || string(item.Value) != string(w.Value) {
			t.Errorf("Get = %d %q, want 1 %q", item.Revision, item.Value, w.Value)
		}
	}
	write(t, table, put(a.Key, 1, "4"))
	if items, err := table.Query(context.Background(), execution.Query{Partition: "p"}); err != nil || len(items) != 3 {
		t.Errorf("Query gave %d items, %v, want 3", len(items), err)
	}
}

func race(t *testing.T, table execution.Table) {
	const writers = 16
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			errs[i] = table.Write(context.Background(), []execution.Write{put(key("p", "s"), 0, fmt.Sprint(i))})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case execution.CodeOf(err) != execution.Conflict:
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d writers won, want 1", won, writers)
	}
}
