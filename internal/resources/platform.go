package resources

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/events"
)

// Rules are those of the platform itself: ends of its state machines and of its own builds, and the sweep.
func (p Platform) Rules() ([]Rule, error) {
	builds, err := p.projectsEnded()
	if err != nil {
		return nil, err
	}
	return []Rule{
		{
			Name: "execution-ended", Description: "tells that an execution of a pipeline's state machine ended",
			Pattern: map[string]any{
				"source":      []any{"aws.states"},
				"detail-type": []any{"Step Functions Execution Status Change"},
				"detail": map[string]any{
					"stateMachineArn": []any{map[string]any{"prefix": p.arn("states", "stateMachine:"+p.Name+"-")}},
					"status":          []any{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"},
				},
			},
			Function: ExecutionEnded,
		},
		{
			Name: "ended-builds", Description: "tells that a build of the platform's own projects ended",
			Pattern: builds, Function: CompleteAction,
		},
		{Name: "sweep", Description: "does what is due", Schedule: "rate(1 minute)", Function: Sweep},
	}, nil
}

func (p Platform) projectsEnded() (map[string]any, error) {
	var patterns []map[string]any
	for _, row := range events.Rules() {
		if row.Name != "codebuild" {
			continue
		}
		for _, project := range []string{FetchProject, CommandsProject} {
			text, err := row.EventPattern(map[string]string{"ProjectName": p.Project(project)})
			if err != nil {
				return nil, err
			}
			var pattern map[string]any
			if err := json.Unmarshal(text, &pattern); err != nil {
				return nil, fmt.Errorf("event pattern of %s: %w", project, err)
			}
			patterns = append(patterns, pattern)
		}
	}
	all, err := joined(patterns)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Function is what one Lambda function needs.
type Function struct {
	Name    string
	Does    string
	Memory  int // MB
	Timeout int // seconds
	Storage int // MB of /tmp
	// Asynchronous is set where EventBridge invokes it: what it does not take goes to the dead letters.
	Asynchronous bool
	// Role is what its role may do.
	Role []Statement
}

var functions = []struct {
	name, does               string
	memory, timeout, storage int
	asynchronous             bool
}{
	// Those that move content have the most time there is; memory buys bandwidth too.
	{FetchSource, "fetches the revision of a source", 1024, 900, 2048, false},
	{Deploy, "deploys to buckets and stacks", 1024, 900, 512, false},
	{StartBuild, "starts builds", 512, 300, 512, false},
	{Invoke, "invokes functions, state machines and pipelines", 512, 300, 512, false},
	{RequestApproval, "asks for an approval", 256, 60, 512, false},
	{GateStage, "lets an execution into a stage, out of it, and ends it", 256, 60, 512, false},
	{CompleteAction, "ends an action whose work has ended", 512, 300, 512, true},
	{ExecutionEnded, "closes an execution whose state machine has ended", 256, 120, 512, true},
	{StartExecution, "starts an execution on an event", 512, 120, 512, true},
	{ReceiveWebhook, "starts an execution on a request", 256, 29, 512, false},
	{AnswerAPI, "answers CodePipeline's API", 512, 29, 512, false},
	{Sweep, "does what is due: looks at work, ends what took too long", 512, 300, 512, true},
	{RegisterPipeline, "registers a pipeline's definition", 512, 300, 512, false},
}

// LambdaFunctions describes all functions; assets is the bucket of what CloudFormation is given.
func (p Platform) LambdaFunctions(assets string) []Function {
	described := make([]Function, 0, len(functions))
	for _, f := range functions {
		described = append(described, Function{
			Name: f.name, Does: f.does, Memory: f.memory, Timeout: f.timeout, Storage: f.storage, Asynchronous: f.asynchronous,
			Role: p.functionRole(f.name, f.asynchronous, assets),
		})
	}
	return described
}

// functionRole is what every function may reach: the records, the bus, the platform's artifacts, executions and tokens of
// its state machines, for whoever meets a stored effect does it. Those that assume roles of pipelines may do that, and the
// one that registers pipelines reads what CloudFormation was given, and publishes versions.
func (p Platform) functionRole(name string, asynchronous bool, assets string) []Statement {
	machines, executions := p.arn("states", "stateMachine:"+p.Name+"-*"), p.arn("states", "execution:"+p.Name+"-*:*")
	statements := []Statement{
		allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, p.LogsARN(p.FunctionLogs(name))),
		allow([]string{
			"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
			"dynamodb:ConditionCheckItem",
		}, p.TableARN()),
		allow(append(writing(), "s3:GetObject", "s3:GetObjectVersion"), p.BucketARN(p.Bucket())+"/*"),
		allow(keyActions(), p.Key),
		allow([]string{"events:PutEvents"}, p.BusARN()),
		allow([]string{"states:StartExecution", "states:SendTaskSuccess", "states:SendTaskFailure"}, machines),
		allow([]string{"states:DescribeExecution", "states:StopExecution"}, executions),
	}
	if asynchronous {
		statements = append(statements, allow([]string{"sqs:SendMessage"}, p.DeadLettersARN()))
	}
	if slices.Contains(Assumers(), name) {
		statements = append(statements, allow([]string{"sts:AssumeRole"}, p.global("role"+p.PipelineRolePath()+"*")))
	}
	if name == RegisterPipeline {
		statements = append(statements,
			allow([]string{
				"states:DescribeStateMachine", "states:PublishStateMachineVersion", "states:ListStateMachineVersions",
				"states:DeleteStateMachineVersion",
			}, machines),
			allow([]string{"s3:GetObject"}, p.BucketARN(assets)+"/*"))
	}
	return merge(statements)
}
