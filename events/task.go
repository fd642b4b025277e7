package events

// ExecutionInput is the input of a state machine execution. It holds no clock value, so that a repeated start of the
// same execution has the same input and counts as started.
type ExecutionInput struct {
	PipelineExecutionID string            `json:"pipelineExecutionId"`
	Variables           map[string]string `json:"variables"`
	// Resume is set where the execution does not begin with the first stage.
	Resume *Resume `json:"resume,omitempty"`
}

// MaxVariables is the most bytes, as JSON, that the values of a pipeline's variables may take together in that input: it
// holds 256 KiB, and each of 50 values may have 1,000 characters.
const MaxVariables = 200 << 10

// Resume says where a state machine execution takes up a pipeline execution. It carries names, never values: those come
// from the records.
type Resume struct {
	Stage string `json:"stage"`
}

// TaskInput is the Payload that a Task state of a compiled machine gives its handler. It names what is to be done;
// role, artifact store and identity come from the registered definition and the records.
type TaskInput struct {
	// Function is the name of the task handler: on AWS one Lambda function may answer for several.
	Function string `json:"function"`
	// TaskToken is set where the handler answers by SendTaskSuccess or SendTaskFailure.
	TaskToken           string `json:"taskToken,omitempty"`
	PipelineExecutionID string `json:"pipelineExecutionId"`
	// MachineExecution is the ARN of the Step Functions execution that calls. One that is not the record's current one is
	// refused: an execution of another state machine may have the same name.
	MachineExecution string `json:"machineExecution"`
	// Stage is the stage that is entered, works, is skipped or has failed, or the one to go on with; empty where the
	// execution finishes.
	Stage    string          `json:"stage,omitempty"`
	Action   *TaskAction     `json:"action,omitempty"`
	Rule     *TaskRule       `json:"rule,omitempty"`
	When     *TaskWhen       `json:"when,omitempty"`
	Reads    *TaskReads      `json:"reads,omitempty"`
	Failures []ActionFailure `json:"failures,omitempty"`
}

// TaskAction is the part of a TaskInput that asks for one action.
type TaskAction struct {
	Name string `json:"name"`
	// Configuration has every #{} resolved.
	Configuration  map[string]string   `json:"configuration"`
	InputArtifacts []ArtifactReference `json:"inputArtifacts"`
	// Commands has every #{} resolved; it is absent where the definition's own commands hold none.
	Commands []string `json:"commands,omitempty"`
	// EnvironmentVariables are those whose values hold a #{}, resolved.
	EnvironmentVariables []NamedValue `json:"environmentVariables,omitempty"`
	// OutputVariables names the output variables that some later #{} reads; the handler returns only those.
	OutputVariables []string `json:"outputVariables,omitempty"`
}

// NamedValue is a name with its value.
type NamedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TaskRule is the part of a TaskInput that asks for one rule of a stage's condition. Condition is the member of the
// stage that holds it: beforeEntry, onSuccess or onFailure.
type TaskRule struct {
	Condition      string              `json:"condition"`
	Name           string              `json:"name"`
	Configuration  map[string]string   `json:"configuration"`
	InputArtifacts []ArtifactReference `json:"inputArtifacts"`
	// Commands is as that of a TaskAction.
	Commands []string `json:"commands,omitempty"`
}

// TaskWhen is the part of a TaskInput that asks whether an action is to run: whether all checks hold.
type TaskWhen struct {
	Action string          `json:"action"`
	Checks []VariableCheck `json:"checks"`
}

// VariableCheck is one check with every #{} resolved. Operator is EQ, NE, CONTAINS or MATCHES.
type VariableCheck struct {
	Variable string `json:"variable"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// TaskReads is what the rest of a machine reads of earlier actions: the handler that resumes an execution answers it
// from the records.
type TaskReads struct {
	Artifacts  []string        `json:"artifacts"`
	Namespaces []NamespaceRead `json:"namespaces"`
}

// NamespaceRead names the output variables that are read of one namespace.
type NamespaceRead struct {
	Namespace string   `json:"namespace"`
	Variables []string `json:"variables"`
}

// ResumeOutput is what the handler that resumes an execution answers: of what was asked for, all that the records have.
// Every namespace that was asked for has an entry.
type ResumeOutput struct {
	OutputArtifacts map[string]ArtifactReference `json:"outputArtifacts"`
	Namespaces      map[string]map[string]string `json:"namespaces"`
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

// ActionFailure says, in the input of the handler that fails a stage, which action or which rule of a condition failed,
// and how: Error and Cause are those of the Task state. Where it names neither, the stage itself failed.
type ActionFailure struct {
	Action    string `json:"action,omitempty"`
	Condition string `json:"condition,omitempty"`
	Rule      string `json:"rule,omitempty"`
	Error     string `json:"error"`
	Cause     string `json:"cause"`
}

// Names of the errors by which a handler ends a Task state other than as a failed action.
const (
	ErrorStopped    = "Stopped"
	ErrorSuperseded = "Superseded"
	ErrorCancelled  = "Cancelled"
	ErrorNotCurrent = "NotCurrent"
	// ErrorRuleFailed says that a rule was evaluated and does not hold, or that an action is not to run.
	ErrorRuleFailed = "RuleFailed"
	// ErrorThrottled and ErrorUnavailable are retried by the machine.
	ErrorThrottled   = "Throttled"
	ErrorUnavailable = "Unavailable"
)

// Names of the task handlers, each a substitution variable of the compiled machine and a Lambda function on AWS.
const (
	ResumeExecutionFunction   = "ResumeExecutionFunction"
	GateStageFunction         = "GateStageFunction"
	EvaluateRuleFunction      = "EvaluateRuleFunction"
	SkipStageFunction         = "SkipStageFunction"
	FetchSourceFunction       = "FetchSourceFunction"
	StartBuildFunction        = "StartBuildFunction"
	DeployFunction            = "DeployFunction"
	RequestApprovalFunction   = "RequestApprovalFunction"
	InvokeFunction            = "InvokeFunction"
	FailStageFunction         = "FailStageFunction"
	ContinueExecutionFunction = "ContinueExecutionFunction"
	FinishExecutionFunction   = "FinishExecutionFunction"
)

// Functions are the names of all task handlers, in the order in which an execution may meet them.
func Functions() []string {
	return []string{
		ResumeExecutionFunction, GateStageFunction, EvaluateRuleFunction, SkipStageFunction, FetchSourceFunction,
		StartBuildFunction, DeployFunction, RequestApprovalFunction, InvokeFunction, FailStageFunction,
		ContinueExecutionFunction, FinishExecutionFunction,
	}
}
