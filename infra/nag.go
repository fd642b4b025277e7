package infra

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// reasons are why rules of cdk-nag's AwsSolutions do not hold for a resource, by the rule.
var reasons = map[string]string{
	"AwsSolutions-S1":    "who read or wrote which artifact, with its digest, is in the platform's records; the calls are CloudTrail's data events",
	"AwsSolutions-SQS3":  "this queue is the dead-letter queue of the others",
	"AwsSolutions-IAM5":  "wildcards stand for names that are made while the platform runs, below a prefix of its own, or for API calls without resource types; a test lists those",
	"AwsSolutions-L1":    "provided.al2023 is the newest runtime for binaries",
	"AwsSolutions-APIG2": "answer-api holds every request against CodePipeline's own model, which the validator's schemas cannot say",
	"AwsSolutions-APIG3": "IAM decides about every request but the results of jobs, and those need an id that cannot be guessed; a firewall would cost more than the API",
	"AwsSolutions-APIG6": "execution logs would hold no more than the access log and the function's log, in a group that has not the platform's key",
	"AwsSolutions-COG4":  "IAM authorizes, by the path",
	"AwsSolutions-IAM4":  "API Gateway has one role for logs in an account and Region, and takes none that may less than this policy of AWS",
	"AwsSolutions-APIG4": "webhooks are called by services that have no identity of AWS: the handler compares the signature of the body " +
		"with the webhook's secret",
	"AwsSolutions-SF1": "with level ALL every event would be logged; its data would not, and the history has it",
	"AwsSolutions-SMG4": "the repository has this secret in its settings too, where only its owner can replace it: one that was rotated " +
		"here would refuse every push",
	"AwsSolutions-CB4": "the project has the platform's key",
}

// jobsReason is why the results of jobs are taken from everybody.
const jobsReason = "functions that give the results of their jobs sign for codepipeline, which the API refuses: the id of the job is what they prove, " +
	"random and told to nobody else, and the function takes nothing but such results here"

// suppress says of a resource why rules do not hold for it.
func suppress(resource constructs.IConstruct, rules ...string) {
	for _, rule := range rules {
		suppressBecause(resource, rule, reasons[rule])
	}
}

// suppressBecause says why one rule does not hold for a resource, where the reason is of this resource alone.
func suppressBecause(resource constructs.IConstruct, rule, reason string) {
	cdknag.NagSuppressions_AddResourceSuppressions(resource, &[]*cdknag.NagPackSuppression{
		{Id: jsii.String(rule), Reason: jsii.String(reason)},
	}, jsii.Bool(false))
}
