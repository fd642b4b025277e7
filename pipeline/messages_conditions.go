package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Wording about the conditions of stages and their rules.

func retryWithConditions(result Text) diag.Diagnostic {
	return withHelp(failure("retry-with-conditions", result.At, "onFailure has the result RETRY and conditions"),
		"an automatic retry has no conditions: remove one of them")
}

func resultNotAllowed(result Text, where string, allowed []string) diag.Diagnostic {
	return withHelp(failure("result-not-allowed", result.At, "%s cannot have the result %s", where, quote(result.Value)),
		"it can have %s", enumerate(allowed, "or"))
}

func missingResult(at diag.Range, kind, result string) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("missing-result", at, "a condition of %s has no result", kind),
		"say what follows when it is engaged: result: %s", result))
}

func missingRules(at diag.Range, kind string) diag.Diagnostic {
	return withHelp(failure("missing-rules", at, "a condition of %s has no rules", kind),
		"a condition has 1 to 5 rules: there is nothing to hold without one")
}

func rollbackInParallel(result Text, mode diag.Range) diag.Diagnostic {
	return as(diag.Note, withHelp(withNote(failure("rollback-in-parallel", result.At,
		"CodePipeline refuses a roll back in PARALLEL mode; Penstock does not"), mode, "the mode is set here"),
		"to keep the definition usable with CodePipeline, choose another result or another mode"))
}

func rollbackOfSources(result Text, stage string) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("rollback-of-sources", result.At,
		"stage %s holds the source actions: it cannot be rolled back", quote(stage)),
		"put the result ROLLBACK on the stages that deploy"))
}

func retryConfigurationUnused(c *RetryConfiguration) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("retry-configuration-unused", c.At,
		"onFailure has a retryConfiguration, and its result is not RETRY"), "set result to RETRY, or remove it"))
}

func emptyOnFailure(at diag.Range) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("empty-on-failure", at, "onFailure has neither a result nor conditions"),
		"without one of them nothing happens on failure"))
}

func resultBesideConditions(result Text, conditions diag.Range) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("result-beside-conditions", result.At,
		"onFailure has a result of its own and conditions"), conditions, "the conditions are here"),
		"keep the result to act on every failure, or the conditions to act when their rules hold"))
}

func unknownRuleType(r *placedAction, providers []string) diag.Diagnostic {
	p := r.ActionTypeID.Provider
	if isRuleProvider(p.Value) {
		return withHelp(failure("unknown-rule-type", r.ActionTypeID.Version.At, "the rule type %s has no version %s",
			quote(p.Value), quote(r.ActionTypeID.Version.Value)), "there is version 1")
	}
	return suggest(failure("unknown-rule-type", p.At, "there is no rule type %s", quote(p.Value)), p.Value, providers)
}

func duplicateRule(name, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-rule", name.At, "a second rule of this condition is named %s", quote(name.Value)),
		first.At, "the first is here")
}

func ruleCannotSkip(r *Rule, result Text) diag.Diagnostic {
	return withHelp(withNote(failure("rule-cannot-skip", r.RuleTypeID.Provider.At,
		"a condition with the result SKIP cannot have a %s rule", r.RuleTypeID.Provider.Value), result.At,
		"the result is set here"), "it can have %s", enumerate(skippableBy, "and"))
}

func invalidCron(at diag.Range, what string) diag.Diagnostic {
	return withHelp(failure("invalid-cron", at, "%s", what),
		"seconds minutes hours day-of-month month day-of-week, and perhaps a year: 0 0 9-17 ? * MON-FRI *")
}

func invalidTimeZone(zone Text) diag.Diagnostic {
	return withHelp(failure("invalid-time-zone", zone.At, "%s is not a time zone", quote(zone.Value)),
		"write a Region and city, UTC, or an offset from it: Europe/Berlin, UTC, UTC+05:30")
}
