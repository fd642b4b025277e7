package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Wording about what belongs to a pipeline in a template: event rules, webhooks, disabled transitions, custom action
// types.

func pollsAndEvents(at diag.Range, a *placedAction, other diag.Range, what string) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("polls-and-events", at,
		"%s polls for changes, and %s tells of them: each change starts the pipeline twice", a.title(), what), other,
		"it starts the pipeline too"), "set PollForSourceChanges to false; left out, it is true"))
}

func pollsBesideTriggers(at diag.Range, a *placedAction, trigger diag.Range) diag.Diagnostic {
	return as(diag.Note, withHelp(withNote(failure("polls-beside-triggers", at,
		"%s polls for changes and starts the pipeline whatever the triggers filter", a.title()), trigger,
		"the triggers are here"), "set PollForSourceChanges to false if only triggers should start it; left out, it is true"))
}

func unknownFilterKey(at diag.Range, key string, target *placedAction) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("unknown-filter-key", at, "%s has no configuration %s for the filter",
		target.title(), quote(key)), "what stands in braces comes from the configuration of the target action"))
}

func missingAuthentication(w *Webhook, name string) diag.Diagnostic {
	return withHelp(failure("webhook-authentication", w.Authentication.At, "authentication %s needs %s",
		w.Authentication.Value, name), "write it in AuthenticationConfiguration")
}

func strayAuthentication(value Text, w *Webhook, name string) diag.Diagnostic {
	return withHelp(failure("webhook-authentication", value.At, "authentication %s does not take %s",
		w.Authentication.Value, name), "remove it, or choose another Authentication")
}

func openWebhook(authentication Text) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("open-webhook", authentication.At,
		"anybody who knows the address of this webhook can start the pipeline"), "use GITHUB_HMAC with a SecretToken, or IP"))
}

func invalidIPRange(r Text) diag.Diagnostic {
	return withHelp(failure("invalid-ip-range", r.At, "AllowedIPRange %s is not a range of addresses", quote(r.Value)),
		"write it as 192.0.2.0/24")
}

func firstTransition(name Text) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("first-transition", name.At,
		"stage %s is the first: nothing comes before it", quote(name.Value)), "disable the transition into a later stage"))
}

func countsReversed(c ArtifactDetails) diag.Diagnostic {
	return failure("counts-reversed", c.MinimumCount.At, "MinimumCount %d is more than MaximumCount %d",
		c.MinimumCount.Value, c.MaximumCount.Value)
}

func duplicateProperty(name, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-property", name.At, "a second configuration property is named %s",
		quote(name.Value)), first.At, "the first is here")
}

func secondQueryable(second, first *CustomProperty) diag.Diagnostic {
	return withHelp(withNote(failure("not-queryable", second.Queryable.At, "a second property is queryable"),
		first.Queryable.At, "the first is here"), "an action type has at most one")
}

func notQueryable(p *CustomProperty) diag.Diagnostic {
	return withHelp(failure("not-queryable", p.Queryable.At, "the queryable property %s is optional or secret",
		quote(p.Name.Value)), "set Required to true and Secret to false")
}

func linkNeedsProperty(at diag.Range, name string) diag.Diagnostic {
	return withHelp(failure("link-needs-property", at, "no required property that is not secret is named %s", quote(name)),
		"a link shows what every action has and everybody may see")
}
