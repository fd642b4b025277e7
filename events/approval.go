package events

import "time"

// ApprovalMessage is the message of a manual approval, as CodePipeline sends it to an SNS topic. PipelineExecutionID
// is Penstock's addition: CodePipeline's own message does not say which execution waits.
type ApprovalMessage struct {
	Region      string   `json:"region"`
	ConsoleLink string   `json:"consoleLink,omitempty"`
	Approval    Approval `json:"approval"`
}

// Approval is what is to be approved and the token that answers it. Expires has the precision of a minute, in UTC.
type Approval struct {
	PipelineName        string `json:"pipelineName"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
	StageName           string `json:"stageName"`
	ActionName          string `json:"actionName"`
	Token               string `json:"token"`
	Expires             string `json:"expires"`
	ExternalEntityLink  string `json:"externalEntityLink,omitempty"`
	ApprovalReviewLink  string `json:"approvalReviewLink,omitempty"`
	CustomData          string `json:"customData,omitempty"`
}

// Expiry writes a time as Approval.Expires has it.
func Expiry(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
