package engine

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

const (
	tokenSuffix  = ".waitForTaskToken"
	lambdaInvoke = "arn:aws:states:::lambda:invoke"
)

// taskState is a Task.
type taskState struct {
	resource  string
	typ, name string // as history writes the resource: lambda, invoke.waitForTaskToken
	function  bool   // the resource is a function itself, with events of its own
	token     bool
	role      *template // of Credentials; nil when absent
	arguments *template // nil for the state's input
	timeout   *template // nil when absent
	heartbeat *template
}

// attempt is one try of a Task state.
type attempt struct {
	serial    int64
	token     string
	timeout   int64 // timers
	heartbeat int64
	interval  time.Duration // of heartbeats
}

func (c *compiler) task(def *asl.Task) behaviour {
	s := &taskState{resource: def.Resource, arguments: c.optional("Arguments", def.Arguments)}
	if role, ok := def.Credentials.Get("RoleArn"); ok {
		s.role = c.template("Credentials/RoleArn", role)
	}
	s.timeout = c.seconds("TimeoutSeconds", def.TimeoutSeconds)
	s.heartbeat = c.seconds("HeartbeatSeconds", def.HeartbeatSeconds)
	service, isService := strings.CutPrefix(def.Resource, "arn:aws:states:::")
	s.function = !isService
	if i := strings.LastIndexByte(service, ':'); i >= 0 {
		s.typ, s.name = service[:i], service[i+1:]
	}
	s.token = isService && strings.HasSuffix(def.Resource, tokenSuffix)
	return s
}

func (c *compiler) seconds(field string, s asl.Seconds) *template {
	switch {
	case s.Expression != "":
		return c.template(field, s.Expression)
	case s.Value != 0:
		return c.template(field, s.Value)
	default:
		return nil
	}
}

// begin starts an attempt: every retry evaluates the arguments anew, with its own token and RetryCount.
func (s *taskState) begin(x *execution, f *frame) {
	f.task = &attempt{}
	if s.token {
		f.task.token = x.newToken(x.serial + 1)
	}
	x.view = view{x: x, frame: f}
	call, fail := s.evaluate(x, f)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	f.task.serial = x.await(pending{frame: f, kind: pendingAttempt})
	s.emitScheduled(x, f, call)
	if call.timeout > 0 {
		f.task.timeout = x.arm(f, pendingTimeout, time.Duration(call.timeout)*time.Second)
	}
	if call.heartbeat > 0 {
		f.task.interval = time.Duration(call.heartbeat) * time.Second
		f.task.heartbeat = x.arm(f, pendingHeartbeat, f.task.interval)
	}
	invocation, fail := s.invocation(x, f, call)
	if fail != nil {
		s.emitFailed(x, f, fail)
		x.fail(f, fail)
		return
	}
	x.effects = append(x.effects, effect{kind: effectInvoke, serial: f.task.serial, invocation: invocation})
}

// call is what an attempt is made with; a time of 0 seconds is none.
type call struct {
	role               string // "" for the execution's own
	arguments          *value
	timeout, heartbeat int64
}

func (s *taskState) evaluate(x *execution, f *frame) (c call, fail *failure) {
	if c.role, fail = x.evaluateText(f, s.role); fail != nil {
		return call{}, fail
	}
	c.arguments = f.input
	if s.arguments != nil {
		if c.arguments, fail = x.evaluate(f, s.arguments); fail != nil {
			return call{}, fail
		}
	}
	if c.timeout, fail = x.evaluateSeconds(f, s.timeout); fail != nil {
		return call{}, fail
	}
	c.heartbeat, fail = x.evaluateSeconds(f, s.heartbeat)
	return c, fail
}

// evaluateSeconds computes a positive whole number; an absent field is 0.
func (x *execution) evaluateSeconds(f *frame, t *template) (int64, *failure) {
	if t == nil {
		return 0, nil
	}
	v, fail := x.evaluate(f, t)
	if fail != nil {
		return 0, fail
	}
	n, ok := jsonata.Number(v.Native())
	if !ok || n != math.Trunc(n) || n < 1 || n > maxWait {
		return 0, x.typed(f, t, "positive integer", v)
	}
	return int64(n), nil
}

