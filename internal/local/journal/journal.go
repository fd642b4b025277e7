// Package journal keeps the entries of executions in a bbolt file: the engine's Store that survives the process.
//
// It knows nothing of what entries mean, does not resume executions, and shares its file with nobody. In: entries, from
// many executions at once. Out: the entries of an execution, in order, and the names of all executions.
//
// An entry is on disk when Append returns. Entries that arrive while others are being written wait and are then written
// together, in one commit of the file: its cost is shared by everything that happened in the meantime, and an entry that
// comes alone does not wait for company.
package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// MaxEntry is the largest entry, in bytes as stored. The largest that the engine makes is a start: a definition of 1 MB
// and an input of 256 KiB, both in base64.
const MaxEntry = 4 << 20

// maxGroup bounds how much one commit writes, in bytes: an entry does not wait for endless others.
const maxGroup = 16 << 20

// lockTimeout is how long Open waits for a process that is about to leave the file.
const lockTimeout = 200 * time.Millisecond

const fileMode = 0o600

// entriesBucket holds every entry: its key is the execution's name, a zero byte and the sequence in 8 bytes, big-endian;
// its value is the entry as JSON.
var entriesBucket = []byte("entries")

const sequenceBytes = 8

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("the journal is in use by another process")

// TooLargeError says that an entry is larger than MaxEntry.
type TooLargeError struct {
	Execution string
	Sequence  int
	Size      int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("entry %d of execution %s has %d bytes, at most %d are allowed", e.Sequence, e.Execution, e.Size, MaxEntry)
}

// Journal is an engine.Store in a file. It is safe for concurrent use.
type Journal struct {
	db *bbolt.DB

	mu      sync.Mutex
	waiting []*write
	writing bool // one of the appenders is writing a group
}

// write is an entry on its way to the disk.
type write struct {
	key, value []byte
	turn       chan bool // told false when the entry was written or refused, true to write the next group
	err        error
}

// Open opens or creates the file at path and takes its lock; the error is ErrInUse when another process holds that.
func Open(path string) (*Journal, error) {
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(entriesBucket)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), db.Close())
	}
	return &Journal{db: db}, nil
}

// Close releases the file. Entries that were appended are on disk.
func (j *Journal) Close() error { return j.db.Close() }

// Append stores an entry; it is on disk when the error is nil, and not in the journal otherwise. The error is a
// *TooLargeError, or the file system's: no space is one that wraps syscall.ENOSPC, and Append works again once there is.
// The context does not end a write that has begun.
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
	w := &write{key: key(e.Execution, e.Sequence), value: value, turn: make(chan bool, 1)}
	j.mu.Lock()
	j.waiting = append(j.waiting, w)
	mine := !j.writing
	j.writing = true
	j.mu.Unlock()
	if mine || <-w.turn {
		j.writeGroup(w)
	}
	if w.err != nil {
		return fmt.Errorf("store entry %d of execution %s: %w", e.Sequence, e.Execution, w.err)
	}
	return nil
}

// writeGroup writes what waits, the caller's own entry first among it, and lets the next appender write what came since.
func (j *Journal) writeGroup(own *write) {
	j.mu.Lock()
	group := j.take()
	j.mu.Unlock()
	err := j.db.Update(func(tx *bbolt.Tx) error { return put(tx, group) })
	for _, w := range group {
		w.err = err
		if w != own {
			w.turn <- false
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writing = len(j.waiting) > 0
	if j.writing {
		j.waiting[0].turn <- true
	}
}

// take removes the next group from what waits: at least one entry.
func (j *Journal) take() []*write {
	n, size := 0, 0
	for n < len(j.waiting) && (n == 0 || size+len(j.waiting[n].value) <= maxGroup) {
		size += len(j.waiting[n].value)
		n++
	}
	group := j.waiting[:n:n]
	j.waiting = j.waiting[n:]
	return group
}

func put(tx *bbolt.Tx, group []*write) error {
	bucket := tx.Bucket(entriesBucket)
	for _, w := range group {
		if err := bucket.Put(w.key, w.value); err != nil {
			return err
		}
	}
	return nil
}

// Entries returns what was stored for an execution, in order; none for an unknown one.
func (j *Journal) Entries(ctx context.Context, execution string) ([]engine.Entry, error) {
	var entries []engine.Entry
	prefix := prefixOf(execution)
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

// Remove drops the entries of an execution, which should be over: it cannot be resumed afterwards.
func (j *Journal) Remove(execution string) error {
	prefix := prefixOf(execution)
	err := j.db.Update(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(entriesBucket).Cursor()
		for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Seek(prefix) {
			if err := cursor.Delete(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove execution %s: %w", execution, err)
	}
	return nil
}

func prefixOf(execution string) []byte { return append([]byte(execution), 0) }

func key(execution string, sequence int) []byte {
	return binary.BigEndian.AppendUint64(prefixOf(execution), uint64(sequence))
}
