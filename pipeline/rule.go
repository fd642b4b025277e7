package pipeline

import "time"

// CallsBack reports whether the rule's answer comes later than the call that starts it.
func (r *Rule) CallsBack() bool {
	t, known := lookupRuleType(r.RuleTypeID)
	return !known || t.CallsBack()
}

// Timeout is how long the rule may take before it fails.
func (r *Rule) Timeout() time.Duration {
	if r.TimeoutInMinutes.Set {
		return time.Duration(r.TimeoutInMinutes.Value) * time.Minute
	}
	t, _ := lookupRuleType(r.RuleTypeID)
	return t.Timeout.Duration()
}
