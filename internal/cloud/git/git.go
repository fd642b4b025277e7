// Package git says what a source action wants of a git repository, and has what comes of it read by a program of its own: so
// whoever fetches sources is not made of what reads packfiles, and what dies of somebody's packfile is another process. A Remote, a
// Repository and a Revision go in, a source.Fetched comes out. It knows no AWS, no network and no git: a Remote asks the other end,
// and what reads its answers the program gives to Answer.
package git

import (
	"context"
	"io"

	"github.com/penstock-ci/penstock/internal/action/source"
)

// Repository is a repository behind HTTPS.
type Repository struct {
	URL            string
	User, Password string
	// Name says in messages what it is, Denied what is missing where it may not be read.
	Name, Denied string
	// Limit is the largest number of bytes to take from it: what fits into the folder for temporary files.
	Limit int64
}

// Revision is a commit of a repository: the one with an ID, or the newest of a branch. With History the files hold the .git
// of a clone too, with all branches and tags.
type Revision struct {
	Branch, CommitID string
	History          bool
}

// Remote is the other end of git's protocol: References is what it has, Pack what it answers to a request of git-upload-pack. Their
// errors, and those of reading what they return, say why there is no revision, as those of Fetch. Ended is the last of them, for
// what reads an answer does not always pass that on.
type Remote interface {
	References(ctx context.Context) (io.ReadCloser, error)
	Pack(ctx context.Context, request []byte) (io.ReadCloser, error)
	Ended() error
}

// Fetch fetches a revision. What it fetches has Files, or is an Object that is the zip of them; ctx holds until that is read.
// Where it is not to be had, the error is an *action.Failure: RevisionUnavailable for a branch or a commit that is not there or
// is too large, ConfigurationError for a repository, PermissionError where reading it is not allowed. Others, of the network
// and of its other end, are *execution.Errors with codes that are tried again.
type Fetch func(ctx context.Context, remote Remote, r Repository, wanted Revision) (source.Fetched, error)
