package envelope

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// sealer reads a body and yields it encrypted. After the end, size and digest are those of the body.
type sealer struct {
	ctx    context.Context
	body   io.Reader
	chunks chunks
	hash   hash.Hash
	size   int64

	index int64
	// plain has room for a chunk and one byte: only who sees the byte behind a chunk knows that it is not the last.
	plain  []byte
	filled int
	// sealed is the buffer of what is encrypted, out the part of it that was not read yet.
	sealed, out []byte
	// err is what comes after out.
	err error
}

func newSealer(ctx context.Context, body io.Reader, key DataKey) (*sealer, error) {
	h, err := newHeader(key.Wrapped)
	if err != nil {
		return nil, err
	}
	c, err := newChunks(h, key.Plain)
	if err != nil {
		return nil, err
	}
	return &sealer{
		ctx: ctx, body: body, chunks: c, hash: sha256.New(), out: h.encoded,
		plain: make([]byte, chunkSize+1), sealed: make([]byte, 0, chunkSize+tagSize),
	}, nil
}

func (s *sealer) digest() string { return hex.EncodeToString(s.hash.Sum(nil)) }

// Read is that of io.Reader.
func (s *sealer) Read(p []byte) (int, error) {
	if len(s.out) == 0 && s.err == nil {
		s.next()
	}
	if len(s.out) == 0 {
		return 0, s.err
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next seals a chunk. A body that fails ends what is yielded without a last chunk.
func (s *sealer) next() {
	err := s.fill()
	last := err == io.EOF //nolint:errorlint // a reader's end is io.EOF itself, what wraps it is a failure
	if err != nil && !last {
		s.err = err
		return
	}
	plain := s.plain[:min(s.filled, chunkSize)]
	s.hash.Write(plain)
	s.size += int64(len(plain))
	s.out = s.chunks.seal(s.sealed, plain, s.index, last)
	s.index++
	s.filled = copy(s.plain, s.plain[len(plain):s.filled])
	if last {
		s.err = io.EOF
	}
}

// fill reads until plain is full; at the end of the body it returns io.EOF. io.ReadFull would not do: it reports a body
// that ends as it should and one that broke off with io.ErrUnexpectedEOF alike.
func (s *sealer) fill() error {
	for s.filled < len(s.plain) {
		if err := context.Cause(s.ctx); err != nil {
			return err
		}
		n, err := s.body.Read(s.plain[s.filled:])
		s.filled += n
		if err == io.EOF && s.filled == len(s.plain) {
			// The byte behind the chunk comes first; the body says once more that it has ended.
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
