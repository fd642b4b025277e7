package artifact

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// assemble writes a zip of pieces. Where these end too early, which their deflater can explain, the zip has no end.
func assemble(to io.Writer, files []File, d *deflater) error {
	buffered := bufio.NewWriterSize(to, copySize)
	w := zip.NewWriter(buffered)
	passing := &passage{}
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		passing.to = out
		return passing, nil
	})
	complete := 0
	var entry io.Writer
	for p := range d.ordered {
		<-p.done
		err := p.err
		if err == nil && p.file == complete && entry == nil {
			entry, err = w.CreateHeader(header(files[p.file]))
		}
		if err == nil {
			passing.deflated = p.deflated.Bytes()
			_, err = entry.Write(p.content)
		}
		if err != nil {
			return fmt.Errorf("zip %q: %w", files[p.file].Path, err)
		}
		if p.last {
			complete, entry = complete+1, nil
		}
		d.free <- p
	}
	if complete < len(files) {
		return nil
	}
	if err := w.Close(); err != nil {
		return err
	}
	return buffered.Flush()
}

// passage is a compressor whose work is done: told some content, it passes on what was made of that. So archive/zip
// counts and sums the content, and writes the headers.
type passage struct {
	to       io.Writer
	deflated []byte
}

// Write is that of io.Writer.
func (p *passage) Write(content []byte) (int, error) {
	if _, err := p.to.Write(p.deflated); err != nil {
		return 0, err
	}
	return len(content), nil
}

// Close does nothing: the last piece has ended the stream.
func (*passage) Close() error { return nil }

// header is that of a file. Links are compressed too, though they gain nothing: the sizes of an entry stand behind it,
// and readers that read a zip from its beginning need its end to be told by the content.
func header(f File) *zip.FileHeader {
	h := &zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: epoch()}
	switch {
	case f.Link != "":
		h.SetMode(fs.ModeSymlink | 0o777)
	case f.Executable:
		h.SetMode(0o755)
	default:
		h.SetMode(0o644)
	}
	return h
}

// epoch is the first time that a zip can hold.
func epoch() time.Time { return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC) }
