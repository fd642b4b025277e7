// Clone is the program that fetch-source has read repositories: it reads what to fetch, and what the other end answers, on its
// standard input, and writes the artifact to its standard output. It lies beside bootstrap, and is started only where there is a
// repository to fetch.
package main

import (
	"context"
	"os"

	"github.com/penstock-ci/penstock/internal/cloud/clone"
	"github.com/penstock-ci/penstock/internal/cloud/git"
)

func main() {
	os.Exit(git.Answer(context.Background(), clone.Fetch, git.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
