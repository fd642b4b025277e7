package pipeline

import (
	"net/netip"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// configurationInBraces is a part of a webhook's filter that comes from the configuration of its target action.
var configurationInBraces = onUse(`\{([A-Za-z0-9_-]+)\}`)

// checkWebhooks holds the webhooks of a template against their pipeline.
func checkWebhooks(d *definition, list *diag.List) {
	if d.Template == nil {
		return
	}
	for i := range d.Template.Webhooks {
		w := &d.Template.Webhooks[i]
		checkWebhookAuthentication(d, list, w)
		if target := w.TargetAction; target.Value != "" && target.IsKnown() {
			checkWebhookTarget(d, list, w)
		}
	}
}

func checkWebhookTarget(d *definition, list *diag.List, w *Webhook) {
	var sources []string
	for i := range d.actions {
		a := &d.actions[i]
		if !a.isSource() {
			continue
		}
		if a.Name.Value == w.TargetAction.Value {
			checkWebhookFilters(list, w, a)
			return
		}
		sources = append(sources, a.Name.Value)
	}
	if !d.openNames {
		list.Add(unknownTargetAction(w.TargetAction, sources))
	}
}

// checkWebhookFilters wants what a filter takes from the target's configuration to be there.
func checkWebhookFilters(list *diag.List, w *Webhook, target *placedAction) {
	for i := range w.Filters {
		match := w.Filters[i].MatchEquals
		for _, at := range configurationInBraces().FindAllStringSubmatchIndex(match.Value, -1) {
			key := match.Value[at[2]:at[3]]
			if _, there := target.Setting(key); !there && match.IsKnown() {
				list.Add(unknownFilterKey(within(match, at[0], at[1]), key, target))
			}
		}
	}
}

// checkWebhookAuthentication wants the way of authentication to have what it compares with, and nothing else.
func checkWebhookAuthentication(d *definition, list *diag.List, w *Webhook) {
	c := w.AuthenticationConfiguration
	if c == nil {
		return // reported as missing
	}
	switch w.Authentication.Value {
	case "GITHUB_HMAC":
		wantAuthentication(list, w, c.SecretToken, "SecretToken")
		refuseAuthentication(list, w, c.AllowedIPRange, "AllowedIPRange")
	case "IP":
		wantAuthentication(list, w, c.AllowedIPRange, "AllowedIPRange")
		refuseAuthentication(list, w, c.SecretToken, "SecretToken")
	case "UNAUTHENTICATED":
		refuseAuthentication(list, w, c.SecretToken, "SecretToken")
		refuseAuthentication(list, w, c.AllowedIPRange, "AllowedIPRange")
		list.Add(openWebhook(w.Authentication))
	}
	if r := c.AllowedIPRange; r.Value != "" && r.IsKnown() {
		if _, err := netip.ParsePrefix(r.Value); err != nil {
			list.Add(invalidIPRange(r))
		}
	}
	if s := c.SecretToken; strings.Trim(s.Value, "*") != "" && !isIndirect(s) {
		list.Add(literalSecret(Property{Key: Text{Value: "SecretToken"}, Value: s}, d.options.severity(diag.Warning)))
	}
}

func wantAuthentication(list *diag.List, w *Webhook, value Text, name string) {
	if !value.IsSet() {
		list.Add(missingAuthentication(w, name))
	}
}

func refuseAuthentication(list *diag.List, w *Webhook, value Text, name string) {
	if value.IsSet() {
		list.Add(strayAuthentication(value, w, name))
	}
}
