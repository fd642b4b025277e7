package cloud

import (
	"context"

	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

var eventBridge = wire.Service{ID: "EventBridge", Prefix: "events", Protocol: wire.JSON11, Model: "AWSEvents"}

// Bus is an execution.Bus on EventBridge's default bus, which is where service events and their rules are. EventBridge gives
// events an identity of its own; what tells a repeated one is its detail.
type Bus struct {
	account *Account
	source  string
}

// Bus publishes events under a source: EventBridge refuses those that begin with "aws.".
func (a *Account) Bus(source string) *Bus { return &Bus{a, source} }

type putEvents struct{ Entries []putEvent }

type putEvent struct {
	Source, DetailType, Detail string
	Resources                  []string `json:",omitempty"`
	Time                       wire.Time
}

// Publish is that of execution.Bus.
func (b *Bus) Publish(ctx context.Context, e events.Envelope) error {
	doing := "publish event " + e.DetailType
	var out struct {
		Entries []struct{ ErrorCode, ErrorMessage string }
	}
	err := b.account.Service(eventBridge).Call(ctx, "PutEvents", putEvents{Entries: []putEvent{{
		Source: b.source, DetailType: e.DetailType, Detail: string(e.Detail), Resources: e.Resources, Time: wire.Time{Time: e.Time},
	}}}, &out)
	if err != nil {
		return b.account.Failed(doing, err)
	}
	for _, entry := range out.Entries {
		if entry.ErrorCode != "" {
			return b.account.Failed(doing, &smithy.OperationError{
				ServiceID: "EventBridge", OperationName: "PutEvents",
				Err: &smithy.GenericAPIError{Code: entry.ErrorCode, Message: entry.ErrorMessage},
			})
		}
	}
	return nil
}
