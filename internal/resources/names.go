// Package resources says what a platform and its pipelines are made of on AWS: the names of things, what each action may
// do, and which events start a pipeline or tell of an end. It makes nothing and calls nothing: the CDK app, the handlers
// and `penstock plan` read the same answers here.
package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/events"
)

// Platform is one installation: its name, and where it stands. Account and Region may be tokens of the CDK; then what is
// made of them holds the tokens.
type Platform struct {
	Name      string
	Partition string
	Region    string
	Account   string
	// Key is the ARN of the key that encrypts everything of the platform; names do not tell it.
	Key string
}

// DefaultName is the name of a platform that is given none.
const DefaultName = "penstock"

// PlatformNames says which names a platform may have: names of buckets, roles and stacks begin with it.
const PlatformNames = "lower-case letters, digits and hyphens, a letter first, at most 20"

const (
	maxPlatformName = 20
	lengthOfAccount = 12
	lowerCase       = "abcdefghijklmnopqrstuvwxyz"
	digits          = "0123456789"
)

// IsPlatformName reports whether a platform may be called so.
func IsPlatformName(name string) bool {
	return name != "" && len(name) <= maxPlatformName && strings.Contains(lowerCase, name[:1]) && strings.Trim(name, lowerCase+digits+"-") == ""
}

// IsAccount reports whether a text is the number of an account.
func IsAccount(text string) bool {
	return len(text) == lengthOfAccount && strings.Trim(text, digits) == ""
}

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

// Bootstrap is the program that Lambda starts. Clone lies beside it in FetchSource, which has it fetch repositories.
const (
	Bootstrap = "bootstrap"
	Clone     = "clone"
)

// Programs are those that lie in a function's bundle.
func Programs(function string) []string {
	if function == FetchSource {
		return []string{Bootstrap, Clone}
	}
	return []string{Bootstrap}
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

// Assumers are the functions that assume the roles of pipelines: those that perform actions, look at them or end them,
// and the one that reads the secrets of webhooks.
func Assumers() []string {
	return []string{
		FetchSource, StartBuild, Deploy, Invoke, RequestApproval, CompleteAction, ExecutionEnded, Sweep, ReceiveWebhook, AnswerAPI,
		RegisterPipeline,
	}
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
	return p.global("role" + p.RolePath() + p.FunctionRole(function))
}

// PipelineRolePath is the path of the roles of pipelines: functions may assume what lies below it and nothing else.
func (p Platform) PipelineRolePath() string { return "/" + p.Name + "/pipelines/" }

// Limits of names, by the services that have them.
const (
	maxRoleName         = 64
	maxStateMachineName = 80
	maxRuleName         = 64
	maxStackName        = 128
	maxLogGroup         = 256
	longestRegion       = len("ap-southeast-2") // of those that there are; a token is longer, and does not count
)

// PipelineRole is the name of a pipeline's role, below PipelineRolePath. A path does not keep names of roles apart, so the
// name has the platform's, and says what it is of.
func (p Platform) PipelineRole(pipeline string) string { return p.roleOf("pipeline", pipeline) }

// roleOf is the name of a role of a pipeline, as short as IAM wants it.
func (p Platform) roleOf(what, pipeline string) string {
	most := maxRoleName - longestRegion - len(p.Name) - len(what) - len("---")
	return p.Name + "-" + what + "-" + plain(pipeline, most) + "-" + p.Region
}

// PipelineRoleARN is that of a pipeline's role.
func (p Platform) PipelineRoleARN(pipeline string) string {
	return p.global("role" + p.PipelineRolePath() + p.PipelineRole(pipeline))
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

// DeadLetters is the name of the queue that keeps what no function took.
func (p Platform) DeadLetters() string { return p.Name + "-undelivered" }

// DeadLettersARN is that of the same.
func (p Platform) DeadLettersARN() string { return p.arn("sqs", p.DeadLetters()) }

// TableARN is that of the table.
func (p Platform) TableARN() string { return p.arn("dynamodb", "table/"+p.Table()) }

// BucketARN is that of a bucket.
func (p Platform) BucketARN(bucket string) string { return "arn:" + p.Partition + ":s3:::" + bucket }

// BusARN is that of the bus on which services tell of themselves, and the platform of its pipelines.
func (p Platform) BusARN() string { return p.arn("events", "event-bus/default") }

// FunctionLogs is the name of a function's log group.
func (p Platform) FunctionLogs(function string) string { return "/aws/lambda/" + p.Function(function) }

// ProjectLogs is the name of the log group of one of the platform's CodeBuild projects.
func (p Platform) ProjectLogs(project string) string { return "/aws/codebuild/" + p.Project(project) }

// StateMachineLogs is the name of the log group of a pipeline's state machines. Those that services deliver to begin so:
// then their resource policy does not grow with each.
func (p Platform) StateMachineLogs(pipeline string) string {
	return "/aws/vendedlogs/states/" + p.Name + "/" + plain(pipeline, maxLogGroup)
}

// LogsARN is that of a log group, with the streams in it.
func (p Platform) LogsARN(group string) string { return p.arn("logs", "log-group:"+group+":*") }

// KeyExport is the name under which the platform's stack exports the ARN of its key.
func (p Platform) KeyExport() string { return p.Name + "-key" }

// WebhooksExport is the name under which it exports where webhooks are sent to.
func (p Platform) WebhooksExport() string { return p.Name + "-webhooks" }

// PlatformStack is the name of the platform's stack.
func (p Platform) PlatformStack() string { return p.Name + "-platform" }

// PipelineStack is the name of a pipeline's stack.
func (p Platform) PipelineStack(pipeline string) string {
	if pipeline == "platform" {
		return p.PlatformStack() + "-pipeline"
	}
	return p.Name + "-" + plain(pipeline, maxStackName-len(p.Name)-1)
}

// StateMachineRole is the name of the role of a pipeline's state machines, below RolePath.
func (p Platform) StateMachineRole(pipeline string) string { return p.roleOf("machine", pipeline) }

// ScheduleRole is the name of the role by which schedules start a pipeline, below RolePath.
func (p Platform) ScheduleRole(pipeline string) string { return p.roleOf("schedule", pipeline) }

// Rule is the name of one of a pipeline's EventBridge rules or schedules. All of a platform begin alike, so that one
// permission of a function holds for all.
func (p Platform) Rule(pipeline, rule string) string {
	return p.Name + "-" + plain(pipeline, maxRuleName-len(p.Name)-len(rule)-2) + "-" + rule
}

// RulesARN is that of all rules of the platform and its pipelines.
func (p Platform) RulesARN() string { return p.arn("events", "rule/"+p.Name+"-*") }

// ScheduleGroupARN is that of the group of the schedules.
func (p Platform) ScheduleGroupARN() string { return p.arn("scheduler", "schedule-group/default") }

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

// plain is shorten for names that are letters, digits and hyphens; a name that is not tells itself apart by a digest.
func plain(name string, most int) string {
	written := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, name)
	if written == name && len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return written[:min(len(written), most-9)] + "-" + hex.EncodeToString(sum[:4])
}

func (p Platform) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Partition, service, p.Region, p.Account, resource)
}

// global is the ARN of a thing of IAM, which is in no Region.
func (p Platform) global(resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", p.Partition, p.Account, resource)
}
