// Package notifications publishes to topics of SNS.
package notifications

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

var service = wire.Service{ID: "SNS", Prefix: "sns", Protocol: wire.Query, Model: "2010-03-31"}

// Notifications is an approval.Notifications over topics of SNS. A queue or a function gets CodePipeline's JSON, a mailbox
// gets the same as lines.
type Notifications struct{ account *cloud.Account }

var _ approval.Notifications = (*Notifications)(nil)

// New makes those of the account.
func New(account *cloud.Account) *Notifications { return &Notifications{account: account} }

// Notify is that of approval.Notifications.
func (n *Notifications) Notify(ctx context.Context, topicARN string, message events.ApprovalMessage) error {
	if topicARN == "" {
		return nil
	}
	doing := "publish to topic " + topicARN
	body, err := approvalBodies(message)
	if err != nil {
		return n.account.Failed(doing, err)
	}
	in := url.Values{"TopicArn": {topicARN}, "Subject": {approvalSubject(message.Approval)}, "Message": {body}, "MessageStructure": {"json"}}
	if err := n.account.Service(service).Call(ctx, "Publish", in, nil); err != nil {
		return n.account.Failed(doing, err)
	}
	return nil
}

// maxSubject is how many characters SNS takes in a subject: ASCII, and no line end (Publish, API reference).
const maxSubject = 100

func approvalSubject(a events.Approval) string {
	subject := "APPROVAL NEEDED: AWS CodePipeline " + a.PipelineName + " for action " + a.ActionName
	return subject[:min(len(subject), maxSubject)] // names are ASCII
}

// approvalBodies are the message by the protocol that carries it.
func approvalBodies(m events.ApprovalMessage) (string, error) {
	whole, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	bodies, err := json.Marshal(map[string]string{"default": string(whole), "email": approvalMail(m)})
	return string(bodies), err
}

// approvalMail says what waits, until when, and how to answer.
func approvalMail(m events.ApprovalMessage) string {
	a := m.Approval
	lines := []string{
		"An approval waits for your answer.", "",
		"pipeline:   " + a.PipelineName + " (" + m.Region + ")",
		"execution:  " + a.PipelineExecutionID,
		"approval:   " + a.StageName + "/" + a.ActionName,
		"until:      " + a.Expires,
	}
	if a.CustomData != "" {
		lines = append(lines, "", a.CustomData)
	}
	if a.ExternalEntityLink != "" {
		lines = append(lines, "", "review:     "+a.ExternalEntityLink)
	}
	command := func(verb string) string {
		return "  penstock " + verb + " " + a.PipelineExecutionID + " " + a.StageName + "/" + a.ActionName
	}
	lines = append(lines, "", "Answer it by one of", command("approve"), command("reject"))
	return strings.Join(lines, "\n") + "\n"
}
