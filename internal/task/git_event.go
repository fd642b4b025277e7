package task

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline/trigger"
)

// gitProvider is what tells of changes in repositories. header has the name of an event, and says whose request it is; read
// gives what has changed, which may be several branches and tags at once. An error of read is one of the payload.
type gitProvider struct {
	name   string
	header string
	read   func(event string, payload []byte) ([]gitChange, error)
}

// gitHub sends as "Webhook events and payloads" of GitHub's documentation has it, GitHub Enterprise Server alike.
var gitHub = gitProvider{"GitHub", "X-GitHub-Event", readGitHub}

// gitProviders are those that a connection may lead to. GitLab sends as its "Webhook events" have it, Bitbucket Cloud as its
// "Event payloads".
var gitProviders = []gitProvider{
	gitHub,
	{"GitLab", "X-Gitlab-Event", readGitLab},
	{"Bitbucket", "X-Event-Key", readBitbucket},
}

// gitEvent is an event of a provider, by its name.
type gitEvent struct {
	gitProvider
	event   string
	payload []byte
}

// gitEventOf is the event of a request. One that names none is nobody's, and starts nothing.
func gitEventOf(header http.Header, body []byte) gitEvent {
	for _, p := range gitProviders {
		if event := header.Get(p.header); event != "" {
			return gitEvent{p, event, body}
		}
	}
	return gitEvent{gitHub, "", body}
}

// changes are what an event says has changed.
func (e gitEvent) changes() ([]gitChange, error) {
	all, err := e.read(e.event, e.payload)
	if err != nil {
		return nil, &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("the payload of event %q is not what %s sends", e.event, e.name), Err: err}
	}
	return all, nil
}

// gitChange is what an event says has changed. ignored says why it is none that could start anything.
type gitChange struct {
	trigger.Change
	repository string
	commit     string
	ignored    string
}

// String names the change for people.
func (c gitChange) String() string {
	switch {
	case c.PullRequest != "":
		return fmt.Sprintf("pull request %s into branch %q", c.PullRequest, c.Branch)
	case c.Tag != "":
		return fmt.Sprintf("a push of tag %q", c.Tag)
	}
	return fmt.Sprintf("a push to branch %q", c.Branch)
}

// startsNothing is for events that no pipeline starts on.
func startsNothing(event string) gitChange {
	return gitChange{ignored: fmt.Sprintf("event %q starts nothing", event)}
}

// pushTo says which branch or tag was pushed, by its full name.
func (c *gitChange) pushTo(ref string) {
	branch, isBranch := strings.CutPrefix(ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case isBranch:
		c.Branch = branch
	case isTag:
		c.Tag = tag
	default:
		c.ignored = fmt.Sprintf("%q is neither a branch nor a tag", ref)
	}
}

// deleted says that what was pushed is gone.
func (c *gitChange) deleted(ref string) { c.ignored = fmt.Sprintf("%q was deleted", ref) }

// pullRequest is what happened to one, in the provider's own word, the branch that it is to be merged into, and the repository that
// it comes from: empty where that is not there any more.
type pullRequest struct{ happened, into, from string }

// pulled says what a pull request asks for. One of a fork starts nothing: whoever may read a repository may open one, and what it
// brings would be built with what the pipeline's builds may do.
func (c *gitChange) pulled(events map[string]string, p pullRequest) {
	c.PullRequest, c.Branch = events[p.happened], p.into
	switch {
	case c.PullRequest == "":
		c.ignored = fmt.Sprintf("action %q of a pull request starts nothing", p.happened)
	case p.from == "":
		c.ignored = "the pull request is of a repository that is not there any more"
	case p.from != c.repository:
		c.ignored = fmt.Sprintf("the pull request is of repository %q, a fork: those start nothing", p.from)
	}
}

// pushedCommit is a commit of a push, as GitHub and GitLab have it.
type pushedCommit struct {
	Added    []string `json:"added"`
	Removed  []string `json:"removed"`
	Modified []string `json:"modified"`
}

// filesOf are the files that commits touch, each once.
func filesOf(commits []pushedCommit) []string {
	var all []string
	seen := map[string]bool{}
	for _, commit := range commits {
		for _, files := range [][]string{commit.Added, commit.Modified, commit.Removed} {
			for _, file := range files {
				if !seen[file] {
					seen[file] = true
					all = append(all, file)
				}
			}
		}
	}
	return all
}
