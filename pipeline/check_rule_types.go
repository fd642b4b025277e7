package pipeline

import (
	"cmp"
	"slices"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// lookupRuleType returns what is known about a rule type, and whether there is one. Owner and version may be left out.
func lookupRuleType(id ActionTypeID) (ActionType, bool) {
	return catalogue.Lookup(catalogue.CategoryRule, "AWS", id.Provider.Value, cmp.Or(id.Version.Value, "1"))
}

func ruleProviders() []string {
	var providers []string
	for _, t := range catalogue.RuleTypes() {
		providers = append(providers, t.Provider)
	}
	return providers
}

func isRuleProvider(name string) bool { return slices.Contains(ruleProviders(), name) }

// isOneOf reports whether a text has one of the values. An unknown text may have any.
func isOneOf(t Text, values []string) bool { return !t.IsKnown() || slices.Contains(values, t.Value) }
