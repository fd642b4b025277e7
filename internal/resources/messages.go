package resources

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

func runsHelp() string { return "what runs on AWS is " + strings.Join(onAWS, ", ") }

func openNameError(name pipeline.Text) error {
	return fmt.Errorf("%s: the name %q of the pipeline is not known before it is deployed, and resources are named after it: give it in the context: --context parameters='{\"NAME\": \"VALUE\"}'",
		name.At.Start, name.Value)
}

func longPolicyError(length, most int, parts []string) error {
	return fmt.Errorf("the session policy of the action has %d characters, and AWS takes %d: %v", length, most, parts)
}

func unreadableRule(rule pipeline.EventRule, err error) error {
	return fmt.Errorf("%s: event pattern of rule %q: %w", rule.EventPattern.At.Start, rule.LogicalID.Value, err)
}
