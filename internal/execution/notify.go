package execution

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// The details of CodePipeline's three state-change events; versions and attempts are numbers with a decimal there.

type decimal int

func (d decimal) MarshalJSON() ([]byte, error) {
	return []byte(strconv.Itoa(int(d)) + ".0"), nil
}

type triggerDetail struct {
	Type   string `json:"trigger-type"`
	Detail string `json:"trigger-detail"`
}

type pipelineDetail struct {
	Pipeline     string         `json:"pipeline"`
	ExecutionID  string         `json:"execution-id"`
	StartTime    string         `json:"start-time"`
	Trigger      *triggerDetail `json:"execution-trigger,omitempty"`
	State        string         `json:"state"`
	Version      decimal        `json:"version"`
	Attempt      decimal        `json:"pipeline-execution-attempt,omitempty"`
	StopComments string         `json:"stop-execution-comments,omitempty"`
}

type stageDetail struct {
	Pipeline    string  `json:"pipeline"`
	ExecutionID string  `json:"execution-id"`
	StartTime   string  `json:"start-time"`
	Stage       string  `json:"stage"`
	State       string  `json:"state"`
	Version     decimal `json:"version"`
	Attempt     decimal `json:"pipeline-execution-attempt,omitempty"`
}

type typeDetail struct {
	Owner    string `json:"owner"`
	Provider string `json:"provider"`
	Category string `json:"category"`
	Version  string `json:"version"`
}

type resultDetail struct {
	URL       string `json:"external-execution-url,omitempty"`
	Summary   string `json:"external-execution-summary,omitempty"`
	ID        string `json:"external-execution-id,omitempty"`
	ErrorCode string `json:"error-code,omitempty"`
}

type artifactDetail struct {
	Name       string         `json:"name"`
	S3Location locationDetail `json:"s3location"`
}

type locationDetail struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

type actionDetail struct {
	Pipeline          string           `json:"pipeline"`
	ExecutionID       string           `json:"execution-id"`
	StartTime         string           `json:"start-time"`
	Stage             string           `json:"stage"`
	Result            *resultDetail    `json:"execution-result,omitempty"`
	ActionExecutionID string           `json:"action-execution-id"`
	OutputArtifacts   []artifactDetail `json:"output-artifacts,omitempty"`
	InputArtifacts    []artifactDetail `json:"input-artifacts,omitempty"`
	Action            string           `json:"action"`
	State             string           `json:"state"`
	Region            string           `json:"region"`
	Type              typeDetail       `json:"type"`
	Version           decimal          `json:"version"`
	Attempt           decimal          `json:"pipeline-execution-attempt,omitempty"`
}

func (s *state) publish(e events.Envelope) { s.effects = append(s.effects, Effect{Publish: &e}) }

func (s *state) publishPipeline() { s.publish(PipelineEvent(s.execution)) }

func (s *state) publishStage(st *Stage) { s.publish(StageEvent(s.execution, st)) }

func (s *state) publishAction(a *Action) { s.publish(ActionEvent(s.execution, a)) }

func envelope(e *Execution, detailType string, detail any) events.Envelope {
	encoded, err := json.Marshal(detail)
	if err != nil {
		panic("execution: a detail of strings and numbers does not encode: " + err.Error())
	}
	return events.Envelope{DetailType: detailType, Resources: []string{e.PipelineName}, Detail: encoded}
}

// PipelineEvent says what an execution has come to. As with StageEvent and ActionEvent, the event has no identity, no time and
// no origin yet, and its resource is the pipeline's name; an attempt that is not known is left out.
func PipelineEvent(e *Execution) events.Envelope {
	d := pipelineDetail{
		Pipeline: e.PipelineName, ExecutionID: e.PipelineExecutionID, StartTime: stamp(e.StartTime),
		State: executionStates[e.Status], Version: decimal(e.PipelineVersion), Attempt: decimal(e.Attempt),
		Trigger: &triggerDetail{e.Trigger.Type, e.Trigger.Detail},
	}
	if e.StopTrigger != nil {
		d.StopComments = e.StopTrigger.Reason
	}
	return envelope(e, events.PipelineExecutionStateChange, d)
}

