package resources

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// maxPattern is the most bytes of an event pattern.
const maxPattern = 2048

// completionRules has a rule for each provider that tells of ends by events: one for all its actions, or several where
// the pattern would be too long.
func (p Platform) completionRules(d *pipeline.Pipeline, values Values) ([]Rule, error) {
	patterns, order := map[string][]map[string]any{}, []string{}
	for _, a := range actions(d) {
		row, is := completionRow(a)
		if !is {
			continue
		}
		pattern, err := p.pattern(row, a)
		if err != nil {
			return nil, err
		}
		if patterns[row.Name] == nil {
			order = append(order, row.Name)
		}
		filled, _ := values.fillAll(pattern).(map[string]any)
		patterns[row.Name] = append(patterns[row.Name], filled)
	}
	var rules []Rule
	for _, name := range order {
		together, err := joined(patterns[name])
		if err != nil {
			return nil, err
		}
		for i, pattern := range together {
			rules = append(rules, Rule{
				Name: fmt.Sprintf("ended-%s-%d", name, i+1), Description: "tells pipeline " + d.Name.Value + " that an action ended",
				Pattern: pattern, Function: CompleteAction,
			})
		}
	}
	return rules, nil
}

// completionRow is the row of events.Rules() that tells of the end of an action.
func completionRow(a *pipeline.Action) (events.Rule, bool) {
	name := strings.ToLower(a.ActionTypeID.Provider.Value)
	batch, _ := a.Setting("BatchEnabled")
	mode, _ := a.Setting("ActionMode")
	switch {
	case name == "codebuild" && batch.Value == "true":
		name = "codebuild-batch"
	case mode.Value == "CHANGE_SET_REPLACE": // no event tells of a change set that was made
		return events.Rule{}, false
	}
	for _, row := range events.Rules() {
		if !row.Starts && row.Name == name && a.ActionTypeID.Owner.Value == "AWS" {
			return row, true
		}
	}
	return events.Rule{}, false
}

// pattern fills a row for an action, with open parts marked.
func (p Platform) pattern(row events.Rule, a *pipeline.Action) (map[string]any, error) {
	keys := map[string]string{
		"AWS::Partition": p.Partition, "AWS::Region": cmp.Or(open(a.Region), p.Region), "AWS::AccountId": p.accountOf(a),
		"EventSource": events.Source,
	}
	described, _ := pipeline.LookupActionType(a.ActionTypeID)
	for _, property := range described.Properties {
		if property.Default != "" {
			keys[property.Name] = property.Default
		}
	}
	for _, entry := range a.Configuration {
		keys[entry.Key.Value] = open(entry.Value)
	}
	text, err := row.EventPattern(keys)
	if err != nil {
		return nil, fmt.Errorf("action %s: %w", a.Name.Value, err)
	}
	var pattern map[string]any
	if err := json.Unmarshal(text, &pattern); err != nil {
		return nil, fmt.Errorf("action %s: %w", a.Name.Value, err)
	}
	loose, _ := loosened(pattern).(map[string]any)
	return loose, nil
}

// loosened matches whatever a reference to a variable will stand for.
func loosened(part any) any {
	switch part := part.(type) {
	case map[string]any:
		if prefix, is := part["prefix"].(string); is && len(pipeline.References(prefix)) > 0 {
			return map[string]any{"wildcard": wildcard(prefix) + "*"}
		}
		for name, member := range part {
			part[name] = loosened(member)
		}
	case []any:
		for i, item := range part {
			part[i] = loosened(item)
		}
	case string:
		if len(pipeline.References(part)) > 0 {
			return map[string]any{"wildcard": wildcard(part)}
		}
	}
	return part
}

// wildcard writes a value with references as a pattern of EventBridge's operator of that name.
func wildcard(value string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(value, "#{")
		b.WriteString(strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(before))
		if !found {
			return strings.ReplaceAll(b.String(), "**", "*") // EventBridge refuses two in a row
		}
		b.WriteByte('*')
		_, value, _ = strings.Cut(rest, "}")
	}
}

// joined puts patterns of one row together, as few as the limit of their length allows.
func joined(patterns []map[string]any) ([]map[string]any, error) {
	var all []map[string]any
	for _, pattern := range patterns {
		if len(all) > 0 {
			with, _ := union(all[len(all)-1], pattern).(map[string]any)
			text, err := json.Marshal(with)
			if err != nil {
				return nil, fmt.Errorf("write an event pattern: %w", err)
			}
			if len(text) <= maxPattern {
				all[len(all)-1] = with
				continue
			}
		}
		all = append(all, pattern)
	}
	return all, nil
}

// union is a pattern that matches what either of two patterns of one row does.
func union(a, b any) any {
	switch a := a.(type) {
	case map[string]any:
		of, _ := b.(map[string]any)
		both := map[string]any{}
		for name, member := range a {
			both[name] = union(member, of[name])
		}
		return both
	case []any:
		both := slices.Clone(a)
		of, _ := b.([]any)
		for _, item := range of {
			if !slices.ContainsFunc(both, func(has any) bool { return reflect.DeepEqual(has, item) }) {
				both = append(both, item)
			}
		}
		return both
	}
	return a
}
