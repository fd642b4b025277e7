package statemachines

import (
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Resources of a Task state: the function's answer is the result, or whoever gets the task token gives it later.
const (
	invoke             = "arn:aws:states:::lambda:invoke"
	invokeAndAwaitDone = "arn:aws:states:::lambda:invoke.waitForTaskToken"
)

// functions says which handler runs the actions of a category.
var functions = []struct{ category, function string }{
	{"Source", events.FetchSourceFunction},
	{"Build", events.StartBuildFunction},
	{"Test", events.StartBuildFunction},
	{"Compute", events.StartBuildFunction},
	{"Deploy", events.DeployFunction},
	{"Approval", events.RequestApprovalFunction},
	{"Invoke", events.InvokeFunction},
}

func functionOf(category string) (string, bool) {
	for _, row := range functions {
		if row.category == category {
			return row.function, true
		}
	}
	return "", false
}

// net is how much longer than its deadline a Task state waits: the handlers end an action at its deadline, with a
// better message; the state's own timeout is for when they cannot.
const net = 15 * time.Minute

// call is how a Task state reaches a handler.
type call struct {
	function string
	token    bool // the result comes by the task token
	timeout  time.Duration
}

// callOf returns how an action's Task state reaches its handler. An action type that the catalogue lacks is a custom
// one, whose jobs call back.
func callOf(a *pipeline.Action) call {
	function, _ := functionOf(a.ActionTypeID.Category.Value)
	row, known := pipeline.LookupActionType(a.ActionTypeID)
	if known && !row.CallsBack() {
		return call{function: function}
	}
	return call{function: function, token: true, timeout: a.Timeout() + net}
}

// task returns a Task state without catchers, output and successor.
func (c call) task(payload asl.Object) *asl.Task {
	resource := invoke
	fields := append(asl.Object{asl.Field("function", c.function)}, payloadCommon()...)
	if c.token {
		resource = invokeAndAwaitDone
		fields = append(asl.Object{asl.Field("taskToken", asl.Expr("$states.context.Task.Token"))}, fields...)
	}
	return &asl.Task{
		Resource: resource,
		Arguments: asl.Object{
			asl.Field("FunctionName", "${"+c.function+"}"),
			asl.Field("Payload", append(fields, payload...)),
		},
		TimeoutSeconds: asl.Seconds{Value: int(c.timeout / time.Second)},
		Retry:          retriers(),
	}
}

// result is the source that reads a member of what the handler answered.
func (c call) result(field string) string {
	if c.token {
		return "$states.result." + field
	}
	return "$states.result.Payload." + field
}

// payloadCommon is what every handler needs to find the record and to know that the caller is current. Names of executions
// are of one state machine alone, so it is the ARN that says who calls.
func payloadCommon() asl.Object {
	return asl.Object{
		asl.Field("pipelineExecutionId", asl.Expr(executionID)),
		asl.Field("machineExecution", asl.Expr("$states.context.Execution.Id")),
	}
}
