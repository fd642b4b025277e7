package resources

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// withWebhookReferences is a template whose webhooks name their secrets.
func withWebhookReferences(t *pipeline.Template) *pipeline.Template {
	return withWebhooks(t, func(w *pipeline.Webhook) {
		if secret := &w.AuthenticationConfiguration.SecretToken; !secret.IsKnown() && !strings.Contains(secret.Value, reference) {
			*secret = within(reference, *secret, "}}")
		}
	})
}

// withWebhooks is a template whose webhooks were changed. Each has something for its authentication to be changed.
func withWebhooks(t *pipeline.Template, change func(*pipeline.Webhook)) *pipeline.Template {
	if t == nil {
		return nil
	}
	with := *t
	with.Webhooks = slices.Clone(t.Webhooks)
	for i := range with.Webhooks {
		w := &with.Webhooks[i]
		var authentication pipeline.WebhookAuthentication
		if w.AuthenticationConfiguration != nil {
			authentication = *w.AuthenticationConfiguration
		}
		w.AuthenticationConfiguration, w.Filters = &authentication, slices.Clone(w.Filters)
		change(w)
	}
	return &with
}

// webhooks are a definition's as JSON, in which open parts stand as in the canonical form, and Fill finds them. It is nil
// where there are none.
func webhooks(d *pipeline.Pipeline) (json.RawMessage, error) {
	marked := *d
	marked.Template = withWebhooks(d.Template, func(w *pipeline.Webhook) {
		texts := []*pipeline.Text{
			&w.Name, &w.LogicalID, &w.TargetAction, &w.Authentication,
			&w.AuthenticationConfiguration.AllowedIPRange, &w.AuthenticationConfiguration.SecretToken,
		}
		for i := range w.Filters {
			texts = append(texts, &w.Filters[i].JSONPath, &w.Filters[i].MatchEquals)
		}
		for _, t := range texts {
			t.Value = open(*t)
		}
	})
	registered := execution.Webhooks(&marked)
	if len(registered) == 0 {
		return nil, nil
	}
	var written any
	if text, err := json.Marshal(registered); err != nil {
		return nil, fmt.Errorf("write the webhooks of pipeline %q: %w", d.Name.Value, err)
	} else if err := json.Unmarshal(text, &written); err != nil {
		return nil, fmt.Errorf("read the webhooks of pipeline %q: %w", d.Name.Value, err)
	}
	return json.Marshal(substitutable(written))
}

// substitutable writes texts whose open parts are marked as {"Fn::Sub": "..."}.
func substitutable(part any) any {
	switch part := part.(type) {
	case string:
		if t := unmarked(part); !t.IsKnown() {
			return map[string]any{"Fn::Sub": template.Substitutable(t)}
		}
	case map[string]any:
		for name, member := range part {
			part[name] = substitutable(member)
		}
	case []any:
		for i, item := range part {
			part[i] = substitutable(item)
		}
	}
	return part
}

// unmarked is the text that open has written.
func unmarked(marked string) pipeline.Text {
	var t pipeline.Text
	for i, part := range strings.Split(marked, mark) {
		if i%2 == 1 {
			start := len(t.Value)
			t.Value += Named(part)
			t.Placeholders = append(t.Placeholders, tree.Placeholder{Name: part, Start: start, End: len(t.Value)})
			continue
		}
		t.Value += part
	}
	return t
}

// FillWebhooks gives the open parts of a pipeline's webhooks their values. The error names those without one.
func FillWebhooks(written json.RawMessage, values map[string]string) ([]execution.Webhook, error) {
	if len(written) == 0 {
		return nil, nil
	}
	filled, err := Fill(written, values)
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	var all []execution.Webhook
	if err := json.Unmarshal(filled, &all); err != nil {
		return nil, fmt.Errorf("read the webhooks: %w", err)
	}
	return all, nil
}

// webhookSecrets is what reading the secrets takes that a definition's webhooks compare with, open parts marked.
func (p Platform) webhookSecrets(d *pipeline.Pipeline) []Statement {
	var statements []Statement
	for _, w := range declaredWebhooks(p.withGiven(d)) {
		if c := w.AuthenticationConfiguration; c != nil {
			if named, is := catalogue.ParseSecret(open(c.SecretToken)); is {
				statements = append(statements, allow([]string{"secretsmanager:GetSecretValue"}, p.secretARN(named.ID)))
			}
		}
	}
	if len(p.given(d)) > 0 {
		statements = append(statements, p.decryptSecrets())
	}
	return statements
}

// decryptSecrets is what reading a secret that the platform's key encrypts takes beside the secret: the key, through Secrets
// Manager alone.
func (p Platform) decryptSecrets() Statement {
	decrypt := allow([]string{"kms:Decrypt"}, p.Key)
	decrypt.Equals = map[string]string{"kms:ViaService": "secretsmanager." + p.Region + ".amazonaws.com"}
	return decrypt
}
