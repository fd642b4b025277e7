package git

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/execution"
)

// What the program and whoever starts it tell each other. The program reads a request on its standard input: there alone is
// the password, neither in arguments nor in the environment, which others on the machine may read. It writes a header, which
// is a line, and behind it the zip to its standard output, and ends with the status 0: then the zip is whole. One that cannot
// go on, before the header or behind it, says why on the last line of its standard error and ends with the status failed.

// failed is the exit status with which a reason is told. The runtime of Go has 2 for a program that dies.
const failed = 3

// request is what the program is asked.
type request struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password"`
	Name     string `json:"name"`
	Denied   string `json:"denied"`
	Limit    int64  `json:"limit"`
	Branch   string `json:"branch,omitempty"`
	CommitID string `json:"commitId,omitempty"`
	History  bool   `json:"history,omitempty"`
}

func writeRequest(r Repository, wanted Revision) ([]byte, error) {
	return json.Marshal(request{
		URL: r.URL, User: r.User, Password: r.Password, Name: r.Name, Denied: r.Denied, Limit: r.Limit,
		Branch: wanted.Branch, CommitID: wanted.CommitID, History: wanted.History,
	})
}

func readRequest(in io.Reader) (Repository, Revision, error) {
	var r request
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return Repository{}, Revision{}, fmt.Errorf("read what to fetch, as JSON on the standard input: %w", err)
	}
	return Repository{URL: r.URL, User: r.User, Password: r.Password, Name: r.Name, Denied: r.Denied, Limit: r.Limit},
		Revision{Branch: r.Branch, CommitID: r.CommitID, History: r.History}, nil
}

// header is what is known of a revision before its content. Times are in seconds since 1970: a commit may have years that
// JSON's form of a time does not take.
type header struct {
	Commit    string   `json:"commit"`
	Branch    string   `json:"branch,omitempty"`
	Message   string   `json:"message,omitempty"`
	Author    int64    `json:"author"`
	Committer int64    `json:"committer"`
	Clone     bool     `json:"clone,omitempty"`
	Files     int      `json:"files"`
	Notes     []string `json:"notes,omitempty"`
}

func headerOf(f source.Fetched) header {
	h := header{Clone: f.Clone, Files: f.Count(), Notes: f.Notes}
	if c := f.Commit; c != nil {
		h.Commit, h.Branch, h.Message, h.Author, h.Committer = c.ID, c.Branch, c.Message, c.Author.Unix(), c.Committer.Unix()
	}
	return h
}

func (h header) fetched() source.Fetched {
	return source.Fetched{Clone: h.Clone, Zipped: h.Files, Notes: h.Notes, Commit: &source.Commit{
		ID: h.Commit, Branch: h.Branch, Message: h.Message, Author: time.Unix(h.Author, 0).UTC(), Committer: time.Unix(h.Committer, 0).UTC(),
	}}
}

// reason is why the program could not go on: a failure of the action, or an operational error.
type reason struct {
	Failure *action.Failure `json:"failure,omitempty"`
	Code    execution.Code  `json:"code,omitempty"`
	Message string          `json:"message,omitempty"`
}

func reasonOf(err error) reason {
	var failure *action.Failure
	if errors.As(err, &failure) {
		return reason{Failure: failure}
	}
	return reason{Code: execution.CodeOf(err), Message: err.Error()}
}

// err is the error, or nil where there is no reason.
func (r reason) err() error {
	switch {
	case r.Failure != nil:
		return r.Failure
	case r.Code != "":
		return &execution.Error{Code: r.Code, Message: r.Message}
	}
	return nil
}
