package source

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/action"
)

func codeCommit(f finding) found {
	return f.found(f.configuration["BranchName"], map[string]string{
		"RepositoryName": f.configuration["RepositoryName"],
		"CommitterDate":  f.committerDate(),
	})
}

// custom is a source of somebody's own provider: what is found of the commit is all that there is to say.
func custom(f finding) found {
	return f.found(cmp.Or(f.configuration["BranchName"], f.configuration["Branch"]), map[string]string{"CommitterDate": f.committerDate()})
}

func connection(f finding) found {
	return f.found(f.configuration["BranchName"], map[string]string{
		"ConnectionArn":      f.configuration["ConnectionArn"],
		"FullRepositoryName": f.configuration["FullRepositoryId"],
	})
}

func gitHub(f finding) found {
	url := ""
	if c := f.fetched.Commit; c != nil {
		url = "https://github.com/" + f.configuration["Owner"] + "/" + f.configuration["Repo"] + "/commit/" + c.ID
	}
	out := f.found(f.configuration["Branch"], map[string]string{
		"RepositoryName": f.configuration["Repo"],
		"CommitterDate":  f.committerDate(),
		"CommitUrl":      url,
	})
	out.revision.URL = url
	return out
}

// found adds what all repositories have. Every variable that CodePipeline sets is set, so that a #{} which resolves
// there resolves here: the branch is the configured one where none is checked out, and content without a commit has
// its digest, as long as a commit ID, for its CommitId, and empty dates and message.
func (f finding) found(branch string, variables map[string]string) found {
	commit := Commit{ID: f.object.SHA256[:40]}
	if f.fetched.Commit != nil {
		commit = *f.fetched.Commit
	}
	commit.Branch = cmp.Or(commit.Branch, branch)
	variables["CommitId"] = commit.ID
	variables["BranchName"] = commit.Branch
	variables["CommitMessage"] = shorten(strings.TrimRight(commit.Message, "\n"), maxMessage)
	variables["AuthorDate"] = date(commit.Author)
	return found{summary: f.summary(commit), variables: variables, revision: f.revision(commit)}
}

func (f finding) committerDate() string {
	if f.fetched.Commit == nil {
		return ""
	}
	return date(f.fetched.Commit.Committer)
}

func (f finding) summary(c Commit) string {
	if f.fetched.Commit == nil {
		return "no commit, content " + c.ID[:7]
	}
	return fmt.Sprintf("%s %s %q%s", c.Branch, c.ID[:7], shorten(subject(c.Message), 60), f.modified())
}

func (f finding) modified() string {
	if f.fetched.Modified {
		return " + uncommitted changes"
	}
	return ""
}

func (f finding) revision(c Commit) action.Revision {
	r := action.Revision{ID: c.ID, ChangeIdentifier: c.ID, Created: c.Committer.UTC()}
	if f.fetched.Commit == nil {
		r.Created = time.Time{}
		return r
	}
	r.Summary = shorten(strings.TrimSpace(c.Message), maxSummary-len(f.modified())) + f.modified()
	if f.fetched.Modified {
		// The commit is not what was fetched: this is.
		r.ChangeIdentifier = f.object.SHA256
	}
	return r
}

// CodePipeline's limits in bytes of a commit message as a variable and of a revision's summary.
const (
	maxMessage = 100 << 10
	maxSummary = 2048
)

// shorten cuts text to at most limit bytes, the dots that say so included.
func shorten(text string, limit int) string {
	const dots = "..."
	if len(text) <= limit {
		return text
	}
	end := limit - len(dots)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + dots
}

func subject(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return strings.TrimSpace(line)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
