package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/events"
)

// Bus is an execution.Bus on EventBridge's default bus, which is where service events and their rules are. EventBridge gives
// events an identity of its own; what tells a repeated one is its detail.
type Bus struct {
	account *Account
	source  string
}

// Bus publishes events under a source: EventBridge refuses those that begin with "aws.".
func (a *Account) Bus(source string) *Bus { return &Bus{a, source} }

// Publish is that of execution.Bus.
func (b *Bus) Publish(ctx context.Context, e events.Envelope) error {
	doing := "publish event " + e.DetailType
	client, err := b.account.eventbridge()
	if err != nil {
		return b.account.Failed(doing, err)
	}
	out, err := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		Source: &b.source, DetailType: &e.DetailType, Detail: aws.String(string(e.Detail)), Resources: e.Resources, Time: &e.Time,
	}}})
	if err != nil {
		return b.account.Failed(doing, err)
	}
	for _, entry := range out.Entries {
		if entry.ErrorCode != nil {
			return b.account.Failed(doing, &smithy.OperationError{
				ServiceID: "EventBridge", OperationName: "PutEvents",
				Err: &smithy.GenericAPIError{Code: *entry.ErrorCode, Message: aws.ToString(entry.ErrorMessage)},
			})
		}
	}
	return nil
}
