package execution

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// MaxInline is the longest value that a table holds itself; longer ones lie in Objects, by their digest.
const MaxInline = 64 << 10

// Objects is the port to values that are too long for a table.
//
// PutObject stores a value under the lower-case hex SHA-256 of its bytes; storing it again does no harm. GetObject returns
// it; one that is not there is an *Error with code NotFound.
type Objects interface {
	PutObject(ctx context.Context, digest string, value []byte) error
	GetObject(ctx context.Context, digest string) ([]byte, error)
}

// Spill is a Table over another one that puts long values into Objects, before the write that names them: a write that is
// refused leaves an object that nothing names, and never a name without its object.
type Spill struct {
	Table   Table
	Objects Objects
}

// spilled stands in the table for a value that lies elsewhere. No value of a record begins with this member.
type spilled struct {
	Digest string `json:"$object"`
	Size   int    `json:"size"`
}

var spilledPrefix = []byte(`{"$object":`)

// Get returns an item with its whole value.
func (s Spill) Get(ctx context.Context, key Key) (Item, error) {
	item, err := s.Table.Get(ctx, key)
	if err == nil {
		err = s.fetch(ctx, &item)
	}
	return item, err
}

// Query returns items with their whole values.
func (s Spill) Query(ctx context.Context, q Query) ([]Item, error) {
	items, err := s.Table.Query(ctx, q)
	for i := range items {
		if err == nil {
			err = s.fetch(ctx, &items[i])
		}
	}
	return items, err
}

// Write puts long values into Objects, and then writes.
func (s Spill) Write(ctx context.Context, writes []Write) error {
	short := writes
	for i, w := range writes {
		if w.Kind != Put || len(w.Value) <= MaxInline {
			continue
		}
		if &short[0] == &writes[0] {
			short = append([]Write(nil), writes...)
		}
		sum := sha256.Sum256(w.Value)
		named := spilled{Digest: hex.EncodeToString(sum[:]), Size: len(w.Value)}
		if err := s.Objects.PutObject(ctx, named.Digest, w.Value); err != nil {
			return fmt.Errorf("store the value of %s %s: %w", w.Partition, w.Sort, err)
		}
		value, err := json.Marshal(named)
		if err != nil {
			return fmt.Errorf("store the value of %s %s: %w", w.Partition, w.Sort, err)
		}
		short[i].Value = value
	}
	return s.Table.Write(ctx, short)
}

func (s Spill) fetch(ctx context.Context, item *Item) error {
	if !bytes.HasPrefix(item.Value, spilledPrefix) {
		return nil
	}
	var named spilled
	if err := json.Unmarshal(item.Value, &named); err != nil {
		return fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
	}
	value, err := s.Objects.GetObject(ctx, named.Digest)
	if err != nil {
		return fmt.Errorf("read the value of %s %s: %w", item.Partition, item.Sort, err)
	}
	if sum := sha256.Sum256(value); hex.EncodeToString(sum[:]) != named.Digest {
		return errorf(Internal, "", "the value of %s %s has digest %x, and was stored with %s", item.Partition, item.Sort, sum, named.Digest)
	}
	item.Value = value
	return nil
}
