package infra

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// reasons are why rules of cdk-nag's AwsSolutions do not hold for a resource, by the rule.
var reasons = map[string]string{
	"AwsSolutions-S1":   "who read or wrote which artifact, with its digest, is in the platform's records; the calls are CloudTrail's data events",
	"AwsSolutions-SQS3": "this queue is the dead-letter queue of the others",
	"AwsSolutions-IAM5": "wildcards stand for names that are made while the platform runs, below a prefix of its own, or for API calls without resource types; a test lists those",
	"AwsSolutions-L1":   "provided.al2023 is the newest runtime for binaries",
	"AwsSolutions-APIG4": "webhooks are called by services that have no identity of AWS: the handler compares the signature of the body " +
		"with the webhook's secret",
	"AwsSolutions-SF1": "with level ALL every event would be logged; its data would not, and the history has it",
	"AwsSolutions-CB4": "the project has the platform's key",
}

// suppress says of a resource why rules do not hold for it.
func suppress(resource constructs.IConstruct, rules ...string) {
	var suppressed []*cdknag.NagPackSuppression
	for _, rule := range rules {
		suppressed = append(suppressed, &cdknag.NagPackSuppression{Id: jsii.String(rule), Reason: jsii.String(reasons[rule])})
	}
	cdknag.NagSuppressions_AddResourceSuppressions(resource, &suppressed, jsii.Bool(false))
}
