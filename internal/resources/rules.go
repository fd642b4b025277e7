package resources

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

// Rule is an EventBridge rule with a function as its target.
type Rule struct {
	// Name is the rule's part of the whole name: Platform.Rule.
	Name        string
	Description string
	// Pattern is the event pattern, as JSON is decoded; nil where Schedule is set.
	Pattern  map[string]any
	Schedule string // cron() or rate()
	Disabled bool
	// Function is the target. StartExecution gets PipelineName and ActionName beside the event, the others the event.
	Function   string
	ActionName string // of the source action that the event is about; "" where it is none in particular
}

// Schedule is a schedule of EventBridge Scheduler that starts the pipeline.
type Schedule struct {
	Name       string // as that of a Rule
	Expression string
	Timezone   string // "" is UTC
	Disabled   bool
}

// rules are those that start the pipeline and those that tell of the ends of its actions.
func (p Platform) rules(d *pipeline.Pipeline, values Values) ([]Rule, error) {
	starting, err := p.startRules(d, values)
	if err != nil {
		return nil, err
	}
	completing, err := p.completionRules(d, values)
	return append(starting, completing...), err
}

// startRules has a rule for each source action, and those of the definition's own template. A source that is not polled
// has its rule in the template already; in the other forms rules stand elsewhere, with CodePipeline as their target.
func (p Platform) startRules(d *pipeline.Pipeline, values Values) ([]Rule, error) {
	var rules []Rule
	for _, a := range actions(d) {
		row, is := startRow(a)
		if !is || hasOwnRule(d, a) {
			continue
		}
		pattern, err := p.pattern(row, a)
		if err != nil {
			return nil, err
		}
		filled, _ := values.fillAll(pattern).(map[string]any)
		name := values.fill(open(a.Name))
		rules = append(rules, Rule{
			Name: fmt.Sprintf("source-%d", len(rules)+1), Description: "starts pipeline " + d.Name.Value + ": source " + name,
			Pattern: filled, Function: StartExecution, ActionName: name,
		})
	}
	own, err := ownRules(d, values)
	return append(rules, own...), err
}

// startRow is the row of events.Rules() that starts a pipeline with this source; of S3's two the one without CloudTrail.
func startRow(a *pipeline.Action) (events.Rule, bool) {
	id := a.ActionTypeID
	for _, row := range events.Rules() {
		if row.Starts && id.Category.Value == "Source" && id.Owner.Value == "AWS" && row.Provider == id.Provider.Value {
			return row, true
		}
	}
	return events.Rule{}, false
}

// hasOwnRule reports whether the template starts the pipeline on changes of this source.
func hasOwnRule(d *pipeline.Pipeline, a *pipeline.Action) bool {
	if d.Template == nil {
		return false
	}
	if polls, there := a.Setting("PollForSourceChanges"); there {
		return polls.Value == "false"
	}
	return hears(d, a, "")
}

// ownRules are those of the template.
func ownRules(d *pipeline.Pipeline, values Values) ([]Rule, error) {
	if d.Template == nil {
		return nil, nil
	}
	var rules []Rule
	for i, own := range d.Template.EventRules {
		rule := Rule{
			Name: fmt.Sprintf("rule-%d", i+1), Description: "starts pipeline " + d.Name.Value + ": rule " + own.LogicalID.Value,
			Schedule: values.fill(open(own.ScheduleExpression)), Disabled: own.State.Value == "DISABLED", Function: StartExecution,
		}
		if own.EventPattern.IsSet() {
			var pattern map[string]any
			if err := json.Unmarshal([]byte(own.EventPattern.Value), &pattern); err != nil {
				return nil, unreadableRule(own, err)
			}
			rule.Pattern, _ = values.fillAll(marked(pattern)).(map[string]any)
			rule.ActionName = values.fill(sourceOf(d, own.EventPattern.Value))
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// sourceOf is the only source action whose events a pattern can mean, open parts marked; "" where there are several, or none.
func sourceOf(d *pipeline.Pipeline, pattern string) string {
	if a := sourceAction(d, pattern); a != nil {
		return open(a.Name)
	}
	return ""
}

// sourceAction is that action; nil where there is none, or several.
func sourceAction(d *pipeline.Pipeline, pattern string) *pipeline.Action {
	var found []*pipeline.Action
	for _, a := range actions(d) {
		service := `"aws.` + strings.ToLower(a.ActionTypeID.Provider.Value) + `"`
		if _, is := startRow(a); is && strings.Contains(pattern, service) {
			found = append(found, a)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// schedules are those of the template.
func (p Platform) schedules(d *pipeline.Pipeline, values Values) []Schedule {
	if d.Template == nil {
		return nil
	}
	var schedules []Schedule
	for i, s := range d.Template.Schedules {
		schedules = append(schedules, Schedule{
			Name: fmt.Sprintf("schedule-%d", i+1), Expression: values.fill(open(s.ScheduleExpression)),
			Timezone: values.fill(open(s.ScheduleExpressionTimezone)), Disabled: s.State.Value == "DISABLED",
		})
	}
	return schedules
}

// notifying are the buckets of S3 sources that start by events of S3 itself: of the platform's rule, or of the template's.
func notifying(d *pipeline.Pipeline) []string {
	var buckets []string
	for _, a := range actions(d) {
		if row, is := startRow(a); is && row.Provider == "S3" && (!hasOwnRule(d, a) || hears(d, a, "Object Created")) {
			bucket, _ := a.Setting("S3Bucket")
			buckets = append(buckets, open(bucket))
		}
	}
	return sorted(buckets)
}

// hears reports whether a rule of the template that may mean this source has a word in its pattern.
func hears(d *pipeline.Pipeline, a *pipeline.Action, word string) bool {
	service := `"aws.` + strings.ToLower(a.ActionTypeID.Provider.Value) + `"`
	return d.Template != nil && slices.ContainsFunc(d.Template.EventRules, func(rule pipeline.EventRule) bool {
		return strings.Contains(rule.EventPattern.Value, service) && strings.Contains(rule.EventPattern.Value, word)
	})
}

// silent are the source actions whose changes start nothing: no rule is about them, and no webhook. Nothing here polls.
func silent(d *pipeline.Pipeline) []string {
	var names []string
	for _, a := range actions(d) {
		_, ruled := startRow(a)
		if ruled = ruled && (!hasOwnRule(d, a) || hears(d, a, "")); a.ActionTypeID.Category.Value != "Source" || ruled || hasWebhook(d, a) || isGiven(d, a) {
			continue
		}
		names = append(names, open(a.Name))
	}
	return names
}

func hasWebhook(d *pipeline.Pipeline, a *pipeline.Action) bool {
	return slices.ContainsFunc(declaredWebhooks(d), func(w pipeline.Webhook) bool { return w.TargetAction.Value == a.Name.Value })
}
