package artifact

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"slices"
)

// A zip says everything twice: in its table of contents, which this package reads by, and in the header before each
// entry's content, which readers that go from the beginning read by. Where the two differ, what was checked here is not
// what those would write.

// localHeader is the part of a header of fixed length (APPNOTE.TXT, 4.3.7).
const localHeader = 30

// span is where an entry lies in the zip: header and content.
type span struct {
	from, to int64
	entry    string
}

// checkPlaces refuses entries that do not lie in the zip, that share bytes, as those of the densest zip bombs do, or
// whose two headers contradict each other.
func checkPlaces(entries []*zip.File, r *boundedReader, size int64) error {
	spans := make([]span, 0, len(entries))
	for _, e := range entries {
		content, err := e.DataOffset()
		if err != nil {
			return malformed(e.Name, err)
		}
		// What archive/zip has read last is that header.
		from := r.last
		if err := checkHeader(e, r, from); err != nil {
			return err
		}
		if content > size || e.CompressedSize64 > uint64(size-content) {
			return refuse(Malformed, e.Name, "its %d compressed bytes do not lie in the zip of %d bytes", e.CompressedSize64, size)
		}
		spans = append(spans, span{from, content + int64(e.CompressedSize64), e.Name})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if before := spans[i-1]; spans[i].from < before.to {
			return refuse(Overlapping, spans[i].entry, "it shares bytes with the entry %q", before.entry)
		}
	}
	return nil
}

func checkHeader(e *zip.File, r *boundedReader, from int64) error {
	header := make([]byte, localHeader+len(e.Name))
	if n, err := r.ReadAt(header, from); n < len(header) {
		return malformed(e.Name, err)
	}
	number := func(at int) uint16 { return binary.LittleEndian.Uint16(header[at:]) }
	flags, method, length := number(6)|e.Flags, number(8), int(number(26))
	const encrypted, strong = 1 << 0, 1 << 6
	switch name := string(header[localHeader:]); {
	case flags&(encrypted|strong) != 0:
		return refuse(Encrypted, e.Name, "it is encrypted with a password")
	case length != len(e.Name) || name != e.Name:
		return refuse(Malformed, e.Name, "the header of its content gives it another name: %q", name[:min(length, len(name))])
	case method != e.Method:
		return refuse(Malformed, e.Name, "the header of its content gives it another compression method: %d, not %d", method, e.Method)
	case method != zip.Store && method != zip.Deflate:
		return refuse(UnknownMethod, e.Name, "its compression method is %d, known are %d (stored) and %d (DEFLATE)", method, zip.Store, zip.Deflate)
	}
	return nil
}
