// Package sourcestest holds the contract of source.Sources: every adapter that fetches from repositories runs it. It
// knows no git; a Repository makes the commits.
package sourcestest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
)

// Repository is a repository without commits, and the adapter that fetches its branch main.
//
// Commit makes a commit of exactly these files on that branch and returns its ID: a name that ends in "*" is an
// executable file, a content that begins with "-> " a symbolic link.
type Repository interface {
	Sources() source.Sources
	Request() source.Request
	Commit(message string, files map[string]string) string
}

// Run runs the contract. Each call of empty makes another repository.
func Run(t *testing.T, empty func(*testing.T) Repository) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Repository){
		"the newest revision": newest, "a revision that is asked for": asked, "again": again,
		"a revision that is nowhere": nowhere, "another source": another, "canceled": canceled, "two at once": twoAtOnce,
	} {
		t.Run(name, func(t *testing.T) { test(t, empty(t)) })
	}
}

func first() map[string]string {
	return map[string]string{"README": "one", "bin/run*": "#!/bin/sh\n", "latest": "-> bin/run", "empty": "", "ünï/cødé": "y"}
}

func second() map[string]string { return map[string]string{"README": "two", "deep/er/file": "x"} }

func newest(t *testing.T, r Repository) {
	r.Commit("one\n", first())
	id := r.Commit("two\n\nand why\n", second())
	fetched, files := fetch(t, r, r.Request())
	wantFiles(t, second(), files)
	c := fetched.Commit
	if c == nil || c.ID != id || c.Branch != "main" || strings.TrimSpace(c.Message) != "two\n\nand why" || c.Author.IsZero() || c.Committer.IsZero() {
		t.Errorf("commit %+v, want %s of main with message and times", c, id)
	}
	if fetched.Modified || fetched.Object != nil {
		t.Errorf("modified %v, object %v", fetched.Modified, fetched.Object)
	}
}

func asked(t *testing.T, r Repository) {
	request := r.Request()
	request.CommitID = r.Commit("one\n", first())
	r.Commit("two\n", second())
	fetched, files := fetch(t, r, request)
	wantFiles(t, first(), files)
	if fetched.Commit == nil || fetched.Commit.ID != request.CommitID {
		t.Errorf("commit %+v, want %s", fetched.Commit, request.CommitID)
	}
}

// again fetches twice, as a repeated call of an action does.
func again(t *testing.T, r Repository) {
	r.Commit("one\n", first())
	before, files := fetch(t, r, r.Request())
	after, filesAgain := fetch(t, r, r.Request())
	wantFiles(t, files, filesAgain)
	if diff := cmp.Diff(before.Commit, after.Commit); diff != "" {
		t.Errorf("commit (-first +second):\n%s", diff)
	}
}

func nowhere(t *testing.T, r Repository) {
	r.Commit("one\n", first())
	request := r.Request()
	request.CommitID = strings.Repeat("1", 40)
	wantFailure(t, r, request, action.RevisionUnavailable)
}

func another(t *testing.T, r Repository) {
	r.Commit("one\n", first())
	request := r.Request()
	request.Stage, request.Action = "Elsewhere", "Nothing"
	request.Configuration = map[string]string{"RepositoryName": "nothing", "FullRepositoryId": "no/thing", "BranchName": "main"}
	wantFailure(t, r, request, action.ConfigurationError)
}

func wantFailure(t *testing.T, r Repository, request source.Request, code string) {
	t.Helper()
	fetched, err := r.Sources().Fetch(t.Context(), request)
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != code {
		t.Errorf("fetched %+v, error %v; want a failure %s", fetched, err, code)
	}
}

func canceled(t *testing.T, r Repository) {
	r.Commit("one\n", first())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Sources().Fetch(ctx, r.Request()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// twoAtOnce reads one revision while another is open.
func twoAtOnce(t *testing.T, r Repository) {
	request := r.Request()
	request.CommitID = r.Commit("one\n", first())
	older, err := r.Sources().Fetch(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	r.Commit("two\n", second())
	_, files := fetch(t, r, r.Request())
	wantFiles(t, second(), files)
	wantFiles(t, first(), read(t, older))
}

func fetch(t *testing.T, r Repository, request source.Request) (source.Fetched, map[string]string) {
	t.Helper()
	fetched, err := r.Sources().Fetch(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return fetched, read(t, fetched)
}

// read reads and closes what was fetched.
func read(t *testing.T, fetched source.Fetched) map[string]string {
	t.Helper()
	files := Files(t, fetched)
	if err := fetched.Close(); err != nil {
		t.Error(err)
	}
	return files
}

// Files reads what was fetched, by path: a star marks what is executable, an arrow a link.
func Files(t testing.TB, fetched source.Fetched) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, f := range fetched.Files {
		name := f.Path
		if f.Executable {
			name += "*"
		}
		if f.Link != "" {
			files[name] = "-> " + f.Link
			continue
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err := errors.Join(err, content.Close()); err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

func wantFiles(t *testing.T, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
