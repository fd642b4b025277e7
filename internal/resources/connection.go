package resources

import (
	"cmp"
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
)

// ConnectionWebhook is the webhook that a source behind a connection is given. What is pushed there reaches no event bus of
// the account (EventBridge's reference, "AWS CodeConnections events"), so its repository sends it, once somebody has told it
// where, and what to sign with.
type ConnectionWebhook struct {
	// Name is that of the webhook, and the end of its address: /webhooks/PIPELINE/NAME.
	Name string
	// Action is the source, and Repository what its configuration calls FullRepositoryId.
	Action, Repository string
	// Secret is the name of the secret in Secrets Manager that requests are signed with.
	Secret string
	// Events are those that the repository must send, in GitHub's words: push, pull_request.
	Events []string
	// ID tells it apart in a stack: the name as the definition has it.
	ID string `json:"-"`
}

// connection is a source that is given a webhook, with open parts of both names.
type connection struct {
	action       *pipeline.Action
	name, secret pipeline.Text
}

// connections are the sources whose changes should start the pipeline, that no rule can be about, and no webhook of the
// template is.
func (p Platform) connections(d *pipeline.Pipeline) []connection {
	taken := map[string]bool{}
	for _, w := range declaredWebhooks(d) {
		taken[cmp.Or(w.Name.Value, w.LogicalID.Value)] = true
	}
	var all []connection
	for _, a := range actions(d) {
		if !isGivenWebhook(d, a) {
			continue
		}
		name := a.Name
		for taken[name.Value] { // the template has a webhook of that name for another action
			name = within("", name, "-push")
		}
		all = append(all, connection{a, name, within(p.Name+"/"+d.Name.Value+"/", name, "/webhook")})
	}
	return all
}

// isGivenWebhook reports whether an action is a source behind a connection that a push should start, and nothing else would.
func isGivenWebhook(d *pipeline.Pipeline, a *pipeline.Action) bool {
	if id := a.ActionTypeID; id.Category.Value != "Source" || id.Provider.Value != "CodeStarSourceConnection" || hasWebhook(d, a) {
		return false
	}
	detects, _ := a.Setting("DetectChanges")
	return detects.Value != "false" || len(triggersOf(d, a)) > 0
}

func triggersOf(d *pipeline.Pipeline, a *pipeline.Action) []*pipeline.GitConfiguration {
	var all []*pipeline.GitConfiguration
	for _, t := range d.Triggers {
		if c := t.GitConfiguration; c != nil && c.SourceActionName.Value == a.Name.Value {
			all = append(all, c)
		}
	}
	return all
}

// declared is a connection's webhook as a template would have it. It has no filters: which changes count is in the triggers,
// or in the action's branch.
func (c connection) declared() pipeline.Webhook {
	return pipeline.Webhook{
		Name: c.name, TargetAction: c.action.Name, Authentication: pipeline.Text{Value: "GITHUB_HMAC"},
		AuthenticationConfiguration: &pipeline.WebhookAuthentication{SecretToken: within(reference, c.secret, "}}")},
	}
}

// connectionWebhooks are what a stack makes of them, and people are told.
func (p Platform) connectionWebhooks(d *pipeline.Pipeline, values Values) []ConnectionWebhook {
	var all []ConnectionWebhook
	for _, c := range p.connections(d) {
		repository, _ := c.action.Setting("FullRepositoryId")
		all = append(all, ConnectionWebhook{
			Name: values.fill(open(c.name)), Action: values.fill(open(c.action.Name)), Repository: values.fill(open(repository)),
			Secret: values.fill(open(c.secret)), Events: eventsOf(triggersOf(d, c.action)), ID: c.name.Value,
		})
	}
	return all
}

// eventsOf are the events that triggers look at; without one it is pushes to the action's branch.
func eventsOf(triggers []*pipeline.GitConfiguration) []string {
	asks := func(c *pipeline.GitConfiguration) bool { return len(c.PullRequest) > 0 }
	pushes := func(c *pipeline.GitConfiguration) bool { return len(c.Push) > 0 || len(c.PullRequest) == 0 }
	var events []string
	if len(triggers) == 0 || slices.ContainsFunc(triggers, pushes) {
		events = append(events, "push")
	}
	if slices.ContainsFunc(triggers, asks) {
		events = append(events, "pull_request")
	}
	return events
}

func declaredWebhooks(d *pipeline.Pipeline) []pipeline.Webhook {
	if d.Template == nil {
		return nil
	}
	return d.Template.Webhooks
}

// withConnections is a definition that has, beside the webhooks of its template, those that connections are given.
func (p Platform) withConnections(d *pipeline.Pipeline) *pipeline.Pipeline {
	var t pipeline.Template
	if d.Template != nil {
		t = *d.Template
	}
	t.Webhooks = slices.Clone(t.Webhooks)
	for _, c := range p.connections(d) {
		t.Webhooks = append(t.Webhooks, c.declared())
	}
	with := *d
	with.Template = &t
	return &with
}
