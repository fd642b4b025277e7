package task

import (
	"encoding/json"
	"fmt"
	"strings"
)

type bitbucketPayload struct {
	Push        bitbucketPush `json:"push"`
	PullRequest struct {
		Source      bitbucketEnd `json:"source"`
		Destination bitbucketEnd `json:"destination"`
	} `json:"pullrequest"`
	Repository bitbucketRepository `json:"repository"`
}

type bitbucketRepository struct {
	FullName string `json:"full_name"`
}

type bitbucketPush struct {
	Changes []struct {
		Old *bitbucketRef `json:"old"` // nil where it is new
		New *bitbucketRef `json:"new"` // nil where it is gone
	} `json:"changes"`
}

type bitbucketRef struct {
	Type   string          `json:"type"` // branch or tag
	Name   string          `json:"name"`
	Target bitbucketCommit `json:"target"`
}

type bitbucketEnd struct {
	Branch struct {
		Name string `json:"name"`
	} `json:"branch"`
	Commit     bitbucketCommit     `json:"commit"`
	Repository bitbucketRepository `json:"repository"` // null where that is deleted
}

// bitbucketCommit has the whole hash in a push, and its first twelve digits in a pull request.
type bitbucketCommit struct {
	Hash string `json:"hash"`
}

// bitbucketPulls gives the events of CodePipeline for those of pull requests; the others start nothing. Of an update it is not
// told whether it brings commits.
var bitbucketPulls = map[string]string{"created": "OPEN", "updated": "UPDATED", "fulfilled": "CLOSED", "rejected": "CLOSED"}

// readBitbucket reads an event, by X-Event-Key. No event tells which files have changed: filters of paths let none through.
func readBitbucket(event string, payload []byte) ([]gitChange, error) {
	var p bitbucketPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, err
	}
	happened, isPull := strings.CutPrefix(event, "pullrequest:")
	switch {
	case event == "repo:push":
		return p.pushes(), nil
	case isPull:
		c := gitChange{repository: p.Repository.FullName, commit: p.PullRequest.Source.Commit.Hash}
		c.pulled(bitbucketPulls, pullRequest{happened, p.PullRequest.Destination.Branch.Name, p.PullRequest.Source.Repository.FullName})
		return []gitChange{c}, nil
	}
	return []gitChange{startsNothing(event)}, nil
}

// bitbucketRefs are the full names' beginnings of what can be pushed.
var bitbucketRefs = map[string]string{"branch": "refs/heads/", "tag": "refs/tags/"}

// pushes are one change for each branch and tag that was pushed at once.
func (p bitbucketPayload) pushes() []gitChange {
	var all []gitChange
	for _, changed := range p.Push.Changes {
		c := gitChange{repository: p.Repository.FullName}
		switch {
		case changed.New != nil:
			c.commit = changed.New.Target.Hash
			c.pushTo(bitbucketRefs[changed.New.Type] + changed.New.Name)
		case changed.Old != nil:
			c.deleted(bitbucketRefs[changed.Old.Type] + changed.Old.Name)
		default:
			c.ignored = "a change of nothing starts nothing"
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		all = append(all, gitChange{ignored: fmt.Sprintf("event %q changes nothing", "repo:push")})
	}
	return all
}
