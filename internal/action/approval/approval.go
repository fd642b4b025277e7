// Package approval performs Approval/AWS/Manual actions: it tells whoever may approve that an approval waits. The
// answer comes later, by PutApprovalResult, and is not this package's concern.
package approval

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
)

// Notifications is the port to what carries the message to people: an SNS topic on AWS. Notify may be called again
// with the same message. topicARN is empty where the action names no topic.
type Notifications interface {
	Notify(ctx context.Context, topicARN string, message events.ApprovalMessage) error
}

// Provider asks for approvals.
type Provider struct {
	notifications Notifications
	region        string
}

// New returns the provider of manual approvals in one Region.
func New(notifications Notifications, region string) *Provider {
	return &Provider{notifications: notifications, region: region}
}

// Start sends the message; the action then waits for its answer.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	m := Message(r, p.region)
	if err := p.notifications.Notify(ctx, r.Configuration["NotificationArn"], m); err != nil {
		return action.Outcome{}, fmt.Errorf("notify about approval %s/%s: %w", r.Stage, r.Action.Name.Value, err)
	}
	if m.Approval.CustomData != "" {
		fmt.Fprintln(r.Log, m.Approval.CustomData)
	}
	if m.Approval.ExternalEntityLink != "" {
		fmt.Fprintln(r.Log, "review: "+m.Approval.ExternalEntityLink)
	}
	fmt.Fprintln(r.Log, "waits for an answer until "+m.Approval.Expires)
	if err := r.Log.Close(); err != nil {
		return action.Outcome{}, fmt.Errorf("write the log of approval %s/%s: %w", r.Stage, r.Action.Name.Value, err)
	}
	return action.Outcome{Pending: true, ExternalExecutionID: r.ApprovalToken}, nil
}

// Message is the message about one approval.
func Message(r action.Request, region string) events.ApprovalMessage {
	return events.ApprovalMessage{Region: region, Approval: events.Approval{
		PipelineName: r.PipelineName, PipelineExecutionID: r.PipelineExecutionID, StageName: r.Stage,
		ActionName: r.Action.Name.Value, Token: r.ApprovalToken, Expires: events.Expiry(r.Deadline),
		ExternalEntityLink: r.Configuration["ExternalEntityLink"], CustomData: r.Configuration["CustomData"],
	}}
}
