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
	"sync"
	"syscall"

	"github.com/penstock-ci/penstock/internal/action/source"
)

// maxHeader is the largest header that is read: git sets no limit to the message of a commit.
const maxHeader = 16 << 20

// maxReferences is how many bytes of references are passed on: a million.
const maxReferences = 64 << 20

// Program has the program at path fetch, which is a call of Answer. What is fetched is read from it while it works, and it ends
// with ctx, with Close, or by itself. One that does not come to its end fails the read: as what it says, or as
// execution.Unavailable where it has died.
func Program(path string) Fetch {
	return func(ctx context.Context, remote Remote, r Repository, wanted Revision) (source.Fetched, error) {
		references, err := references(ctx, remote, r)
		if err != nil {
			return source.Fetched{}, err
		}
		p, err := start(ctx, path, r)
		if err != nil {
			return source.Fetched{}, err
		}
		fetched, err := p.fetch(ctx, remote, wanted, references)
		if err != nil {
			return source.Fetched{}, errors.Join(err, p.Close())
		}
		return fetched, nil
	}
}

// references are read before the program is started: who may not read a repository needs none.
func references(ctx context.Context, remote Remote, r Repository) ([]byte, error) {
	body, err := remote.References(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxReferences+1))
	if err == nil && len(text) > maxReferences {
		err = tooManyReferences(r)
	}
	return text, err
}

// program is a program at work. It reads its output, and closes it.
type program struct {
	ctx        context.Context
	kill       context.CancelFunc
	repository Repository
	folder     string
	command    *exec.Cmd
	complaints *complaints
	in         io.WriteCloser
	out        *bufio.Reader
	// ended waits for the end and says why it is not the one that was awaited.
	ended func() error
	// over is with what the zip has ended.
	over error
}

func start(ctx context.Context, path string, r Repository) (*program, error) {
	// The folder is made and removed here: a program that is killed removes nothing.
	folder, err := os.MkdirTemp("", "penstock-source-")
	if err != nil {
		return nil, notStarted(r, err)
	}
	p := &program{ctx: ctx, repository: r, folder: folder, complaints: &complaints{}}
	ending, kill := context.WithCancel(ctx)
	p.kill = kill
	p.command = exec.CommandContext(ending, path)
	// It gets nothing of the environment, where the credentials of whoever starts it are.
	p.command.Env, p.command.Dir, p.command.Stderr = []string{"TMPDIR=" + folder}, folder, p.complaints
	p.ended = sync.OnceValue(p.wait)
	if err = p.begin(); err == nil {
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

func (p *program) begin() error {
	in, err := p.command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return err
	}
	p.in, p.out = in, bufio.NewReaderSize(out, 64<<10)
	return p.command.Start()
}

// fetch has the program ask the other end, and reads the header; the zip stays to be read.
func (p *program) fetch(ctx context.Context, remote Remote, wanted Revision, references []byte) (source.Fetched, error) {
	asked, err := json.Marshal(request{
		URL: p.repository.URL, Name: p.repository.Name, References: len(references),
		Branch: wanted.Branch, CommitID: wanted.CommitID, History: wanted.History,
	})
	if err != nil {
		return source.Fetched{}, err
	}
	if err := p.tell(io.MultiReader(bytes.NewReader(append(asked, '\n')), bytes.NewReader(references))); err != nil {
		return source.Fetched{}, err
	}
	var a asking
	if err := p.hear(&a); err != nil {
		return source.Fetched{}, err
	}
	if err := p.answer(ctx, remote, a.Pack); err != nil {
		return source.Fetched{}, err
	}
	var h header
	if err := p.hear(&h); err != nil {
		return source.Fetched{}, err
	}
	f := h.fetched()
	f.Object, f.Closer = p, p
	return f, nil
}

// answer passes on what the other end answers. A program that reads no more has ended, and knows why; an answer that breaks off
// is this end's to tell.
func (p *program) answer(ctx context.Context, remote Remote, asked []byte) error {
	body, err := remote.Pack(ctx, asked)
	if err != nil {
		return err
	}
	defer body.Close()
	err = p.tell(body)
	if ended := remote.Ended(); ended != nil {
		return ended
	}
	return errors.Join(err, p.in.Close())
}

// tell writes to the program.
func (p *program) tell(text io.Reader) error {
	if _, err := io.Copy(p.in, text); err != nil {
		if errors.Is(err, syscall.EPIPE) {
			return p.end(io.EOF, unread(p.repository, err))
		}
		return p.end(err, io.EOF)
	}
	return nil
}

// hear reads a line of the program.
func (p *program) hear(into any) error {
	line, err := p.line()
	if err == nil {
		err = p.interrupted()
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, into); err != nil {
		return unread(p.repository, err)
	}
	return nil
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
		return nil, p.end(err, unread(p.repository, io.ErrUnexpectedEOF))
	}
	return nil, tooLong(p.repository)
}

// Read is that of io.Reader. The end is one where the program says so: that of its output alone may be its death.
func (p *program) Read(b []byte) (int, error) {
	if p.over != nil {
		return 0, p.over
	}
	n, err := p.out.Read(b)
	if err != nil {
		p.over = p.end(err, io.EOF)
	}
	return n, p.over
}

// end is why a stream has ended with err: whole where it has come to its end, and the program too.
func (p *program) end(err, whole error) error {
	if errors.Is(err, io.EOF) {
		return cmp.Or(p.ended(), whole)
	}
	p.kill() // nobody hears any more what it says
	_ = p.ended()
	return cmp.Or(p.interrupted(), unread(p.repository, err))
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
	if p.command.ProcessState.ExitCode() == failed {
		if err := p.complaints.reason(); err != nil {
			return err
		}
	}
	return died(p.repository, p.command.ProcessState, p.complaints.told())
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
