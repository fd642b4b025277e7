package resources

import (
	"errors"
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

func bundleTooLongError() error {
	return fmt.Errorf("read the bundle: it has more than %d bytes: the machines of a pipeline have 1 MiB each at most", maxBundle)
}

func noBundleError() error {
	return errors.New("read the bundle: it has no definition or no state machine: deploy the pipeline's stack again, with the platform's own version")
}

func manyPoliciesError(name string, n int) error {
	return fmt.Errorf("the role of pipeline %q needs %d policies of %d characters, and IAM takes %d: what its actions call is too much for one role; give actions roles of their own (roleArn), or make several pipelines of it",
		name, n, maxManaged, maxPolicies)
}

func unreadableRule(rule pipeline.EventRule, err error) error {
	return fmt.Errorf("%s: event pattern of rule %q: %w", rule.EventPattern.At.Start, rule.LogicalID.Value, err)
}
