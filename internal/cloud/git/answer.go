package git

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Streams are the standard streams of a program.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Answer is the program that Program starts: it does what is asked for on its standard input, and returns its exit status.
func Answer(ctx context.Context, fetch Fetch, s Streams) (status int) {
	err := answer(ctx, fetch, s)
	if err == nil {
		return 0
	}
	if json.NewEncoder(s.Err).Encode(reasonOf(err)) != nil {
		return 1
	}
	return failed
}

func answer(ctx context.Context, fetch Fetch, s Streams) error {
	in := bufio.NewReader(s.In)
	line, err := in.ReadBytes('\n')
	var r request
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err != nil {
		return fmt.Errorf("read what to fetch, a line of JSON on the standard input: %w", err)
	}
	fetched, err := fetch(ctx, &asked{in: in, out: s.Out, references: int64(r.References)},
		Repository{URL: r.URL, Name: r.Name}, Revision{Branch: r.Branch, CommitID: r.CommitID, History: r.History})
	if err != nil {
		return err
	}
	defer fetched.Close()
	if err := json.NewEncoder(s.Out).Encode(headerOf(fetched)); err != nil {
		return err
	}
	return artifact.WriteFiles(ctx, s.Out, fetched.Files)
}

// asked is the other end as the program sees it: through whoever has started it, who knows what goes wrong there.
type asked struct {
	in         io.Reader
	out        io.Writer
	references int64
}

// References is that of Remote.
func (a *asked) References(context.Context) (io.ReadCloser, error) {
	return drained{io.LimitReader(a.in, a.references)}, nil
}

// Pack is that of Remote.
func (a *asked) Pack(_ context.Context, request []byte) (io.ReadCloser, error) {
	if err := json.NewEncoder(a.out).Encode(asking{request}); err != nil {
		return nil, err
	}
	return drained{a.in}, nil
}

// Ended is that of Remote.
func (*asked) Ended() error { return nil }

// drained is read to its end when it is closed: somebody may wait until it is taken.
type drained struct{ io.Reader }

// Close is that of io.Closer.
func (d drained) Close() error {
	_, err := io.Copy(io.Discard, d.Reader)
	return err
}
