package resources

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// Change is a rule of the definition's own template that does not match what the platform would have matched for the source:
// on the platform it stays as it is written.
type Change struct {
	// Rule is its logical ID, and Source the action that its events are of.
	Rule, Source string
	// Only are the lines of its pattern that the platform's would not have, and Missing those of that one that it has not: as
	// FlatPattern writes them.
	Only, Missing []string
}

// changes compares the rules of a template with those that the platform would make of its sources.
func (p Platform) changes(d *pipeline.Pipeline, values Values) ([]Change, error) {
	if d.Template == nil {
		return nil, nil
	}
	values = p.pseudo(values)
	var all []Change
	for _, own := range d.Template.EventRules {
		source := sourceAction(d, own.EventPattern.Value)
		if source == nil {
			continue
		}
		var has map[string]any
		if err := json.Unmarshal([]byte(own.EventPattern.Value), &has); err != nil {
			return nil, unreadableRule(own, err)
		}
		row, _ := startRow(source)
		would, err := p.pattern(row, source)
		if err != nil {
			return nil, err
		}
		only := FlatPattern(values.fillAll(marked(has)))
		missing := FlatPattern(values.fillAll(would))
		change := Change{Rule: own.LogicalID.Value, Source: values.fill(open(source.Name)), Only: without(only, missing), Missing: without(missing, only)}
		if len(change.Only)+len(change.Missing) > 0 {
			all = append(all, change)
		}
	}
	return all, nil
}

// pseudo gives CloudFormation's pseudo parameters the values that the platform's own patterns have for them.
func (p Platform) pseudo(values Values) Values {
	own := map[string]string{"AWS::Partition": p.Partition, "AWS::Region": p.Region, "AWS::AccountId": p.Account}
	return func(name string) string {
		if value, is := own[name]; is {
			return value
		}
		return values(name)
	}
}

func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// FlatPattern writes an event pattern in lines, sorted: the path of each field, and what it may be.
func FlatPattern(pattern any) []string {
	var lines []string
	flatten(&lines, "", pattern)
	slices.Sort(lines)
	return lines
}

func flatten(lines *[]string, path string, part any) {
	switch part := part.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(part)) {
			flatten(lines, strings.TrimPrefix(path+"."+name, "."), part[name])
		}
	case []any:
		var values []string
		for _, item := range part {
			values = append(values, matcher(item))
		}
		slices.Sort(values)
		*lines = append(*lines, path+": "+strings.Join(values, ", "))
	default:
		*lines = append(*lines, path+": "+matcher(part))
	}
}

// matcher is what one value of a pattern matches.
func matcher(item any) string {
	if text, is := item.(string); is {
		return text
	}
	operators, is := item.(map[string]any)
	if !is || reflect.DeepEqual(operators, map[string]any{}) {
		return fmt.Sprint(item)
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(operators)) {
		all = append(all, fmt.Sprintf("%s %v", name, operators[name]))
	}
	return strings.Join(all, " ")
}

// ActionRole is a role that actions name, and those that name it, as STAGE/ACTION.
type ActionRole struct {
	Role    string
	Actions []string
}

// ActionRoles are those of a definition, in its order.
func ActionRoles(d *pipeline.Pipeline, values Values) []ActionRole {
	var all []ActionRole
	for i := range d.Stages {
		for j := range d.Stages[i].Actions {
			a := &d.Stages[i].Actions[j]
			role := values.fill(open(a.RoleArn))
			if role == "" {
				continue
			}
			at := slices.IndexFunc(all, func(r ActionRole) bool { return r.Role == role })
			if at < 0 {
				at, all = len(all), append(all, ActionRole{Role: role})
			}
			all[at].Actions = append(all[at].Actions, values.fill(open(d.Stages[i].Name))+"/"+values.fill(open(a.Name)))
		}
	}
	return all
}

// ActionTrust is the trust that a role needs which an action names: the role of the pipeline assumes it, with the pipeline's
// ARN as external ID.
func (p Platform) ActionTrust(name string) DocumentStatement {
	return DocumentStatement{
		Effect: "Allow", Principal: map[string]any{"AWS": p.PipelineRoleARN(name)}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": p.PipelineARN(name)}},
	}
}
