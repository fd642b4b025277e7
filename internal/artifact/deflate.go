package artifact

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

const (
	// pieceSize is how much of a file is compressed by itself. The bytes of a zip depend on it, and on nothing that
	// differs between machines. A piece does not see the one before it, which costs less than a hundredth.
	pieceSize = 256 << 10
	// level is the second fastest: on source code and on programs it is as fast as the fastest, and what comes out is a
	// thirtieth smaller.
	level = 2
	// maxDeflaters bounds memory on large machines: each takes 3 MiB, pieces included. More would hardly be faster, as
	// what they make is hashed and encrypted on one core.
	maxDeflaters = 4
)

// piece is a part of a file, and what it has become.
type piece struct {
	// file is the place of the file among all. A file ends with its last piece, which is empty where the one before it
	// is full.
	file     int
	last     bool
	content  []byte
	deflated bytes.Buffer
	err      error
	// done is sent to once, when deflated or err is there.
	done chan struct{}
}

// deflater reads files one after another and compresses their pieces on several goroutines, which end with the files or
// with the context. There is a fixed number of pieces, so memory depends on neither the size nor the number of files.
type deflater struct {
	// ordered yields the pieces in order; who takes one waits until it is done, and gives it back to free.
	ordered chan *piece
	free    chan *piece
	work    chan *piece
	all     sync.WaitGroup
	err     error
}

func startDeflater(ctx context.Context, files []File) *deflater {
	workers := min(runtime.GOMAXPROCS(0), maxDeflaters)
	pieces := workers + 2 // one is being read and one being written
	d := &deflater{ordered: make(chan *piece, pieces), free: make(chan *piece, pieces), work: make(chan *piece, pieces)}
	for range pieces {
		p := &piece{content: make([]byte, 0, pieceSize), done: make(chan struct{}, 1)}
		p.deflated.Grow(pieceSize + pieceSize/64) // what does not compress grows by less
		d.free <- p
	}
	for range workers {
		d.all.Go(d.compress)
	}
	d.all.Go(func() {
		d.err = d.read(ctx, files)
		close(d.work)
		close(d.ordered)
	})
	return d
}

// wait waits for the goroutines. The error is that of reading.
func (d *deflater) wait() error {
	d.all.Wait()
	return d.err
}

func (d *deflater) read(ctx context.Context, files []File) error {
	for i, f := range files {
		if err := d.readFile(ctx, i, f); err != nil {
			return fmt.Errorf("zip %q: %w", f.Path, err)
		}
	}
	return nil
}

func (d *deflater) readFile(ctx context.Context, i int, f File) error {
	in, err := f.content()
	if err != nil {
		return err
	}
	defer in.Close()
	body := cancellable(ctx, in)
	for {
		p, err := d.take(ctx)
		if err != nil {
			return err
		}
		p.file = i
		if p.last, err = p.fill(body); err != nil {
			return err
		}
		last := p.last // p is not ours any more once it is sent
		d.work <- p
		d.ordered <- p
		if last {
			return nil
		}
	}
}

// content is what stands in the zip: for a link, its target.
func (f File) content() (io.ReadCloser, error) {
	if f.Link != "" {
		return io.NopCloser(strings.NewReader(f.Link)), nil
	}
	return f.Open()
}

func (d *deflater) take(ctx context.Context) (*piece, error) {
	select {
	case p := <-d.free:
		return p, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// fill reads until the piece is full or the body ends. io.ReadFull would report a body that broke off like one that
// ended.
func (p *piece) fill(body io.Reader) (last bool, err error) {
	p.content = p.content[:0]
	for len(p.content) < pieceSize {
		n, err := body.Read(p.content[len(p.content):pieceSize])
		p.content = p.content[:len(p.content)+n]
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func (d *deflater) compress() {
	compressor, err := flate.NewWriter(nil, level)
	for p := range d.work {
		if p.err = err; err == nil {
			p.err = p.deflate(compressor)
		}
		p.done <- struct{}{}
	}
}

// deflate makes of each piece a part of one DEFLATE stream: all but the last end on a whole byte (RFC 1951, 3.2.4; the
// sync flush of zlib).
func (p *piece) deflate(compressor *flate.Writer) error {
	p.deflated.Reset()
	compressor.Reset(&p.deflated)
	if _, err := compressor.Write(p.content); err != nil {
		return err
	}
	if p.last {
		return compressor.Close()
	}
	return compressor.Flush()
}