// StageEvent says what an execution has come to in a stage.
func StageEvent(e *Execution, st *Stage) events.Envelope {
	return envelope(e, events.StageExecutionStateChange, stageDetail{
		Pipeline: e.PipelineName, ExecutionID: e.PipelineExecutionID, StartTime: stamp(st.StartTime), Stage: st.Name,
		State: stageStates[st.Status], Version: decimal(e.PipelineVersion), Attempt: decimal(e.Attempt),
	})
}

type inboundDetail struct {
	Pipeline    string  `json:"pipeline"`
	ExecutionID string  `json:"execution-id"`
	Stage       string  `json:"stage"`
	Behind      string  `json:"behind-execution-id,omitempty"`
	Since       string  `json:"since"`
	Version     decimal `json:"version"`
}

// publishInbound says that the execution waits in front of a stage. CodePipeline has no event for that.
func (s *state) publishInbound() {
	e := s.execution
	d := inboundDetail{
		Pipeline: e.PipelineName, ExecutionID: e.PipelineExecutionID, Stage: e.Inbound.StageName,
		Since: stamp(e.Inbound.Since), Version: decimal(e.PipelineVersion),
	}
	if holder := s.lock(d.Stage).Holder; holder != nil {
		d.Behind = holder.PipelineExecutionID
	}
	s.publish(envelope(e, events.PenstockInbound, d))
}

// executionStates, stageStates and actionStates give the word of the event for a status of the API.
var executionStates = map[ExecutionStatus]string{
	ExecutionInProgress: "STARTED", ExecutionStopping: "STOPPING", ExecutionStopped: "STOPPED", ExecutionSucceeded: "SUCCEEDED",
	ExecutionSuperseded: "SUPERSEDED", ExecutionFailed: "FAILED", ExecutionCancelled: "CANCELED",
}

var stageStates = map[StageStatus]string{
	StageInProgress: "STARTED", StageSucceeded: "SUCCEEDED", StageFailed: "FAILED", StageStopping: "STOPPING",
	StageStopped: "STOPPED", StageCancelled: "CANCELED", StageSkipped: "SUCCEEDED",
}

var actionStates = map[ActionStatus]string{
	ActionInProgress: "STARTED", ActionSucceeded: "SUCCEEDED", ActionFailed: "FAILED", ActionAbandoned: "ABANDONED",
}

// ActionEvent says what an action has come to. No token of an approval is in it.
func ActionEvent(e *Execution, a *Action) events.Envelope {
	d := actionDetail{
		Pipeline: e.PipelineName, ExecutionID: e.PipelineExecutionID, StartTime: stamp(a.StartTime), Stage: a.StageName,
		ActionExecutionID: a.ActionExecutionID, Action: a.ActionName, State: actionStates[a.Status], Region: a.Region,
		Type:    typeDetail{a.Type.Owner, a.Type.Provider, a.Type.Category, a.Type.Version},
		Version: decimal(e.PipelineVersion), Attempt: decimal(e.Attempt),
	}
	if a.Status == ActionInProgress {
		d.InputArtifacts = artifactDetails(a.InputArtifacts)
	} else {
		d.OutputArtifacts = artifactDetails(a.OutputArtifacts)
		d.Result = &resultDetail{URL: a.ExternalExecutionURL, Summary: a.Summary, ID: a.ExternalExecutionID}
		if a.Type.Category == "Approval" {
			d.Result.ID = "" // it is the token that answers the approval: no event has one
		}
	}
	if a.Error != nil {
		d.Result.ErrorCode = a.Error.Code
		d.Result.Summary = a.Error.Message
	}
	return envelope(e, events.ActionExecutionStateChange, d)
}

func artifactDetails(list []Artifact) []artifactDetail {
	var out []artifactDetail
	for _, a := range list {
		out = append(out, artifactDetail{a.Name, locationDetail{a.Bucket, a.Key}})
	}
	return out
}

// stamp writes a time as CodePipeline's events do: ISO 8601 in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
