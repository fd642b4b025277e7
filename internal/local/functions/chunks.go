package functions

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// isChunked says whether a body is in the encoding aws-chunked, which SDKs use to sign or hash what they stream.
func isChunked(h http.Header) bool {
	return strings.Contains(h.Get("Content-Encoding"), "aws-chunked") ||
		strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-")
}

// chunks decodes aws-chunked: chunks of a size in hexadecimal, extensions such as a signature, the bytes, and a line end;
// the last has the size 0, and trailers follow it. Signatures and trailers are not looked at.
type chunks struct {
	from *bufio.Reader
	left int64 // of the chunk that is read
	err  error
}

func newChunks(from io.Reader) *chunks { return &chunks{from: bufio.NewReader(from)} }

var errChunk = errors.New("the body is not in the encoding aws-chunked")

// Read yields the bytes of all chunks.
func (c *chunks) Read(p []byte) (int, error) {
	if c.err == nil && c.left == 0 {
		c.left, c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && c.left == 0 {
		_, err = c.line()
	}
	c.err = err
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// next reads the head of a chunk; io.EOF is the last one, behind which trailers are read as well.
func (c *chunks) next() (int64, error) {
	head, err := c.line()
	if err != nil {
		return 0, err
	}
	size, _, _ := strings.Cut(head, ";")
	n, err := strconv.ParseInt(size, 16, 63)
	switch {
	case err != nil || n < 0:
		return 0, fmt.Errorf("%w: a chunk has the size %q", errChunk, size)
	case n > 0:
		return n, nil
	}
	if _, err := io.Copy(io.Discard, c.from); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// maxHead is far above the head of any chunk.
const maxHead = 1 << 10

func (c *chunks) line() (string, error) {
	var line []byte
	for len(line) < maxHead {
		b, err := c.from.ReadByte()
		if errors.Is(err, io.EOF) {
			return "", io.ErrUnexpectedEOF
		}
		if err != nil || b == '\n' {
			return strings.TrimSuffix(string(line), "\r"), err
		}
		line = append(line, b)
	}
	return "", errChunk
}
