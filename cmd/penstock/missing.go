package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// explained says in a definition's words why an action never began: a #{} in its configuration has no value. Any other
// action is returned as it is. What the state machine said about it stays in the record.
func explained(a *execution.Action, p *pipeline.Pipeline, all []*execution.Action) *execution.Action {
	declaration := declarationOf(p, a)
	if declaration == nil || a.Error == nil || a.Error.Code != "ConfigurationError" || a.ResolvedConfiguration != nil {
		return a
	}
	var missing []string
	for _, property := range declaration.Configuration {
		for _, reference := range pipeline.References(property.Value.Value) {
			if text, ok := missingValue(reference, all); ok && !slices.Contains(missing, text) {
				missing = append(missing, text)
			}
		}
	}
	if len(missing) == 0 {
		return a
	}
	copied := *a
	copied.Error = &execution.ErrorDetails{Code: a.Error.Code, Message: strings.Join(missing, "\n")}
	return &copied
}

func declarationOf(p *pipeline.Pipeline, a *execution.Action) *pipeline.Action {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if p.Stages[i].Name.Value == a.StageName && p.Stages[i].Actions[j].Name.Value == a.ActionName {
				return &p.Stages[i].Actions[j]
			}
		}
	}
	return nil
}

// missingValue says which action should have given the value of a reference and did not, and what it gave instead.
func missingValue(reference pipeline.Reference, all []*execution.Action) (string, bool) {
	for _, producer := range all {
		if producer.Namespace != reference.Namespace || producer.Namespace == "" {
			continue
		}
		if _, ok := producer.OutputVariables[reference.Key]; ok {
			return "", false
		}
		given := slices.Sorted(maps.Keys(producer.OutputVariables))
		text := fmt.Sprintf("#{%s.%s} has no value: %s/%s gave ", reference.Namespace, reference.Key, producer.StageName, producer.ActionName)
		if len(given) == 0 {
			return text + "no variable", true
		}
		text += strings.Join(given, ", ")
		if nearest, ok := diag.Nearest(reference.Key, given); ok {
			text += fmt.Sprintf("; did you mean #{%s.%s}?", reference.Namespace, nearest)
		}
		return text, true
	}
	return "", false
}
