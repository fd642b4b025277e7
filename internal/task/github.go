package task

import "encoding/json"

type gitHubPayload struct {
	Ref         string         `json:"ref"`
	After       string         `json:"after"`
	Created     bool           `json:"created"`
	Deleted     bool           `json:"deleted"`
	Commits     []pushedCommit `json:"commits"`
	Action      string         `json:"action"`
	PullRequest struct {
		Head struct {
			gitHubRef
			Repository gitHubRepository `json:"repo"` // null where that is deleted
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

// gitHubPulls gives the events of CodePipeline for the actions of GitHub; the others start nothing.
var gitHubPulls = map[string]string{"opened": "OPEN", "synchronize": "UPDATED", "closed": "CLOSED"}

// readGitHub reads an event, by X-GitHub-Event.
func readGitHub(event string, payload []byte) ([]gitChange, error) {
	var p gitHubPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, err
	}
	c := gitChange{repository: p.Repository.FullName}
	switch event {
	case "push":
		c.commit = p.After
		c.pushTo(p.Ref)
		if p.Deleted {
			c.deleted(p.Ref)
		}
		if !p.Created { // of a new branch nobody knows what it changes: CodePipeline's filters of paths do not let it through
			c.Files = filesOf(p.Commits)
		}
	case "pull_request":
		c.commit = p.PullRequest.Head.SHA
		c.pulled(gitHubPulls, pullRequest{p.Action, p.PullRequest.Base.Ref, p.PullRequest.Head.Repository.FullName})
	default:
		c = startsNothing(event)
	}
	return []gitChange{c}, nil
}
