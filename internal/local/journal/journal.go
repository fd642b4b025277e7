// Package journal keeps the entries of executions in a bbolt file: the engine's Store that survives the process.
//
// It knows nothing of what entries mean and does not resume executions. In: entries, from many executions at once, and
// the transactions of whoever shares the file. Out: the entries of an execution, in order, and the names of all
// executions.
//
// An entry waits in memory for the next transaction of the file, whoever's it is: see Journal.
package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// MaxEntry is the largest entry, in bytes as stored. The largest that the engine makes is a start: a definition of 1 MB
// and an input of 256 KiB, both in base64.
const MaxEntry = 4 << 20

// maxWaiting bounds what waits in memory, in bytes: more is written in a transaction of its own.
const maxWaiting = 16 << 20

// entriesBucket holds every entry: its key is the execution's name, a zero byte and the sequence in 8 bytes, big-endian;
// its value is the entry as JSON.
var entriesBucket = []byte("entries")

const sequenceBytes = 8

// TooLargeError says that an entry is larger than MaxEntry.
type TooLargeError struct {
	Execution string
	Sequence  int
	Size      int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("entry %d of execution %s has %d bytes, at most %d are allowed", e.Sequence, e.Execution, e.Size, MaxEntry)
}

// Journal is an engine.Store in a bucket of a file that it shares with the records of executions. It is safe for
// concurrent use.
//
// Append promises this: the entry is on the disk no later than anything that is written to the file afterwards. That is
// enough, and costs no flush of its own, where nothing happens outside of the process before the file was written: a
// handler records what it is going to do before it does it, and that record takes along every entry that led to it. A
// process that dies before has done nothing outside since the last entry that is on the disk, and what led to the lost
// ones comes again: the invocation is made again and answers from its record, the stored answer to a token is given
// again, the timer is due again.
type Journal struct {
	db *bbolt.DB

	mu      sync.Mutex
	waiting []change
	size    int // of what waits, in bytes
	written int // how many changes have ever left waiting
}

// change stores an entry under its key or, where value is nil, removes every entry whose key begins with key.
type change struct{ key, value []byte }

// New opens the journal in a file, which may be a new one.
func New(db *bbolt.DB) (*Journal, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(entriesBucket)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open journal in %s: %w", db.Path(), err)
	}
	return &Journal{db: db}, nil
}

// Append takes an entry; the error is a *TooLargeError, or the file system's where so much waits that it must be written
// first: no space is one that wraps syscall.ENOSPC, and Append works again once there is. Where it is not nil the entry
// is not in the journal.
func (j *Journal) Append(ctx context.Context, e engine.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode entry %d of execution %s: %w", e.Sequence, e.Execution, err)
	}
	if len(value) > MaxEntry {
		return &TooLargeError{Execution: e.Execution, Sequence: e.Sequence, Size: len(value)}
	}
	return j.add(change{key: key(e.Execution, e.Sequence), value: value})
}

// Remove drops the entries of an execution, which should be over: it cannot be resumed afterwards. They are removed
// from the file when entries are written to it next.
func (j *Journal) Remove(execution string) error {
	return j.add(change{key: prefixOf(execution)})
}

func (j *Journal) add(c change) error {
	j.mu.Lock()
	full := j.size > maxWaiting
	j.mu.Unlock()
	if full {
		if err := j.Flush(); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waiting = append(j.waiting, c)
	j.size += len(c.key) + len(c.value)
	return nil
}

// Flush writes what waits, if anything does.
func (j *Journal) Flush() error {
	j.mu.Lock()
	idle := len(j.waiting) == 0
	j.mu.Unlock()
	if idle {
		return nil
	}
	if err := j.db.Update(j.Join); err != nil {
		return fmt.Errorf("write journal in %s: %w", j.db.Path(), err)
	}
	return nil
}

// Join makes what waits a part of a transaction that its caller commits. It goes on waiting until that has succeeded.
func (j *Journal) Join(tx *bbolt.Tx) error {
	j.mu.Lock()
	group := j.waiting[:len(j.waiting):len(j.waiting)]
	last := j.written + len(group)
	j.mu.Unlock()
	bucket := tx.Bucket(entriesBucket)
	for _, c := range group {
		if err := c.apply(bucket); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { j.leave(last) })
	return nil
}

// leave forgets the changes up to one that is on the disk. The next transaction may have begun, and ended, before: it
// has then done the same changes again, which changes nothing.
func (j *Journal) leave(last int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for ; j.written < last; j.written++ {
		j.size -= len(j.waiting[0].key) + len(j.waiting[0].value)
		j.waiting = j.waiting[1:]
	}
	if len(j.waiting) == 0 {
		j.waiting = nil // the array behind it holds what was written
	}
}

func (c change) apply(bucket *bbolt.Bucket) error {
	if c.value != nil {
		return bucket.Put(c.key, c.value)
	}
	cursor := bucket.Cursor()
	for k, _ := cursor.Seek(c.key); bytes.HasPrefix(k, c.key); k, _ = cursor.Seek(c.key) {
		if err := cursor.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// Entries returns what was stored for an execution, in order; none for an unknown one.
func (j *Journal) Entries(ctx context.Context, execution string) ([]engine.Entry, error) {
	var entries []engine.Entry
	prefix := prefixOf(execution)
	if err := j.Flush(); err != nil {
		return nil, err
	}
	err := j.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(entriesBucket).Cursor()
		for k, v := cursor.Seek(prefix); bytes.HasPrefix(k, prefix) && ctx.Err() == nil; k, v = cursor.Next() {
			var e engine.Entry
			if err := json.Unmarshal(v, &e); err != nil {
				return fmt.Errorf("entry %d: %w", len(entries)+1, err)
			}
			if e.Sequence != len(entries)+1 {
				return fmt.Errorf("entry %d is missing", len(entries)+1)
			}
			entries = append(entries, e)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read entries of execution %s: %w", execution, err)
	}
	return entries, nil
}

// Executions returns the names of all executions that have entries, sorted.
func (j *Journal) Executions(ctx context.Context) ([]string, error) {
	var names []string
	if err := j.Flush(); err != nil {
		return nil, err
	}
	err := j.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(entriesBucket).Cursor()
		for k, _ := cursor.First(); k != nil && ctx.Err() == nil; {
			name := string(k[:len(k)-sequenceBytes-1])
			names = append(names, name)
			k, _ = cursor.Seek(append([]byte(name), 1)) // past the zero byte
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list executions: %w", err)
	}
	return names, nil
}

func prefixOf(execution string) []byte { return append([]byte(execution), 0) }

func key(execution string, sequence int) []byte {
	return binary.BigEndian.AppendUint64(prefixOf(execution), uint64(sequence))
}
