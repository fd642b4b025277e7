// Package smarthttp asks the other end of a git repository by git's smart HTTP protocol, of version 0
// (https://git-scm.com/docs/http-protocol). A client and a repository go in, the bodies of two answers come out: what is in them is
// not its concern.
package smarthttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/penstock-ci/penstock/internal/cloud/git"
)

// agent is what the other end is told of whoever asks.
const agent = "go-git/5.x"

const references = "/info/refs"

// Remote is a git.Remote.
type Remote struct {
	client     *http.Client
	repository git.Repository
	// at is the URL of the repository, where it was moved to included.
	at    string
	left  int64
	ended error
}

// New is a repository as client reaches it. Whatever it answers beyond the repository's limit is a failure.
func New(client *http.Client, r git.Repository) *Remote {
	return &Remote{client: client, repository: r, at: r.URL, left: r.Limit}
}

// References is that of git.Remote.
func (r *Remote) References(ctx context.Context) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.at+references+"?service=git-upload-pack", http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "*/*")
	answer, err := r.send(request)
	if err != nil {
		return nil, err
	}
	to := *answer.Request.URL
	if path, is := strings.CutSuffix(to.Path, references); is {
		to.Path, to.RawPath, to.RawQuery = path, "", ""
		r.at = to.String()
	}
	return answer.Body, nil
}

// Pack is that of git.Remote.
func (r *Remote) Pack(ctx context.Context, asked []byte) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.at+"/git-upload-pack", bytes.NewReader(asked))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/x-git-upload-pack-result")
	request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	answer, err := r.send(request)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Ended is that of git.Remote.
func (r *Remote) Ended() error { return r.ended }

// send sends the password to the host that it is meant for, and to no other that a repository was moved to.
func (r *Remote) send(request *http.Request) (*http.Response, error) {
	request.Header.Set("User-Agent", agent)
	if meant, err := url.Parse(r.repository.URL); err == nil && meant.Host == request.URL.Host && meant.Scheme == request.URL.Scheme {
		request.SetBasicAuth(r.repository.User, r.repository.Password)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		r.ended = broke(r.repository, err)
		return nil, r.ended
	}
	if answer.StatusCode/100 != 2 {
		r.ended = errors.Join(refused(r.repository, answer), answer.Body.Close())
		return nil, r.ended
	}
	answer.Body = &body{answer.Body, r}
	return answer, nil
}

// body is an answer, of which no more is read than the limit leaves.
type body struct {
	io.ReadCloser
	remote *Remote
}

// Read is that of io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.remote.left -= int64(n); b.remote.left < 0 {
		b.remote.ended = tooLarge(b.remote.repository)
		return 0, b.remote.ended
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.remote.ended = broke(b.remote.repository, err)
		return n, b.remote.ended
	}
	return n, err
}
