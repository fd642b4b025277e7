// Package events holds what crosses a process boundary: EventBridge envelopes in and out, the input and output of
// task handlers, the input of a state machine execution and the message of a manual approval. It gives shapes and
// their JSON; it decides nothing and sends nothing.
package events

import (
	"encoding/json"
	"time"
)

// Envelope is one EventBridge event. Detail is the JSON object of its detail type.
type Envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       time.Time       `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Detail types of the events that Penstock publishes; the first three are CodePipeline's own.
const (
	PipelineExecutionStateChange = "CodePipeline Pipeline Execution State Change"
	StageExecutionStateChange    = "CodePipeline Stage Execution State Change"
	ActionExecutionStateChange   = "CodePipeline Action Execution State Change"
	BuildStateChange             = "CodeBuild Build State Change"
	StackStatusChange            = "CloudFormation Stack Status Change"
	MachineStatusChange          = "Step Functions Execution Status Change"
	PenstockInbound              = "Penstock Inbound Execution"
	BuildBatchStateChange        = "CodeBuild Build Batch State Change"
	PenstockLog                  = "Penstock Log"
	PenstockResume               = "Penstock Resume"
	PenstockSummary              = "Penstock Summary"
)

// Source is the source of every event that Penstock publishes: PutEvents refuses sources that begin with "aws.".
const Source = "penstock.codepipeline"
