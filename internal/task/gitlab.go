package task

import (
	"encoding/json"
	"strings"
)

type gitLabPayload struct {
	// Kind is push, tag_push, merge_request or something else; X-Gitlab-Event has other names for them, by the kind of hook.
	Kind   string `json:"object_kind"`
	Ref    string `json:"ref"`
	Before string `json:"before"`
	After  string `json:"after"`
	// Checkout is the commit, of a tag that is an object of its own too; nothing where the branch or tag is gone.
	Checkout string         `json:"checkout_sha"`
	Commits  []pushedCommit `json:"commits"`
	Project  gitLabProject  `json:"project"`
	Request  struct {
		Action string `json:"action"`
		Into   string `json:"target_branch"`
		// Earlier is there where an update brings commits, and not a new title only.
		Earlier string        `json:"oldrev"`
		Source  gitLabProject `json:"source"` // null where that is deleted
		Last    struct {
			ID string `json:"id"`
		} `json:"last_commit"`
	} `json:"object_attributes"`
}

type gitLabProject struct {
	Path string `json:"path_with_namespace"`
}

// gitLabPulls gives the events of CodePipeline for the actions on merge requests; the others start nothing.
var gitLabPulls = map[string]string{"open": "OPEN", "update with commits": "UPDATED", "close": "CLOSED", "merge": "CLOSED"}

// readGitLab reads an event, by object_kind.
func readGitLab(event string, payload []byte) ([]gitChange, error) {
	var p gitLabPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, err
	}
	c := gitChange{repository: p.Project.Path}
	switch p.Kind {
	case "push", "tag_push":
		c.commit = p.Checkout
		c.pushTo(p.Ref)
		if isNoCommit(p.After) {
			c.deleted(p.Ref)
		}
		if !isNoCommit(p.Before) {
			c.Files = filesOf(p.Commits)
		}
	case "merge_request":
		happened := p.Request.Action
		if happened == "update" && p.Request.Earlier != "" {
			happened = "update with commits"
		}
		c.commit = p.Request.Last.ID
		c.pulled(gitLabPulls, pullRequest{happened, p.Request.Into, p.Request.Source.Path})
	default:
		c = startsNothing(event)
	}
	return []gitChange{c}, nil
}

// isNoCommit says whether a commit is the one of zeros, which stands for none.
func isNoCommit(id string) bool { return strings.Trim(id, "0") == "" }
