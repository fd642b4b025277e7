// Clone is the program that fetch-source has fetch repositories: it reads what to fetch on its standard input, and writes the
// artifact to its standard output. It lies beside bootstrap, and is started only where there is a repository to fetch.
package main

import (
	"context"
	"os"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/cloud/clone"
	"github.com/penstock-ci/penstock/internal/cloud/git"
)

func main() {
	os.Exit(git.Answer(context.Background(), fetch, git.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

func fetch(ctx context.Context, r git.Repository, wanted git.Revision) (source.Fetched, error) {
	client, err := clone.Client(os.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		return source.Fetched{}, err
	}
	return clone.Through(client)(ctx, r, wanted)
}
