package git

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/action/source"
)

// maxHeader is the largest header that is read: git sets no limit to the message of a commit.
const maxHeader = 16 << 20

// Program has the program at path fetch, which is a call of Answer. What is fetched is read from it while it works, and it ends
// with ctx, with Close, or by itself. One that does not come to its end fails the read: as what it says, or as
// execution.Unavailable where it has died.
func Program(path string) Fetch {
	return func(ctx context.Context, r Repository, wanted Revision) (source.Fetched, error) {
		p, err := start(ctx, path, r, wanted)
		if err != nil {
			return source.Fetched{}, err
		}
		fetched, err := p.fetched()
		if err != nil {
			return source.Fetched{}, errors.Join(err, p.Close())
		}
		return fetched, nil
	}
}

// program is a program at work. It reads its output, and closes it.
type program struct {
	ctx        context.Context
	kill       context.CancelFunc
	repository Repository
	folder     string
	command    *exec.Cmd
	complaints *complaints
	out        *bufio.Reader
	// ended waits for the end and says why it is not the one that was awaited.
	ended func() error
}

func start(ctx context.Context, path string, r Repository, wanted Revision) (*program, error) {
	asked, err := writeRequest(r, wanted)
	if err != nil {
		return nil, err
	}
	// The folder is made and removed here: a program that is killed removes nothing.
	folder, err := os.MkdirTemp("", "penstock-source-")
	if err != nil {
		return nil, notStarted(r, err)
	}
	p := &program{ctx: ctx, repository: r, folder: folder, complaints: &complaints{}}
	ending, kill := context.WithCancel(ctx)
	p.kill = kill
	p.command = exec.CommandContext(ending, path)
	p.command.Env, p.command.Dir = append(network(os.Environ()), "TMPDIR="+folder), folder
	p.command.Stdin, p.command.Stderr = bytes.NewReader(asked), p.complaints
	p.ended = sync.OnceValue(p.wait)
	out, err := p.command.StdoutPipe()
	if err == nil {
		err = p.command.Start()
	}
	if err == nil {
		p.out = bufio.NewReaderSize(out, 64<<10)
		return p, nil
	}
	kill()
	switch {
	case ctx.Err() != nil:
		err = interrupted(r, ctx.Err())
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		err = noProgram(path, err)
	default:
		err = notStarted(r, err)
	}
	return nil, errors.Join(err, os.RemoveAll(folder))
}

// network is what of an environment says how the network is reached, by the names that Go and the SDK read. The credentials of
// whoever starts the program are not for it.
func network(environ []string) []string {
	names := []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG"}
	return slices.DeleteFunc(slices.Clone(environ), func(setting string) bool {
		name, _, _ := strings.Cut(setting, "=")
		return !slices.Contains(names, strings.ToUpper(name))
	})
}

// fetched reads the header; the zip stays to be read.
func (p *program) fetched() (source.Fetched, error) {
	line, err := p.line()
	if err == nil {
		err = p.interrupted()
	}
	if err != nil {
		return source.Fetched{}, err
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return source.Fetched{}, unread(p.repository, err)
	}
	f := h.fetched()
	f.Object, f.Closer = p, p
	return f, nil
}

func (p *program) line() ([]byte, error) {
	var line []byte
	for len(line) < maxHeader {
		part, err := p.out.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			return line, nil
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err = p.end(err); errors.Is(err, io.EOF) {
			err = unread(p.repository, io.ErrUnexpectedEOF)
		}
		return nil, err
	}
	return nil, tooLong(p.repository)
}

// Read is that of io.Reader. The end is one where the program says so: that of its output alone may be its death.
func (p *program) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if err != nil {
		err = p.end(err)
	}
	return n, err
}

// end is why the output has ended with err: io.EOF where the program has done all that it was asked.
func (p *program) end(err error) error {
	if !errors.Is(err, io.EOF) {
		p.kill() // nobody reads any more what it writes
		return cmp.Or(p.ended(), unread(p.repository, err))
	}
	return cmp.Or(p.ended(), io.EOF)
}

// wait waits until the program has ended, and is called once.
func (p *program) wait() error {
	err := p.command.Wait()
	p.kill()
	if err == nil {
		return nil
	}
	if err := p.interrupted(); err != nil {
		return err
	}
	hide := hiding(p.repository)
	if p.command.ProcessState.ExitCode() == failed {
		if err := p.complaints.reason(hide); err != nil {
			return err
		}
	}
	return died(p.repository, p.command.ProcessState, p.complaints.told(hide))
}

func (p *program) interrupted() error {
	if p.ctx.Err() == nil {
		return nil
	}
	return interrupted(p.repository, p.ctx.Err())
}

// Close ends the program where it is still at work, and removes what it has left.
func (p *program) Close() error {
	p.kill()
	_ = p.ended() // who closes early knows
	return os.RemoveAll(p.folder)
}
