package git

import (
	"context"
	"encoding/json"
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
	r, wanted, err := readRequest(s.In)
	if err != nil {
		return err
	}
	fetched, err := fetch(ctx, r, wanted)
	if err != nil {
		return err
	}
	defer fetched.Close()
	if err := json.NewEncoder(s.Out).Encode(headerOf(fetched)); err != nil {
		return err
	}
	return artifact.WriteFiles(ctx, s.Out, fetched.Files)
}