func (s *taskState) invocation(x *execution, f *frame, c call) (*Invocation, *failure) {
	i := &Invocation{
		Execution: x.name, ExecutionARN: x.start.ExecutionARN, State: f.state.name, Attempt: f.attempt,
		Resource: s.resource, RoleARN: c.role, Arguments: []byte(c.arguments.text), Token: f.task.token,
	}
	switch {
	case s.function:
		i.FunctionName, i.Payload = s.resource, i.Arguments
	case s.isLambda():
		var parts struct {
			FunctionName string
			Payload      json.RawMessage
		}
		if err := json.Unmarshal(i.Arguments, &parts); err != nil || parts.FunctionName == "" {
			return nil, &failure{name: ErrorRuntime, cause: causeInState(f, causeNoFunctionName())}
		}
		i.FunctionName, i.Payload = parts.FunctionName, parts.Payload
		if i.Payload == nil {
			i.Payload = []byte("{}")
		}
	}
	return i, nil
}

func (s *taskState) isLambda() bool {
	return strings.TrimSuffix(s.resource, tokenSuffix) == lambdaInvoke
}

// result is what the state gets for the JSON text that an invocation returned.
func (s *taskState) result(output []byte) *value {
	if !s.isLambda() {
		return textValue(string(output))
	}
	return textValue(`{"ExecutedVersion":"$LATEST","Payload":` + string(output) + `,"StatusCode":200}`)
}

// answer takes what an attempt or its token brought.
func (x *execution) answer(f *frame, e Entry) {
	s, ok := f.state.behaviour.(*taskState)
	if !ok {
		return
	}
	switch e.Kind {
	case EntryTaskReturned:
		s.returned(x, f, e.Output)
	case EntryTokenSucceeded:
		s.succeeded(x, f, textValue(string(e.Output)))
	case EntryTaskFailed, EntryTokenFailed:
		s.failed(x, f, &failure{name: e.Error, cause: e.Cause})
	case EntryTokenHeartbeat:
		x.disarm(f.task.heartbeat)
		if f.task.interval > 0 {
			f.task.heartbeat = x.arm(f, pendingHeartbeat, f.task.interval)
		}
	}
}

// returned ends the state, or only the invocation when the state waits for its token.
func (s *taskState) returned(x *execution, f *frame, output []byte) {
	if !json.Valid(output) {
		s.failed(x, f, &failure{name: ErrorTaskFailed, cause: causeNotJSON()})
		return
	}
	if !s.token {
		s.succeeded(x, f, s.result(compact(output)))
		return
	}
	x.emit(f, "TaskSubmitted", &TaskOutputEventDetails{
		ResourceType: s.typ, Resource: s.name, Output: s.result(compact(output)).text, member: "taskSubmittedEventDetails",
	})
}

func (s *taskState) succeeded(x *execution, f *frame, result *value) {
	if len(result.text) > maxPayload {
		what := s.typ
		if s.function {
			what = s.resource
		}
		s.failed(x, f, &failure{name: ErrorDataLimitExceeded, cause: causeDataLimit(what)})
		return
	}
	s.emitSucceeded(x, f, result)
	x.settle(f)
	x.exit(f, result)
}

func (s *taskState) failed(x *execution, f *frame, fail *failure) {
	s.emitFailed(x, f, fail)
	x.settle(f)
	x.fail(f, fail)
}

// settle forgets an attempt that was answered. Its invocation may still be running, as that of a handler that answered
// its token itself: it is left alone.
func (x *execution) settle(f *frame) {
	delete(x.pending, f.task.serial)
	x.letGo(f)
}

// timedOut fails an attempt whose time is over.
func (x *execution) timedOut(f *frame, heartbeat bool) {
	s, ok := f.state.behaviour.(*taskState)
	if !ok {
		return
	}
	s.emitTimedOut(x, f)
	x.fail(f, &failure{name: ErrorTimeout, heartbeat: heartbeat})
}

// compact takes the white space out of JSON text, as Step Functions does with results.
func compact(text []byte) []byte {
	v, err := jsonata.Decode(text)
	if err != nil {
		return text
	}
	encoded, err := jsonata.Encode(nil, v)
	if err != nil {
		return text
	}
	return encoded
}
