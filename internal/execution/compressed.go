package execution

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// Compressed is text that is stored compressed: the machines of a large pipeline are much longer than an item may be, and
// say nearly the same for each action.
type Compressed []byte

// MarshalJSON writes the text compressed, in base64.
func (c Compressed) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(c); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return json.Marshal(b.Bytes())
}

// gzipHeader begins what is compressed, and no text.
var gzipHeader = []byte{0x1f, 0x8b}

// UnmarshalJSON reads what MarshalJSON wrote, and what was stored before it compressed.
func (c *Compressed) UnmarshalJSON(data []byte) error {
	var packed []byte
	if err := json.Unmarshal(data, &packed); err != nil {
		return err
	}
	if !bytes.HasPrefix(packed, gzipHeader) {
		*c = packed
		return nil
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	*c, err = io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	return nil
}
