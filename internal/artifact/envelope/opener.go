package envelope

import (
	"fmt"
	"io"
	"sync"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// opener reads an encrypted object: an artifact.Reader. It holds one chunk in clear, the one that was read last.
type opener struct {
	at     artifact.Location
	stored artifact.Reader
	chunks chunks
	// start is where the chunks begin, count how many there are, size how much they hold.
	start, count, size int64

	mu sync.Mutex
	// sealed is a buffer; plain is the content of the chunk index, which is -1 where there is none.
	sealed, plain []byte
	index         int64
}

// newOpener reads the last chunk first: it proves how many there are, so that Size can be relied on. It is also where
// the table of contents of a zip lies.
func newOpener(at artifact.Location, stored artifact.Reader, h header, secret Secret) (*opener, error) {
	c, err := newChunks(h, secret)
	if err != nil {
		return nil, err
	}
	const full = chunkSize + tagSize
	o := &opener{
		at: at, stored: stored, chunks: c, start: int64(len(h.encoded)), index: -1,
		sealed: make([]byte, full), plain: make([]byte, 0, chunkSize),
	}
	sealed := stored.Size() - o.start
	o.count = (sealed + full - 1) / full
	o.size = sealed - o.count*tagSize
	if o.count == 0 || sealed-(o.count-1)*full < tagSize {
		return nil, altered("it is cut off")
	}
	if err := o.load(o.count - 1); err != nil {
		return nil, err
	}
	return o, nil
}

// Size is that of the content in clear.
func (o *opener) Size() int64 { return o.size }

// Close closes what is stored.
func (o *opener) Close() error { return o.stored.Close() }

// ReadAt is that of io.ReaderAt. Readers of one object take turns by chunks.
func (o *opener) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, fmt.Errorf("read object %s: the offset %d is negative", o.at, at)
	}
	done := 0
	for done < len(p) {
		if at >= o.size {
			return done, io.EOF
		}
		n, err := o.readChunk(p[done:], at)
		if err != nil {
			return done, located(o.at, o.stored, err)
		}
		done += n
		at += int64(n)
	}
	return done, nil
}

func (o *opener) readChunk(p []byte, at int64) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	index := at / chunkSize
	if index != o.index {
		if err := o.load(index); err != nil {
			return 0, err
		}
	}
	return copy(p, o.plain[at-index*chunkSize:]), nil
}

// load decrypts a chunk into plain. After an error plain holds none.
func (o *opener) load(index int64) error {
	o.index = -1
	length := int64(chunkSize)
	if index == o.count-1 {
		length = o.size - index*chunkSize
	}
	sealed := o.sealed[:length+tagSize]
	if n, err := o.stored.ReadAt(sealed, o.start+index*int64(len(o.sealed))); n < len(sealed) {
		if err == io.EOF { //nolint:errorlint // a reader's end is io.EOF itself
			return altered("it was cut off while it was read")
		}
		return err
	}
	plain, err := o.chunks.open(o.plain[:0], sealed, index, index == o.count-1)
	if err != nil {
		return altered("chunk %d of %d cannot be decrypted", index+1, o.count)
	}
	o.plain, o.index = plain, index
	return nil
}
