package execution_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
)

// values is an execution.Objects in memory.
type values map[string][]byte

func (v values) PutObject(_ context.Context, digest string, value []byte) error {
	v[digest] = bytes.Clone(value)
	return nil
}

func (v values) GetObject(_ context.Context, digest string) ([]byte, error) {
	value, ok := v[digest]
	if !ok {
		return nil, &execution.Error{Code: execution.NotFound, Message: "there is no object " + digest}
	}
	return value, nil
}

func TestMemoryObjects(t *testing.T) {
	porttest.Objects(t, func(*testing.T) execution.Objects { return values{} })
}

func TestLongValues(t *testing.T) {
	table, objects := porttest.NewMemory(), values{}
	spill := execution.Spill{Table: table, Objects: objects}
	long := []byte(`"` + strings.Repeat("x", 5<<20) + `"`)
	short := []byte(`"` + strings.Repeat("y", execution.MaxInline-2) + `"`)
	key := func(sort string) execution.Key { return execution.Key{Partition: "p", Sort: sort} }
	writes := []execution.Write{{Key: key("long"), Value: long}, {Key: key("short"), Value: short}}
	if err := spill.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(writes[0].Value, long) {
		t.Error("Write has changed what it was given")
	}
	items, err := spill.Query(t.Context(), execution.Query{Partition: "p"})
	if err != nil || len(items) != 2 || !bytes.Equal(items[0].Value, long) || !bytes.Equal(items[1].Value, short) {
		t.Errorf("Query: %d items, %v", len(items), err)
	}
	item, err := spill.Get(t.Context(), key("long"))
	if err != nil || !bytes.Equal(item.Value, long) || item.Revision != 1 {
		t.Errorf("Get: revision %d, %d bytes, %v", item.Revision, len(item.Value), err)
	}
	if len(objects) != 1 || len(stored(t, table, "long")) > 200 || !bytes.Equal(stored(t, table, "short"), short) {
		t.Errorf("%d objects; the table holds %d bytes of the long value", len(objects), len(stored(t, table, "long")))
	}
	for digest := range objects {
		objects[digest][7] ^= 1
		if _, err := spill.Get(t.Context(), key("long")); err == nil || !strings.Contains(err.Error(), digest) {
			t.Errorf("a value that was changed: %v", err)
		}
		delete(objects, digest)
	}
	if _, err := spill.Get(t.Context(), key("long")); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("a value that is gone: %v", err)
	}
}

// stored is the value of an item of partition p.
func stored(t *testing.T, table execution.Table, sort string) []byte {
	t.Helper()
	item, err := table.Get(t.Context(), execution.Key{Partition: "p", Sort: sort})
	if err != nil {
		t.Fatal(err)
	}
	return item.Value
}
