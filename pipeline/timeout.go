package pipeline

import "time"

// timeouts is how long CodePipeline lets an action take, by category and provider; an empty provider stands for the
// rest of its category, and defaultTimeout for all others.
var timeouts = []struct {
	category, provider string
	timeout            time.Duration
}{
	{"Deploy", "CloudFormation", 3 * 24 * time.Hour},
	{"Deploy", "CodeDeploy", 5 * 24 * time.Hour},
	{"Deploy", "CodeDeployToECS", 5 * 24 * time.Hour},
	{"Deploy", "S3", 90 * time.Minute},
	{"Invoke", "Lambda", 24 * time.Hour},
	{"Invoke", "StepFunctions", 7 * 24 * time.Hour},
	{"Approval", "Manual", 7 * 24 * time.Hour},
	{"Build", "CodeBuild", 36 * time.Hour},
	{"Test", "", 8 * time.Hour},
	{"Compute", "Commands", 55 * time.Minute},
}

const (
	defaultTimeout = time.Hour
	customTimeout  = 24 * time.Hour
)

// Timeout is how long the action may take before it fails: its own timeoutInMinutes, or what its action type has.
func (a *Action) Timeout() time.Duration {
	if a.TimeoutInMinutes.Set {
		return time.Duration(a.TimeoutInMinutes.Value) * time.Minute
	}
	id := a.ActionTypeID
	if id.Owner.Value == "Custom" {
		return customTimeout
	}
	for _, t := range timeouts {
		if t.category == id.Category.Value && (t.provider == "" || t.provider == id.Provider.Value) {
			return t.timeout
		}
	}
	return defaultTimeout
}
