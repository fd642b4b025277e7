package git

import (
	"errors"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/execution"
)

// What the program and whoever starts it tell each other. The program reads a request, which is a line, and the references of the
// repository on its standard input. It writes an asking, a line as well, to its standard output, and reads the answer of the other
// end to that until its input ends. Then it writes a header, a third line, and behind it the zip, and ends with the status 0: then
// the zip is whole. One that cannot go on, wherever it is, says why on the last line of its standard error and ends with the
// status failed. What asks the other end stays outside, so the program needs neither a password nor a network.

// failed is the exit status with which a reason is told. The runtime of Go has 2 for a program that dies.
const failed = 3

// request is what the program is asked; the references that follow have a number of bytes.
type request struct {
	URL        string `json:"url"`
	Name       string `json:"name"`
	Branch     string `json:"branch,omitempty"`
	CommitID   string `json:"commitId,omitempty"`
	History    bool   `json:"history,omitempty"`
	References int    `json:"references"`
}

// asking is a request to the other end.
type asking struct {
	Pack []byte `json:"pack"`
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
