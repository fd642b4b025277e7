package pipeline

import (
	"math"

	"github.com/penstock-ci/penstock/internal/diag"
)

// placeRules turns the rules of a stage's conditions into what the checks of actions understand. Those before entry
// run before the stage's actions, the others after.
func placeRules(stage *Stage, index int) []placedAction {
	var placed []placedAction
	for _, set := range conditionsOf(stage) {
		when := moment{index, math.MaxInt}
		if set.kind == beforeEntry {
			when.runOrder = 0
		}
		for i := range set.conditions {
			for j := range set.conditions[i].Rules {
				placed = append(placed, placeRule(stage, when, &set, &set.conditions[i].Rules[j]))
			}
		}
	}
	return placed
}

func placeRule(stage *Stage, when moment, set *conditionSet, r *Rule) placedAction {
	placed := placedAction{
		Action: &Action{
			At: r.At, Name: r.Name, ActionTypeID: r.RuleTypeID, Configuration: r.Configuration, Commands: r.Commands,
			InputArtifacts: r.InputArtifacts, RoleArn: r.RoleArn, Region: r.Region, TimeoutInMinutes: r.TimeoutInMinutes,
		},
		stage: stage, moment: when, condition: set,
	}
	placed.actionType, placed.known = lookupRuleType(r.RuleTypeID)
	return placed
}

// skippableBy are the providers of rules that a condition with the result SKIP may have.
var skippableBy = []string{"LambdaInvoke", "VariableCheck"}

// checkConditionRules wants rule types that exist, names that are unique in their condition, and in a condition that
// skips a stage only rules that may do so.
func checkConditionRules(d *definition, list *diag.List) {
	for i := range d.rules {
		r := &d.rules[i]
		if id := r.ActionTypeID; !r.known && id.Provider.Value != "" && id.Provider.IsKnown() {
			list.Add(unknownRuleType(r, ruleProviders()))
		}
	}
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			for j := range set.conditions {
				checkRulesOf(&set.conditions[j], list)
			}
		}
	}
}

func checkRulesOf(c *Condition, list *diag.List) {
	seen := map[string]Text{}
	for i := range c.Rules {
		r := &c.Rules[i]
		once(list, seen, r.Name, func(first Text) diag.Diagnostic { return duplicateRule(r.Name, first) })
		if p := r.RuleTypeID.Provider; c.Result.Value == "SKIP" && isRuleProvider(p.Value) && !isOneOf(p, skippableBy) {
			list.Add(ruleCannotSkip(r, c.Result))
		}
	}
}
