package execution

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// ExecutionStatus is the status of a pipeline execution, as the API prints it.
type ExecutionStatus string

// The statuses of a pipeline execution.
const (
	ExecutionInProgress ExecutionStatus = "InProgress"
	ExecutionStopping   ExecutionStatus = "Stopping"
	ExecutionStopped    ExecutionStatus = "Stopped"
	ExecutionSucceeded  ExecutionStatus = "Succeeded"
	ExecutionSuperseded ExecutionStatus = "Superseded"
	ExecutionFailed     ExecutionStatus = "Failed"
	ExecutionCancelled  ExecutionStatus = "Cancelled"
)

// StageStatus is the status of a stage execution.
type StageStatus string

// The statuses of a stage execution.
const (
	StageInProgress StageStatus = "InProgress"
	StageStopping   StageStatus = "Stopping"
	StageStopped    StageStatus = "Stopped"
	StageSucceeded  StageStatus = "Succeeded"
	StageFailed     StageStatus = "Failed"
	StageCancelled  StageStatus = "Cancelled"
	StageSkipped    StageStatus = "Skipped"
)

// ActionStatus is the status of an action execution.
type ActionStatus string

// The statuses of an action execution.
const (
	ActionInProgress ActionStatus = "InProgress"
	ActionSucceeded  ActionStatus = "Succeeded"
	ActionFailed     ActionStatus = "Failed"
	ActionAbandoned  ActionStatus = "Abandoned"
)

// Definition is one registered version of a pipeline's definition. Source is the definition in API form, canonical;
// Machines are the compiled state machines in their order; Digest the lower-case hex SHA-256 of both.
// No payload of a handler says what stands here.
type Definition struct {
	PipelineName string    `json:"pipelineName"`
	Version      int       `json:"version"`
	Digest       string    `json:"digest"`
	Registered   time.Time `json:"registered"`
	// RoleARN is the role that handlers assume for the pipeline's actions; empty on a machine without roles.
	RoleARN  string         `json:"roleArn,omitempty"`
	Source   Compressed     `json:"source"`
	Machines []StateMachine `json:"machines"`
	// Webhooks are those that start the pipeline.
	Webhooks []Webhook `json:"webhooks,omitempty"`
}

// StateMachine is one compiled state machine: it takes an execution through these stages. Definition is its text.
type StateMachine struct {
	Stages     []string   `json:"stages"`
	Definition Compressed `json:"definition"`
	// ARN is the published version of the machine in Step Functions; empty where it runs in this process.
	ARN string `json:"arn,omitempty"`
}

// Machine returns the machine that takes an execution through a stage; the empty name stands for the first stage.
func (d Definition) Machine(stage string) (StateMachine, bool) {
	for _, m := range d.Machines {
		if stage == "" || slices.Contains(m.Stages, stage) {
			return m, true
		}
	}
	return StateMachine{}, false
}

// Trigger says what started an execution.
type Trigger struct {
	Type   string `json:"triggerType"`
	Detail string `json:"triggerDetail"`
}

// Execution is the record of one pipeline execution.
type Execution struct {
	PipelineName        string            `json:"pipelineName"`
	PipelineVersion     int               `json:"pipelineVersion"`
	PipelineExecutionID string            `json:"pipelineExecutionId"`
	DefinitionDigest    string            `json:"definitionDigest"`
	Status              ExecutionStatus   `json:"status"`
	StatusSummary       string            `json:"statusSummary,omitempty"`
	Mode                string            `json:"executionMode"`
	Trigger             Trigger           `json:"trigger"`
	Variables           map[string]string `json:"variables,omitempty"`
	// SourceRevisions are what the start asked for instead of the newest revisions.
	SourceRevisions []SourceRevisionOverride `json:"sourceRevisionOverrides,omitempty"`
	Attempt         int                      `json:"attempt"`
	StartTime       time.Time                `json:"startTime"`
	LastUpdateTime  time.Time                `json:"lastUpdateTime"`
	// Until is the last stage that it goes through, where that is not the pipeline's last; From is what it reuses.
	Until string `json:"until,omitempty"`
	From  *Reuse `json:"from,omitempty"`
	// MachineExecution is the state machine execution that may act for this one; any other is refused.
	MachineExecution string `json:"machineExecution"`
	// StateMachine is the ARN of the published version that it is one of; empty where machines run in this process.
	StateMachine string `json:"stateMachine,omitempty"`
	// ResumedAt is the stage at which that one took the execution up; empty where it began with the first stage.
	ResumedAt    string `json:"resumedAt,omitempty"`
	CurrentStage string `json:"currentStage,omitempty"`
	// Inbound is the stage in front of which the execution waits; nil where it does not.
	Inbound     *Inbound     `json:"inbound,omitempty"`
	Stages      []string     `json:"stages"`
	StopTrigger *StopTrigger `json:"stopTrigger,omitempty"`
	// NextCheck is when it is looked at whether the machine still runs; zero where the execution has ended.
	NextCheck time.Time `json:"nextCheck,omitzero"`
}

// StopTrigger is the request to stop an execution.
type StopTrigger struct {
	Reason  string `json:"reason,omitempty"`
	Abandon bool   `json:"abandon"`
}

