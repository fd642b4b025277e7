package resources

import (
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
)

// Sender is a provider of repositories, and what the webhook in a repository's settings is told there beside its URL, in the
// words of those settings: what else is entered, and the events that it must send.
type Sender struct {
	Provider string   `json:"provider"`
	Enter    string   `json:"enter,omitempty"`
	Events   []string `json:"events"`
}

// change is a kind of change in a repository that triggers look at.
type change int

const (
	branchPushed change = iota
	tagPushed
	pullRequested
)

// sender has the events that tell of a kind of change.
type sender struct {
	provider, enter string
	events          map[change][]string
}

// GitHub Enterprise Server has GitHub's settings.
var gitHub = sender{"GitHub", "content type application/json", map[change][]string{
	branchPushed: {"push"}, tagPushed: {"push"}, pullRequested: {"pull_request"},
}}

var gitLab = sender{"GitLab", "the secret is the secret token", map[change][]string{
	branchPushed: {"Push events"}, tagPushed: {"Tag push events"}, pullRequested: {"Merge request events"},
}}

var bitbucket = sender{"Bitbucket", "", map[change][]string{
	branchPushed: {"Repository push"}, tagPushed: {"Repository push"},
	pullRequested: {"Pull request created", "Pull request updated", "Pull request merged", "Pull request declined"},
}}

func sendersOf(senders []sender, changes []change) []Sender {
	var all []Sender
	for _, s := range senders {
		told := Sender{Provider: s.provider, Enter: s.enter}
		for _, c := range changes {
			for _, event := range s.events[c] {
				if !slices.Contains(told.Events, event) {
					told.Events = append(told.Events, event)
				}
			}
		}
		all = append(all, told)
	}
	return all
}

// changesOf are the kinds of changes that triggers look at; without a trigger that names some it is pushes to the action's branch.
func changesOf(triggers []*pipeline.GitConfiguration) []change {
	var all []change
	for kind, asked := range map[change]func(*pipeline.GitConfiguration) bool{
		branchPushed: func(c *pipeline.GitConfiguration) bool {
			return slices.ContainsFunc(c.Push, func(f pipeline.GitPushFilter) bool { return f.Tags == nil })
		},
		tagPushed: func(c *pipeline.GitConfiguration) bool {
			return slices.ContainsFunc(c.Push, func(f pipeline.GitPushFilter) bool { return f.Tags != nil })
		},
		pullRequested: func(c *pipeline.GitConfiguration) bool { return len(c.PullRequest) > 0 },
	} {
		if slices.ContainsFunc(triggers, asked) {
			all = append(all, kind)
		}
	}
	if len(all) == 0 {
		return []change{branchPushed}
	}
	slices.Sort(all)
	return all
}
