package task

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline/trigger"
)

// gitHubEvent is an event of GitHub: its name, as X-GitHub-Event has it, and its payload, as "Webhook events and payloads"
// of GitHub's documentation has it.
type gitHubEvent struct {
	name    string
	payload []byte
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

type gitHubPayload struct {
	Ref         string         `json:"ref"`
	After       string         `json:"after"`
	Created     bool           `json:"created"`
	Deleted     bool           `json:"deleted"`
	Commits     []gitHubCommit `json:"commits"`
	Action      string         `json:"action"`
	PullRequest struct {
		Head struct {
			gitHubRef
			Repository *gitHubRepository `json:"repo"` // null where that is deleted
		} `json:"head"`
		Base gitHubRef `json:"base"`
	} `json:"pull_request"`
	Repository gitHubRepository `json:"repository"`
}

type gitHubRepository struct {
	FullName string `json:"full_name"`
}

type gitHubRef struct {
	Ref string `json:"ref"`
	SHA string `json:"sha"`
}

type gitHubCommit struct {
	Added    []string `json:"added"`
	Removed  []string `json:"removed"`
	Modified []string `json:"modified"`
}

// pullRequestEvents gives the events of CodePipeline for the actions of GitHub; the others start nothing.
var pullRequestEvents = map[string]string{"opened": "OPEN", "synchronize": "UPDATED", "closed": "CLOSED"}

// change reads what has changed.
func (e gitHubEvent) change() (gitChange, error) {
	var p gitHubPayload
	if err := json.Unmarshal(e.payload, &p); err != nil {
		return gitChange{}, &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("the payload of event %q is not what GitHub sends", e.name), Err: err}
	}
	c := gitChange{repository: p.Repository.FullName}
	switch e.name {
	case "push":
		c.push(p)
	case "pull_request":
		c.pull(p)
	default:
		c.ignored = fmt.Sprintf("event %q starts nothing", e.name)
	}
	return c, nil
}

// pull reads a pull request. One of a fork starts nothing: whoever may read a repository may open one, and what it brings would
// be built with what the pipeline's builds may do.
func (c *gitChange) pull(p gitHubPayload) {
	c.PullRequest = pullRequestEvents[p.Action]
	c.Branch, c.commit = p.PullRequest.Base.Ref, p.PullRequest.Head.SHA
	switch from := p.PullRequest.Head.Repository; {
	case c.PullRequest == "":
		c.ignored = fmt.Sprintf("action %q of a pull request starts nothing", p.Action)
	case from == nil:
		c.ignored = "the pull request is of a repository that is not there any more"
	case from.FullName != p.Repository.FullName:
		c.ignored = fmt.Sprintf("the pull request is of repository %q, a fork: those start nothing", from.FullName)
	}
}

// push reads a push. Of a new branch nobody knows what it changes: CodePipeline's filters of paths do not let it through.
func (c *gitChange) push(p gitHubPayload) {
	branch, isBranch := strings.CutPrefix(p.Ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(p.Ref, "refs/tags/")
	c.commit = p.After
	switch {
	case p.Deleted:
		c.ignored = fmt.Sprintf("%q was deleted", p.Ref)
	case isBranch:
		c.Branch = branch
	case isTag:
		c.Tag = tag
	default:
		c.ignored = fmt.Sprintf("%q is neither a branch nor a tag", p.Ref)
	}
	if p.Created {
		return
	}
	seen := map[string]bool{}
	for _, commit := range p.Commits {
		for _, files := range [][]string{commit.Added, commit.Modified, commit.Removed} {
			for _, file := range files {
				if !seen[file] {
					seen[file] = true
					c.Files = append(c.Files, file)
				}
			}
		}
	}
}
