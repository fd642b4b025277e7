package local

import (
	"sync"

	"go.etcd.io/bbolt"
)

// commits writes to a bbolt file. Changes that arrive while others are being written wait and are then written together,
// in one transaction: what it costs to flush is shared by everything that happened in the meantime, and a change that
// comes alone does not wait for company.
type commits struct {
	db *bbolt.DB
	// join is a part of every transaction; nil is none.
	join func(*bbolt.Tx) error

	mu      sync.Mutex
	waiting []*commit
	writing bool // one of the callers is writing a group
}

// change is what do makes. allowed refuses it; an error of apply is one of the file, and undoes its whole transaction.
type change struct {
	allowed func(*bbolt.Tx) error
	apply   func(*bbolt.Tx) error
}

// commit is a change on its way to the disk.
type commit struct {
	change
	turn chan bool // told false when the change was written or refused, true to write the next group
	err  error
}

// do makes a change and returns when it is on the disk, or why it was not made.
func (c *commits) do(ch change) error {
	own := &commit{change: ch, turn: make(chan bool, 1)}
	c.mu.Lock()
	c.waiting = append(c.waiting, own)
	mine := !c.writing
	c.writing = true
	c.mu.Unlock()
	if mine || <-own.turn {
		c.writeGroup(own)
	}
	return own.err
}

// writeGroup writes what waits, the caller's own change first among it, and lets the next caller write what came since.
func (c *commits) writeGroup(own *commit) {
	c.mu.Lock()
	group := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	err := c.db.Update(func(tx *bbolt.Tx) error { return c.apply(tx, group) })
	for _, w := range group {
		if w.err == nil {
			w.err = err
		}
		if w != own {
			w.turn <- false
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = len(c.waiting) > 0
	if c.writing {
		c.waiting[0].turn <- true
	}
}

// apply makes the changes of a group; where all of them are refused there is nothing to commit, and the error is the
// first one's.
func (c *commits) apply(tx *bbolt.Tx, group []*commit) error {
	refused := 0
	for _, w := range group {
		if w.err = w.allowed(tx); w.err != nil {
			refused++
			continue
		}
		if err := w.apply(tx); err != nil {
			return err
		}
	}
	if refused == len(group) {
		return group[0].err
	}
	if c.join == nil {
		return nil
	}
	return c.join(tx)
}