// Acting is how the machine execution that may act for this one names itself: by its ARN in Step Functions, by its name in
// this process.
func (e *Execution) Acting() string {
	const machine, parts = 6, 8 // arn partition states region account stateMachine name version
	arn := strings.SplitN(e.StateMachine, ":", parts)
	if len(arn) <= machine {
		return e.MachineExecution
	}
	arn[5] = "execution"
	return strings.Join(append(arn[:machine+1], e.MachineExecution), ":")
}

// isActing says whether a machine execution that calls may act for this one. Step Functions keeps names of executions apart
// in one state machine only: whoever may start another one could give its execution this name.
func (e *Execution) isActing(caller string) bool {
	if e.StateMachine == "" {
		caller = nameOf(caller)
	}
	return caller == e.Acting()
}

// Ended says whether the execution has reached a status in which its machine does no more.
func (e *Execution) Ended() bool {
	return e.Status != ExecutionInProgress && e.Status != ExecutionStopping
}

// Stage is the record of one stage execution.
type Stage struct {
	PipelineExecutionID string      `json:"pipelineExecutionId"`
	Name                string      `json:"stageName"`
	Status              StageStatus `json:"status"`
	StartTime           time.Time   `json:"startTime"`
	LastUpdateTime      time.Time   `json:"lastUpdateTime"`
	// TaskToken was answered when the stage was entered.
	TaskToken string `json:"taskToken,omitempty"`
}

// Artifact is an artifact as it was stored: where, and what its bytes must be.
type Artifact struct {
	Name      string `json:"name"`
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	VersionID string `json:"versionId,omitempty"`
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"`
	// Revision is the source revision that the artifact is; empty where no source action made it.
	Revision string `json:"revisionId,omitempty"`
}

// ActionTypeID names an action type.
type ActionTypeID struct {
	Category string `json:"category"`
	Owner    string `json:"owner"`
	Provider string `json:"provider"`
	Version  string `json:"version"`
}

// Revision is the source revision that a source action found.
type Revision struct {
	ID      string    `json:"revisionId"`
	Summary string    `json:"revisionSummary,omitempty"`
	URL     string    `json:"revisionUrl,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

// ErrorDetails says why an action failed.
type ErrorDetails struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Action is the record of one action execution: one action of one pipeline execution, one attempt.
type Action struct {
	ActionExecutionID   string       `json:"actionExecutionId"`
	PipelineExecutionID string       `json:"pipelineExecutionId"`
	PipelineVersion     int          `json:"pipelineVersion"`
	StageName           string       `json:"stageName"`
	ActionName          string       `json:"actionName"`
	Attempt             int          `json:"attempt"`
	Type                ActionTypeID `json:"actionTypeId"`
	Region              string       `json:"region,omitempty"`
	Namespace           string       `json:"namespace,omitempty"`
	Status              ActionStatus `json:"status"`
	// Skipped says that a condition of the action's own did not hold: it succeeded by doing nothing. Summary says why.
	Skipped bool `json:"skipped,omitempty"`
	// ReusedFrom is the pipeline execution that performed the action, where this one only reuses what it made.
	ReusedFrom     string    `json:"reusedFrom,omitempty"`
	StartTime      time.Time `json:"startTime"`
	LastUpdateTime time.Time `json:"lastUpdateTime"`
	UpdatedBy      string    `json:"updatedBy,omitempty"`
	Deadline       time.Time `json:"deadline,omitzero"`
	// NextCheck is when the action's work outside is looked at, at the latest; zero where there is none. An action that has
	// ended and has one left work behind, which has still to be stopped.
	NextCheck time.Time `json:"nextCheck,omitzero"`

	ResolvedConfiguration map[string]string `json:"resolvedConfiguration,omitempty"`
	// ResolvedCommands are the commands, ResolvedEnvironment the environment variables whose values hold a #{}.
	ResolvedCommands    []string            `json:"resolvedCommands,omitempty"`
	ResolvedEnvironment []events.NamedValue `json:"resolvedEnvironment,omitempty"`
	InputArtifacts      []Artifact          `json:"inputArtifacts,omitempty"`
	OutputArtifacts     []Artifact          `json:"outputArtifacts,omitempty"`
	OutputVariables     map[string]string   `json:"outputVariables,omitempty"`

	ExternalExecutionID  string        `json:"externalExecutionId,omitempty"`
	ExternalExecutionURL string        `json:"externalExecutionUrl,omitempty"`
	Summary              string        `json:"externalExecutionSummary,omitempty"`
	Error                *ErrorDetails `json:"errorDetails,omitempty"`
	Revision             *Revision     `json:"revision,omitempty"`

	// ApprovalToken answers an open approval; TaskToken answers the Task state that waits for this action. No answer,
	// log or event shows a TaskToken. WantedVariables are the output variables that the machine reads.
	ApprovalToken   string   `json:"approvalToken,omitempty"`
	TaskToken       string   `json:"taskToken,omitempty"`
	WantedVariables []string `json:"wantedVariables,omitempty"`
	// Job is the newest one of an action whose function is invoked and answers later. No answer, log or event shows it.
	Job *Job `json:"job,omitempty"`
}

// Ended says whether the action execution has reached its end.
func (a *Action) Ended() bool { return a.Status != ActionInProgress }

// Artifact returns the output artifact of that name.
func (a *Action) Artifact(name string) (Artifact, bool) {
	for _, out := range a.OutputArtifacts {
		if out.Name == name {
			return out, true
		}
	}
	return Artifact{}, false
}
