package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Table keeps records in a bbolt file. One process at a time owns the file.
type Table struct {
	db      *bbolt.DB
	commits *commits
}

// itemsBucket holds every item: its key is partition, a zero byte and sort; its value the revision in 8 bytes,
// big-endian, and then the value.
var itemsBucket = []byte("items")

const revisionBytes = 8

// OpenTable opens or creates the file at path.
func OpenTable(path string, options *bbolt.Options) (*Table, error) {
	if err := createTable(path, options); err != nil {
		return nil, fmt.Errorf("create records %s: %w", path, err)
	}
	db, err := openDB(path, options)
	if err != nil {
		return nil, err
	}
	return &Table{db: db, commits: &commits{db: db}}, nil
}

// openDB opens the file of a table. Of one that is damaged bbolt tells by an error of its own or by a panic; it may then
// leave the file open, and locked.
func openDB(path string, options *bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	defer func() {
		if reason := recover(); reason != nil {
			db, err = nil, &DamagedError{Path: path, Err: fmt.Errorf("%v", reason)}
			unlock(file)
		}
	}()
	keeping := *bbolt.DefaultOptions
	if options != nil {
		keeping = *options
	}
	keeping.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	db, err = bbolt.Open(path, fileMode, &keeping)
	if err != nil && file != nil {
		unlock(file)
	}
	var system *fs.PathError
	if err != nil && !errors.As(err, &system) && !errors.Is(err, bolterrors.ErrTimeout) {
		return nil, &DamagedError{Path: path, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("open records %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(itemsBucket)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open records %s: %w", path, err), db.Close())
	}
	return db, nil
}

// createTable makes the file where there is none, whole or not at all: one that a full disk cut short cannot be opened
// again, it would be read behind its end.
func createTable(path string, options *bbolt.Options) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	unfinished := path + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	db, err := bbolt.Open(unfinished, fileMode, options)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// Close releases the file.
func (t *Table) Close() error { return t.db.Close() }

// Get returns one item; one that is not there has revision 0.
func (t *Table) Get(_ context.Context, key execution.Key) (execution.Item, error) {
	item := execution.Item{Key: key}
	err := t.db.View(func(tx *bbolt.Tx) error {
		item.Revision, item.Value = unpack(tx.Bucket(itemsBucket).Get(itemKey(key)))
		return nil
	})
	return item, storageError("read records", err)
}

// Query returns items of one partition.
func (t *Table) Query(_ context.Context, q execution.Query) ([]execution.Item, error) {
	var items []execution.Item
	err := t.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(itemsBucket).Cursor()
		prefix := itemKey(execution.Key{Partition: q.Partition, Sort: q.Prefix})
		k, v, next := first(c, prefix, q)
		for ; bytes.HasPrefix(k, prefix) && (q.Limit == 0 || len(items) < q.Limit); k, v = next() {
			item := execution.Item{Key: execution.Key{Partition: q.Partition, Sort: string(k[len(q.Partition)+1:])}}
			item.Revision, item.Value = unpack(v)
			items = append(items, item)
		}
		return nil
	})
	return items, storageError("read records", err)
}

// first places a cursor on the first item that a query wants, and says how to go on.
func first(c *bbolt.Cursor, prefix []byte, q execution.Query) (k, v []byte, next func() ([]byte, []byte)) {
	after := itemKey(execution.Key{Partition: q.Partition, Sort: q.After})
	if !q.Descending {
		if q.After == "" || bytes.Compare(after, prefix) < 0 {
			k, v = c.Seek(prefix)
			return k, v, c.Next
		}
		if k, v = c.Seek(after); bytes.Equal(k, after) {
			k, v = c.Next()
		}
		return k, v, c.Next
	}
	bound := append(bytes.Clone(prefix), 0xff)
	if q.After != "" && bytes.Compare(after, bound) < 0 {
		bound = after
	}
	if k, _ = c.Seek(bound); k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	return k, v, c.Prev
}

// Write does all of the writes or none, and returns when they are on the disk.
func (t *Table) Write(_ context.Context, writes []execution.Write) error {
	if err := checkWrites(writes); err != nil {
		return err
	}
	each := func(do func(*bbolt.Bucket, *execution.Write) error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b := tx.Bucket(itemsBucket)
			for i := range writes {
				if err := do(b, &writes[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return storageError("write records", t.commits.do(change{allowed: each(holds), apply: each(writeItem)}))
}

func checkWrites(writes []execution.Write) error {
	if len(writes) > execution.MaxWrites {
		return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("%d writes at once, at most %d", len(writes), execution.MaxWrites)}
	}
	seen := make(map[execution.Key]bool, len(writes))
	for i := range writes {
		w := &writes[i]
		if seen[w.Key] {
			return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("two writes of %s %s", w.Partition, w.Sort)}
		}
		seen[w.Key] = true
		if w.Kind != execution.Put && w.Kind != execution.Delete && w.Kind != execution.Check {
			return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("unknown kind of write %d", w.Kind)}
		}
		if len(w.Value) > execution.MaxItemBytes {
			return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("%s %s has %d bytes, at most %d", w.Partition, w.Sort, len(w.Value), execution.MaxItemBytes)}
		}
	}
	return nil
}

// holds checks the condition of a write.
func holds(b *bbolt.Bucket, w *execution.Write) error {
	if revision, _ := unpack(b.Get(itemKey(w.Key))); revision != w.IfRevision {
		return &execution.Error{Code: execution.Conflict, Message: fmt.Sprintf("%s %s has revision %d, not %d", w.Partition, w.Sort, revision, w.IfRevision)}
	}
	return nil
}

// writeItem does a write whose condition holds.
func writeItem(b *bbolt.Bucket, w *execution.Write) error {
	key := itemKey(w.Key)
	switch w.Kind {
	case execution.Delete:
		return b.Delete(key)
	case execution.Put:
		value := binary.BigEndian.AppendUint64(make([]byte, 0, revisionBytes+len(w.Value)), uint64(w.IfRevision)+1)
		return b.Put(key, append(value, w.Value...))
	case execution.Check:
	}
	return nil
}

func itemKey(k execution.Key) []byte {
	return append(append([]byte(k.Partition), 0), k.Sort...)
}

func unpack(stored []byte) (int64, []byte) {
	if len(stored) < revisionBytes {
		return 0, nil
	}
	return int64(binary.BigEndian.Uint64(stored)), bytes.Clone(stored[revisionBytes:])
}

// storageError classifies what bbolt reports.
func storageError(what string, err error) error {
	var classified *execution.Error
	if err == nil || errors.As(err, &classified) {
		return err
	}
	code := execution.Internal
	if errors.Is(err, bolterrors.ErrTimeout) {
		code = execution.Unavailable
	}
	return &execution.Error{Code: code, Message: what, Err: err}
}
