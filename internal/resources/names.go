// Package resources says what a platform and its pipelines are made of on AWS: the names of things, what each action may
// do, and which events start a pipeline or tell of an end. It makes nothing and calls nothing: the CDK app, the handlers
// and `penstock plan` read the same answers here.
package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/penstock-ci/penstock/events"
)

// Platform is one installation: its name, and where it stands. Account and Region may be tokens of the CDK; then what is
// made of them holds the tokens.
type Platform struct {
	Name      string
	Partition string
	Region    string
	Account   string
}

// DefaultName is the name of a platform that is given none.
const DefaultName = "penstock"

// Lambda functions of a platform, by the folder below functions/ that holds each.
const (
	GateStage        = "gate-stage"
	FetchSource      = "fetch-source"
	StartBuild       = "start-build"
	Deploy           = "deploy"
	Invoke           = "invoke"
	RequestApproval  = "request-approval"
	CompleteAction   = "complete-action"
	ExecutionEnded   = "execution-ended"
	StartExecution   = "start-execution"
	ReceiveWebhook   = "receive-webhook"
	AnswerAPI        = "answer-api"
	Sweep            = "sweep"
	RegisterPipeline = "register-pipeline"
)

// Functions are all of them.
func Functions() []string {
	return []string{
		GateStage, FetchSource, StartBuild, Deploy, Invoke, RequestApproval, CompleteAction, ExecutionEnded, StartExecution,
		ReceiveWebhook, AnswerAPI, Sweep, RegisterPipeline,
	}
}

// Lambda names the Lambda function that answers for each task handler of a compiled machine. Those that only read and write
// records share one: a release that is rare meets one cold start there, and not seven.
func Lambda() map[string]string {
	return map[string]string{
		events.ResumeExecutionFunction:   GateStage,
		events.GateStageFunction:         GateStage,
		events.EvaluateRuleFunction:      GateStage,
		events.SkipStageFunction:         GateStage,
		events.FetchSourceFunction:       FetchSource,
		events.StartBuildFunction:        StartBuild,
		events.DeployFunction:            Deploy,
		events.RequestApprovalFunction:   RequestApproval,
		events.InvokeFunction:            Invoke,
		events.FailStageFunction:         GateStage,
		events.ContinueExecutionFunction: GateStage,
		events.FinishExecutionFunction:   GateStage,
	}
}

// Assumers are the functions that assume the roles of pipelines: those that perform actions, look at them or end them.
func Assumers() []string {
	return []string{FetchSource, StartBuild, Deploy, Invoke, RequestApproval, CompleteAction, Sweep, AnswerAPI}
}

// Function is the name of a Lambda function.
func (p Platform) Function(function string) string { return p.Name + "-" + function }

// FunctionARN is that of a Lambda function.
func (p Platform) FunctionARN(function string) string {
	return p.arn("lambda", "function:"+p.Function(function))
}

// FunctionRole is the name of a function's role, below RolePath. IAM is the same in all Regions, so the name has the Region.
func (p Platform) FunctionRole(function string) string {
	return p.Function(function) + "-" + p.Region
}

// RolePath is the path of the roles of functions.
func (p Platform) RolePath() string { return "/" + p.Name + "/" }

// FunctionRoleARN is that of a function's role.
func (p Platform) FunctionRoleARN(function string) string {
	return p.global("iam", "role"+p.RolePath()+p.FunctionRole(function))
}

// PipelineRolePath is the path of the roles of pipelines: functions may assume what lies below it and nothing else.
func (p Platform) PipelineRolePath() string { return "/" + p.Name + "/pipelines/" }

// Limits of names, by the services that have them.
const (
	maxRoleName         = 64
	maxStateMachineName = 80
	longestRegion       = len("ap-southeast-2") // of those that there are; a token is longer, and does not count
)

// PipelineRole is the name of a pipeline's role, below PipelineRolePath.
func (p Platform) PipelineRole(pipeline string) string {
	return shorten(pipeline, maxRoleName-longestRegion-1) + "-" + p.Region
}

// PipelineRoleARN is that of a pipeline's role.
func (p Platform) PipelineRoleARN(pipeline string) string {
	return p.global("iam", "role"+p.PipelineRolePath()+p.PipelineRole(pipeline))
}

// PipelineARN is that of a pipeline: it stands in events and is the sts:ExternalId by which its role is assumed.
func (p Platform) PipelineARN(pipeline string) string { return p.arn("codepipeline", pipeline) }

// Table is the name of the DynamoDB table.
func (p Platform) Table() string { return p.Name }

// Bucket is the name of the platform's artifact bucket.
func (p Platform) Bucket() string {
	return fmt.Sprintf("%s-artifacts-%s-%s", p.Name, p.Account, p.Region)
}

// KeyAlias is the alias of the key that encrypts everything of the platform.
func (p Platform) KeyAlias() string { return "alias/" + p.Name }

// StateMachine is the name of the state machine for a part of a pipeline, the first being 0.
func (p Platform) StateMachine(pipeline string, part int) string {
	suffix := ""
	if part > 0 {
		suffix = fmt.Sprintf("-%d", part+1)
	}
	return p.Name + "-" + shorten(pipeline, maxStateMachineName-len(p.Name)-1-len("-9999")) + suffix
}

// StateMachineARN is that of the same.
func (p Platform) StateMachineARN(pipeline string, part int) string {
	return p.arn("states", "stateMachine:"+p.StateMachine(pipeline, part))
}

// shorten cuts a name that is too long, and tells what was cut apart by a digest.
func shorten(name string, most int) string {
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:most-9] + "-" + hex.EncodeToString(sum[:4])
}

func (p Platform) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Partition, service, p.Region, p.Account, resource)
}

func (p Platform) global(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", p.Partition, service, p.Account, resource)
}
