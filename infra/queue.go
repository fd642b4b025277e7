package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// keptSeconds is how long the dead letters are kept: 14 days, the most that SQS does.
const keptSeconds = 14 * 24 * 60 * 60

// newDeadLetters makes the queue of what no function took: events that rules and schedules could not deliver, and
// invocations that failed to the end. SQS encrypts it with its own key, which needs no permissions of senders.
func newDeadLetters(p Platform) {
	queue := awssqs.NewCfnQueue(p.Scope, jsii.String("DeadLetters"), &awssqs.CfnQueueProps{
		QueueName: jsii.String(p.DeadLetters()), SqsManagedSseEnabled: jsii.Bool(true), MessageRetentionPeriod: jsii.Number(keptSeconds),
	})
	suppress(queue, "AwsSolutions-SQS3")
	policy := object(resources.Document{Version: "2012-10-17", Statement: []resources.DocumentStatement{
		tlsOnly(p.DeadLettersARN(), "sqs"),
		{
			Effect: "Allow", Principal: map[string]any{"Service": "events.amazonaws.com"}, Action: []string{"sqs:SendMessage"},
			Resource: []string{p.DeadLettersARN()}, Condition: map[string]map[string]any{"ArnLike": {"aws:SourceArn": p.RulesARN()}},
		},
	}})
	awssqs.NewCfnQueuePolicy(p.Scope, jsii.String("DeadLettersPolicy"), &awssqs.CfnQueuePolicyProps{
		Queues: texts(*queue.Ref()), PolicyDocument: policy,
	})
}
