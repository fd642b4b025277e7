package pipeline

import (
	"encoding/json"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// sourceOfEvents names the service whose events tell of changes of a polled source.
var sourceOfEvents = map[string]string{"S3": "aws.s3", "CodeCommit": "aws.codecommit"}

// checkPolling finds sources that ask for changes themselves while something else tells of them: each change starts
// the pipeline twice. Asking is what a source does unless it is told not to.
func checkPolling(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		at, polls := a.polls()
		if !polls {
			continue
		}
		if other, what := d.announcerOf(a); what != "" {
			list.Add(pollsAndEvents(at, a, other, what))
		} else if len(d.Triggers) > 0 {
			list.Add(pollsBesideTriggers(at, a, d.Triggers[0].At))
		}
	}
}

// announcerOf returns what starts the pipeline on changes of a source: an event rule or a webhook of the template.
func (d *definition) announcerOf(a *placedAction) (at diag.Range, what string) {
	if d.Template == nil {
		return diag.Range{}, ""
	}
	service := sourceOfEvents[a.ActionTypeID.Provider.Value]
	for i := range d.Template.EventRules {
		if rule := &d.Template.EventRules[i]; service != "" && rule.State.Value != "DISABLED" && rule.matchesSource(service) {
			return rule.LogicalID.At, "event rule " + quote(rule.LogicalID.Value)
		}
	}
	for i := range d.Template.Webhooks {
		if hook := &d.Template.Webhooks[i]; a.Name.Value != "" && hook.TargetAction.Value == a.Name.Value {
			return hook.LogicalID.At, "webhook " + quote(hook.LogicalID.Value)
		}
	}
	return diag.Range{}, ""
}

// matchesSource reports whether the rule's pattern names the service as a source of events. What CloudTrail reports
// has the same source.
func (r *EventRule) matchesSource(service string) bool {
	var pattern struct {
		Source []json.RawMessage `json:"source"`
	}
	if json.Unmarshal([]byte(r.EventPattern.Value), &pattern) != nil {
		return false
	}
	return slices.ContainsFunc(pattern.Source, func(source json.RawMessage) bool {
		return string(source) == `"`+service+`"`
	})
}
