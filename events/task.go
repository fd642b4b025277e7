package events

// ExecutionInput is the input of a state machine execution. It holds no clock value, so that a repeated start of the
// same execution has the same input and counts as started.
type ExecutionInput struct {
	PipelineExecutionID string            `json:"pipelineExecutionId"`
	Variables           map[string]string `json:"variables"`
}

// TaskInput is the Payload that a Task state of a compiled machine gives its handler. It names what is to be done;
// role, artifact store and identity come from the registered definition and the records.
type TaskInput struct {
	// TaskToken is set where the handler answers by SendTaskSuccess or SendTaskFailure.
	TaskToken           string `json:"taskToken,omitempty"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
	// MachineExecution is the name of the Step Functions execution that calls. One that is not the record's current
	// one is refused.
	MachineExecution string `json:"machineExecution"`
	// Stage is the stage that is entered, works or has failed; empty where the execution finishes.
	Stage    string          `json:"stage,omitempty"`
	Action   *TaskAction     `json:"action,omitempty"`
	Failures []ActionFailure `json:"failures,omitempty"`
}

// TaskAction is the part of a TaskInput that asks for one action.
type TaskAction struct {
	Name string `json:"name"`
	// Configuration has every #{} resolved.
	Configuration  map[string]string   `json:"configuration"`
	InputArtifacts []ArtifactReference `json:"inputArtifacts"`
	// OutputVariables names the output variables that some later #{} reads; the handler returns only those.
	OutputVariables []string `json:"outputVariables,omitempty"`
}

// ArtifactReference names an artifact inside a state machine: the handler that reads it loads the record of the
// action execution that produced it, and trusts that.
type ArtifactReference struct {
	Name              string `json:"name"`
	ActionExecutionID string `json:"actionExecutionId"`
	SHA256            string `json:"sha256"`
}

// TaskOutput is what the handler of an action answers.
type TaskOutput struct {
	OutputArtifacts map[string]ArtifactReference `json:"outputArtifacts"`
	OutputVariables map[string]string            `json:"outputVariables"`
}

// ActionFailure says, in the input of the handler that fails a stage, which action failed and how: Error and Cause
// are those of the Task state.
type ActionFailure struct {
	Action string `json:"action"`
	Error  string `json:"error"`
	Cause  string `json:"cause"`
}

// Names of the errors by which a handler ends a Task state other than as a failed action.
const (
	ErrorStopped    = "Stopped"
	ErrorSuperseded = "Superseded"
	ErrorCancelled  = "Cancelled"
	ErrorNotCurrent = "NotCurrent"
	// ErrorThrottled and ErrorUnavailable are retried by the machine.
	ErrorThrottled   = "Throttled"
	ErrorUnavailable = "Unavailable"
)

// Names of the task handlers, each a substitution variable of the compiled machine and a Lambda function on AWS.
const (
	GateStageFunction       = "GateStageFunction"
	FetchSourceFunction     = "FetchSourceFunction"
	StartBuildFunction      = "StartBuildFunction"
	DeployFunction          = "DeployFunction"
	RequestApprovalFunction = "RequestApprovalFunction"
	InvokeFunction          = "InvokeFunction"
	FailStageFunction       = "FailStageFunction"
	FinishExecutionFunction = "FinishExecutionFunction"
)
