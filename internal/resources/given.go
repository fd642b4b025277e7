package resources

import (
	"cmp"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// GivenWebhook is the webhook that a source is given whose pushes reach no event bus of the account: one behind a connection
// (EventBridge's reference, "AWS CodeConnections events"), or on GitHub by a token, which CodePipeline would have polled. Its
// repository sends them, once somebody has told it where, and what to sign with.
type GivenWebhook struct {
	// Name is that of the webhook, and the end of its address: /webhooks/PIPELINE/NAME.
	Name string
	// Action is the source, and Repository its repository: OWNER/REPOSITORY.
	Action, Repository string
	// Secret is the name of the secret in Secrets Manager that requests are signed with.
	Secret string
	// Senders are the providers that the repository may be of: a definition does not say which.
	Senders []Sender
	// ID tells it apart in a stack: the name as the definition has it.
	ID string `json:"-"`
}

// pushed is a source action whose repository must tell of pushes.
type pushed struct {
	// detects is the setting that says whether changes start the pipeline.
	detects string
	// repository are the settings whose values, with a slash between, are the repository.
	repository []string
	// filters are those of its webhook.
	filters []pipeline.WebhookFilter
	// senders are the providers that its repository may be of.
	senders []sender
}

// pushes are the sources by the provider. Which changes behind a connection count is in the triggers, or in the action's
// branch, and its handler looks there.
var pushes = map[string]pushed{
	"CodeStarSourceConnection": {detects: "DetectChanges", repository: []string{"FullRepositoryId"}, senders: []sender{gitHub, gitLab, bitbucket}},
	"GitHub": {detects: "PollForSourceChanges", repository: []string{"Owner", "Repo"}, senders: []sender{gitHub}, filters: []pipeline.WebhookFilter{
		{JSONPath: pipeline.Text{Value: "$.ref"}, MatchEquals: pipeline.Text{Value: "refs/heads/{Branch}"}},
	}},
}

// given is a source that is given a webhook, with open parts of both names.
type given struct {
	pushed
	action       *pipeline.Action
	name, secret pipeline.Text
}

// given are the sources whose changes should start the pipeline, that no rule can be about, and no webhook of the template is.
func (p Platform) given(d *pipeline.Pipeline) []given {
	taken := map[string]bool{}
	for _, w := range declaredWebhooks(d) {
		taken[cmp.Or(w.Name.Value, w.LogicalID.Value)] = true
	}
	var all []given
	for _, a := range actions(d) {
		if !isGiven(d, a) {
			continue
		}
		name := a.Name
		for taken[name.Value] { // the template has a webhook of that name for another action
			name = within("", name, "-push")
		}
		all = append(all, given{pushes[a.ActionTypeID.Provider.Value], a, name, within(p.Name+"/"+d.Name.Value+"/", name, "/webhook")})
	}
	return all
}

// isGiven reports whether an action is a source that a push should start, and nothing else would. What a template does not let
// poll it starts by something of its own; beside a definition in the API's form that would be a webhook which is not in it.
func isGiven(d *pipeline.Pipeline, a *pipeline.Action) bool {
	of, is := pushes[a.ActionTypeID.Provider.Value]
	if !is || a.ActionTypeID.Category.Value != "Source" || hasWebhook(d, a) {
		return false
	}
	if detects, _ := a.Setting(of.detects); detects.Value != "false" {
		return true
	}
	return len(triggersOf(d, a)) > 0 || of.detects == "PollForSourceChanges" && d.Template == nil
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

// declared is the webhook as a template would have it.
func (g given) declared() pipeline.Webhook {
	return pipeline.Webhook{
		Name: g.name, TargetAction: g.action.Name, Authentication: pipeline.Text{Value: "GITHUB_HMAC"}, Filters: g.filters,
		AuthenticationConfiguration: &pipeline.WebhookAuthentication{SecretToken: within(reference, g.secret, "}}")},
	}
}

// givenWebhooks are what a stack makes of them, and people are told.
func (p Platform) givenWebhooks(d *pipeline.Pipeline, values Values) []GivenWebhook {
	var all []GivenWebhook
	for _, g := range p.given(d) {
		var repository []string
		for _, name := range g.repository {
			part, _ := g.action.Setting(name)
			repository = append(repository, values.fill(open(part)))
		}
		all = append(all, GivenWebhook{
			Name: values.fill(open(g.name)), Action: values.fill(open(g.action.Name)), Repository: strings.Join(repository, "/"),
			Secret: values.fill(open(g.secret)), Senders: sendersOf(g.senders, changesOf(triggersOf(d, g.action))), ID: g.name.Value,
		})
	}
	return all
}

func declaredWebhooks(d *pipeline.Pipeline) []pipeline.Webhook {
	if d.Template == nil {
		return nil
	}
	return d.Template.Webhooks
}

// withGiven is a definition that has, beside the webhooks of its template, those that sources are given.
func (p Platform) withGiven(d *pipeline.Pipeline) *pipeline.Pipeline {
	var t pipeline.Template
	if d.Template != nil {
		t = *d.Template
	}
	t.Webhooks = slices.Clone(t.Webhooks)
	for _, g := range p.given(d) {
		t.Webhooks = append(t.Webhooks, g.declared())
	}
	with := *d
	with.Template = &t
	return &with
}
