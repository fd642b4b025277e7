package pipeline

import (
	"strconv"
	"time"
)

// Timeout is how long the action may take before it fails: its own timeoutInMinutes, what its configuration says where
// its action type has a key for that, or what its action type has.
func (a *Action) Timeout() time.Duration {
	if a.TimeoutInMinutes.Set {
		return time.Duration(a.TimeoutInMinutes.Value) * time.Minute
	}
	t, known := LookupActionType(a.ActionTypeID)
	if !known {
		t = customActionType(a.ActionTypeID)
	}
	if own, there := a.Setting(t.Timeout.Key); there {
		if minutes, err := strconv.Atoi(own.Value); err == nil && minutes > 0 {
			return time.Duration(minutes) * time.Minute
		}
	}
	return t.Timeout.Duration()
}
