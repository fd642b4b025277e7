package execution

import (
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
)

// Webhook starts a pipeline when a request comes, as the API's WebhookDefinition has it.
type Webhook struct {
	Name                        string                `json:"name"`
	TargetAction                string                `json:"targetAction"`
	Filters                     []WebhookFilter       `json:"filters"`
	Authentication              string                `json:"authentication"`
	AuthenticationConfiguration WebhookAuthentication `json:"authenticationConfiguration"`
}

// WebhookFilter must match a part of the request's body.
type WebhookFilter struct {
	JSONPath    string `json:"jsonPath"`
	MatchEquals string `json:"matchEquals,omitempty"`
}

// WebhookAuthentication is what a request is compared with. SecretToken only names the secret, as
// "{{resolve:secretsmanager:...}}".
type WebhookAuthentication struct {
	AllowedIPRange string `json:"AllowedIPRange,omitempty"`
	SecretToken    string `json:"SecretToken,omitempty"`
}

func (w Webhook) means(other Webhook) bool {
	return w.Name == other.Name && w.TargetAction == other.TargetAction && w.Authentication == other.Authentication &&
		w.AuthenticationConfiguration == other.AuthenticationConfiguration && slices.Equal(w.Filters, other.Filters)
}

// Webhooks are those of a template. The API's form of its definition, which is what is registered, has none.
func Webhooks(p *pipeline.Pipeline) []Webhook {
	if p.Template == nil {
		return nil
	}
	var out []Webhook
	for _, declared := range p.Template.Webhooks {
		w := Webhook{
			Name: declared.Name.Value, TargetAction: declared.TargetAction.Value, Authentication: declared.Authentication.Value,
			Filters: []WebhookFilter{},
		}
		if w.Name == "" {
			w.Name = declared.LogicalID.Value
		}
		if c := declared.AuthenticationConfiguration; c != nil {
			w.AuthenticationConfiguration = WebhookAuthentication{c.AllowedIPRange.Value, c.SecretToken.Value}
		}
		for _, f := range declared.Filters {
			w.Filters = append(w.Filters, WebhookFilter{f.JSONPath.Value, f.MatchEquals.Value})
		}
		out = append(out, w)
	}
	return out
}
