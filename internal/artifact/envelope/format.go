package envelope

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The stored bytes:
//
//	magic            what this is, in words
//	version          1 byte
//	length           2 bytes, big-endian: of the wrapped data key
//	wrapped          the data key, as Keys wrapped it
//	chunks           each chunkSize bytes of content, the last one 0 to chunkSize, and tagSize bytes more
//
// A chunk is sealed under the data key with its index and whether it is the last one as nonce, and with the whole header
// as additional data. A nonce never comes twice under a key, since a data key encrypts one object, once.
const (
	magic   = "penstock encrypted artifact\n"
	version = 1
	// fixedSize is the header without the wrapped key.
	fixedSize = len(magic) + 3
	chunkSize = 64 << 10
	tagSize   = 16
	nonceSize = 12
)

// header is the beginning of an object. encoded is all of it, as stored.
type header struct {
	encoded []byte
	wrapped []byte
}

func newHeader(wrapped []byte) (header, error) {
	if len(wrapped) > math.MaxUint16 {
		return header{}, fmt.Errorf("the wrapped data key has %d bytes, at most %d can be stored", len(wrapped), math.MaxUint16)
	}
	encoded := append([]byte(magic), version)
	encoded = binary.BigEndian.AppendUint16(encoded, uint16(len(wrapped)))
	return header{encoded: append(encoded, wrapped...), wrapped: wrapped}, nil
}

// IsEncrypted says whether stored bytes begin as Put begins them. An artifact does, and no file that a user deploys.
func IsEncrypted(stored io.ReaderAt) (bool, error) {
	begin := make([]byte, len(magic))
	n, err := stored.ReadAt(begin, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(begin[:n]) == magic, err
}

// readHeader reports as well whether r begins as an encrypted object at all.
func readHeader(r io.ReaderAt) (h header, encrypted bool, err error) {
	fixed := make([]byte, fixedSize)
	n, err := r.ReadAt(fixed, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return header{}, false, err
	case !bytes.HasPrefix(fixed[:n], []byte(magic)):
		return header{}, false, nil
	case n < len(fixed):
		return header{}, true, altered("it is cut off in its header")
	case fixed[len(magic)] != version:
		return header{}, true, altered("its encryption has version %d, this program knows version %d", fixed[len(magic)], version)
	}
	encoded := make([]byte, fixedSize+int(binary.BigEndian.Uint16(fixed[len(magic)+1:])))
	n, err = r.ReadAt(encoded, 0)
	switch {
	case n == len(encoded):
		return header{encoded: encoded, wrapped: encoded[fixedSize:]}, true, nil
	case err != nil && !errors.Is(err, io.EOF):
		return header{}, true, err
	}
	return header{}, true, altered("it is cut off in its header")
}

// chunks seals and opens the chunks of one object.
type chunks struct {
	aead  cipher.AEAD
	bound []byte
}

func newChunks(h header, secret Secret) (chunks, error) {
	aead, err := newGCM(secret)
	return chunks{aead, h.encoded}, err
}

func newGCM(secret Secret) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(index int64, last bool) []byte {
	n := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(n, uint64(index))
	if last {
		n[nonceSize-1] = 1
	}
	return n
}

func (c chunks) seal(to, plain []byte, index int64, last bool) []byte {
	return c.aead.Seal(to, nonce(index, last), plain, c.bound)
}

func (c chunks) open(to, sealed []byte, index int64, last bool) ([]byte, error) {
	return c.aead.Open(to, nonce(index, last), sealed, c.bound)
}
