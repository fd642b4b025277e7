package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

func machine(t testing.TB, text string) *asl.StateMachine {
	t.Helper()
	m, err := asl.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const tokenMachine = `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task",
	"Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 5184000,
	"Arguments": {"FunctionName": "f", "Payload": {"token": "{% $states.context.Task.Token %}"}}, "End": true}}}`

func types(events []engine.Event) string {
	var names []string
	for _, e := range events {
		names = append(names, e.Type)
	}
	return strings.Join(names, " ")
}

func wait(t testing.TB, e *engine.Engine, name string) engine.Result {
	t.Helper()
	result, err := e.Wait(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func start(t testing.TB, e *engine.Engine, run engine.Execution) {
	t.Helper()
	if err := e.Start(context.Background(), run); err != nil {
		t.Fatal(err)
	}
}

// A handler may answer its token itself, before it returns: the state goes on at once, the invocation is not
// cancelled, and what it returns in the end changes nothing.
func TestTokenAnsweredBeforeInvocationReturns(t *testing.T) {
	answered, finish := make(chan error, 1), make(chan struct{})
	var cancelled atomic.Bool
	var e *engine.Engine
	e = newEngine(engine.Options{Tasks: taskFunc(func(ctx context.Context, i engine.Invocation) ([]byte, error) {
		answered <- e.SendTaskSuccess(context.Background(), i.Token, []byte(`"early"`))
		<-finish
		cancelled.Store(ctx.Err() != nil)
		return []byte(`"late"`), nil
	})})
	start(t, e, engine.Execution{Name: "x", Machine: machine(t, tokenMachine)})
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if result := wait(t, e, "x"); string(result.Output) != `"early"` {
		t.Errorf("output %s", result.Output)
	}
	close(finish)
	if err := e.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if cancelled.Load() {
		t.Error("the invocation was cancelled although its token was answered")
	}
	want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded"
	if got := types(e.History("x")); got != want {
		t.Errorf("history %s", got)
	}
	e.Close()
}

// An approval that nobody answers for 60 days, in virtual time.
func TestSixtyDays(t *testing.T) {
	clock := engine.NewVirtualClock(epoch)
	e := newEngine(engine.Options{Clock: clock, Tasks: taskFunc(func(context.Context, engine.Invocation) ([]byte, error) { return []byte(`{}`), nil })})
	defer e.Close()
	start(t, e, engine.Execution{Name: "x", Machine: machine(t, tokenMachine)})
	runToEnd(t, e, clock, "x")
	result := wait(t, e, "x")
	if result.Status != engine.StatusFailed || result.Error != engine.ErrorTimeout || result.StopDate.Sub(result.StartDate) != 60*24*time.Hour {
		t.Errorf("result %+v", result)
	}
	if clock.Pending() != 0 {
		t.Errorf("%d timers are left", clock.Pending())
	}
}

// longMachine is a job of 24 hours that answers its token, and then an approval that times out after 60 days.
const longMachine = `{"QueryLanguage": "JSONata", "StartAt": "Job", "States": {
	"Job": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 86415, "HeartbeatSeconds": 3600,
		"Arguments": {"FunctionName": "job"}, "Next": "Approval"},
	"Approval": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 5184000,
		"Arguments": {"FunctionName": "approval"}, "Catch": [{"ErrorEquals": ["States.Timeout"], "Output": "{% $states.input %}", "Next": "Expired"}], "End": true},
	"Expired": {"Type": "Succeed"}}}`

// runLong runs longMachine in virtual time. The job sends a heartbeat every half hour and ends after a day.
func runLong(t testing.TB, m *asl.StateMachine) engine.Result {
	clock, ctx := engine.NewVirtualClock(epoch), context.Background()
	var e *engine.Engine
	e = newEngine(engine.Options{Clock: clock, Tasks: taskFunc(func(_ context.Context, i engine.Invocation) ([]byte, error) {
		if i.FunctionName == "job" {
			for beat := 1; beat < 48; beat++ {
				clock.AfterFunc(time.Duration(beat)*30*time.Minute, func() { check(t, e.SendTaskHeartbeat(ctx, i.Token)) })
			}
			clock.AfterFunc(24*time.Hour, func() { check(t, e.SendTaskSuccess(ctx, i.Token, []byte(`"built"`))) })
		}
		return []byte(`{}`), nil
	})})
	defer e.Close()
	start(t, e, engine.Execution{Name: "x", Machine: m})
	runToEnd(t, e, clock, "x")
	return wait(t, e, "x")
}

func check(t testing.TB, err error) {
	if err != nil {
		t.Error(err)
	}
}

func TestLongJobThenApproval(t *testing.T) {
	result := runLong(t, machine(t, longMachine))
	if result.Status != engine.StatusSucceeded || string(result.Output) != `"built"` || result.StopDate.Sub(result.StartDate) != 61*24*time.Hour {
		t.Errorf("result %+v, output %s; want built, after 61 days", result, result.Output)
	}
}

// A task that does not return is given up after TimeoutSeconds, and its context ends.
func TestTimeoutCancelsInvocation(t *testing.T) {
	clock := engine.NewVirtualClock(epoch)
	begun, ended := make(chan struct{}), make(chan struct{})
	e := newEngine(engine.Options{Clock: clock, Tasks: taskFunc(func(ctx context.Context, _ engine.Invocation) ([]byte, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})})
	defer e.Close()
	start(t, e, engine.Execution{Name: "x", Machine: machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f", "TimeoutSeconds": 7, "End": true}}}`)})
	<-begun
	clock.Advance(7 * time.Second)
	<-ended
	if result := wait(t, e, "x"); result.Error != engine.ErrorTimeout {
		t.Errorf("result %+v", result)
	}
	if got := types(e.History("x")); !strings.HasSuffix(got, "LambdaFunctionStarted LambdaFunctionTimedOut ExecutionFailed") {
		t.Errorf("history %s", got)
	}
}

// A failing branch of a Parallel stops what its siblings are doing, at once and without waiting for them.
func TestParallelStopsSiblings(t *testing.T) {
	const siblings = 8
	branches := []string{`{"StartAt": "bad", "States": {"bad": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "bad"}, "End": true}}}`}
	for i := range siblings {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "s%d", "States": {"s%d": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "slow"}, "End": true}}}`, i, i))
	}
	m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [`+strings.Join(branches, ",")+`]}}}`)
	var begun, stopped sync.WaitGroup
	begun.Add(siblings)
	stopped.Add(siblings)
	e := newEngine(engine.Options{Tasks: taskFunc(func(ctx context.Context, i engine.Invocation) ([]byte, error) {
		if i.FunctionName == "bad" {
			begun.Wait()
			return nil, fmt.Errorf("wrapped: %w", &engine.TaskError{Name: "Bad", Cause: "no"})
		}
		begun.Done()
		<-ctx.Done()
		stopped.Done()
		return nil, ctx.Err()
	})})
	defer e.Close()
	start(t, e, engine.Execution{Name: "x", Machine: m})
	if result := wait(t, e, "x"); result.Status != engine.StatusFailed || result.Error != "Bad" || result.Cause != "no" {
		t.Errorf("result %+v", result)
	}
	stopped.Wait()
	if n := strings.Count(types(e.History("x")), "TaskStateAborted"); n != siblings+1 {
		t.Errorf("%d states aborted, want %d", n, siblings+1)
	}
}

// Many executions at once, with tasks, tokens, retries and parallel branches, on the real clock.
func TestThousandExecutions(t *testing.T) {
	m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "P", "States": {
		"P": {"Type": "Parallel", "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "double", "Payload": "{% $states.input.n %}"}, "Output": "{% $states.result.Payload %}", "End": true}}},
			{"StartAt": "R", "States": {"R": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "HeartbeatSeconds": 600, "Arguments": {"FunctionName": "token", "Payload": "{% $states.input.n %}"}, "End": true}}}],
			"Assign": {"sum": "{% $sum($states.result) %}"}, "Next": "C"},
		"C": {"Type": "Choice", "Choices": [{"Condition": "{% $sum > 0 %}", "Next": "S"}], "Default": "S"},
		"S": {"Type": "Succeed", "Output": "{% $sum %}"}}}`)
	var e *engine.Engine
	var tokens sync.WaitGroup
	e = newEngine(engine.Options{Tasks: taskFunc(func(_ context.Context, i engine.Invocation) ([]byte, error) {
		var n int
		if _, err := fmt.Sscan(string(i.Payload), &n); err != nil {
			return nil, err
		}
		if i.FunctionName == "double" {
			return fmt.Appendf(nil, "%d", 2*n), nil
		}
		tokens.Go(func() {
			if err := e.SendTaskHeartbeat(context.Background(), i.Token); err != nil {
				t.Error(err)
			}
			if err := e.SendTaskSuccess(context.Background(), i.Token, fmt.Appendf(nil, "%d", 10*n)); err != nil {
				t.Error(err)
			}
		})
		return []byte("null"), nil
	})})
	var runs sync.WaitGroup
	for i := range 1000 {
		runs.Go(func() {
			name := fmt.Sprint("x", i)
			if err := e.Start(context.Background(), engine.Execution{Name: name, Machine: m, Input: fmt.Appendf(nil, `{"n": %d}`, i)}); err != nil {
				t.Error(err)
				return
			}
			result, err := e.Wait(context.Background(), name)
			if want := fmt.Sprint(12 * i); err != nil || string(result.Output) != want {
				t.Errorf("%s: %s %s %s %v, want %s", name, result.Status, result.Output, result.Cause, err, want)
			}
		})
	}
	runs.Wait()
	tokens.Wait()
	e.Close()
}

func TestStartIsIdempotent(t *testing.T) {
	clock := engine.NewVirtualClock(epoch)
	e := newEngine(engine.Options{Clock: clock})
	defer e.Close()
	m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}}`)
	ctx := context.Background()
	start(t, e, engine.Execution{Name: "x", Machine: m, Input: []byte(`{"a": 1}`)})
	start(t, e, engine.Execution{Name: "x", Machine: m, Input: []byte(` {"a":1} `)})
	if got := len(e.History("x")); got != 2 {
		t.Errorf("%d events, want 2", got)
	}
	for _, c := range []struct {
		run  engine.Execution
		want engine.Code
	}{
		{engine.Execution{Name: "x", Machine: m, Input: []byte(`{"a": 2}`)}, engine.ExecutionAlreadyExists},
		{engine.Execution{Name: "a b", Machine: m}, engine.InvalidName},
		{engine.Execution{Name: "y", Machine: m, Input: []byte(`{`)}, engine.InvalidExecutionInput},
		{engine.Execution{Name: "y", Machine: &asl.StateMachine{}}, engine.InvalidDefinition},
	} {
		if err := e.Start(ctx, c.run); engine.CodeOf(err) != c.want {
			t.Errorf("start %s: %v, want %s", c.run.Name, err, c.want)
		}
	}
	clock.Next()
	if err := e.Start(ctx, engine.Execution{Name: "x", Machine: m, Input: []byte(`{"a": 1}`)}); engine.CodeOf(err) != engine.ExecutionAlreadyExists {
		t.Errorf("starting a finished execution again: %v", err)
	}
	if _, err := e.Wait(ctx, "nobody"); engine.CodeOf(err) != engine.ExecutionDoesNotExist {
		t.Errorf("waiting for an unknown execution: %v", err)
	}
}

func TestTokens(t *testing.T) {
	tokens := make(chan string, 2)
	e := newEngine(engine.Options{Tasks: taskFunc(func(_ context.Context, i engine.Invocation) ([]byte, error) {
		tokens <- i.Token
		return []byte("{}"), nil
	})})
	defer e.Close()
	m := machine(t, tokenMachine)
	start(t, e, engine.Execution{Name: "x", Machine: m})
	start(t, e, engine.Execution{Name: "y", Machine: m})
	first, second := <-tokens, <-tokens
	if first == second {
		t.Error("two executions have the same token")
	}
	ctx := context.Background()
	check := func(what string, err error, want engine.Code) {
		t.Helper()
		if engine.CodeOf(err) != want {
			t.Errorf("%s: %v, want code %q", what, err, want)
		}
	}
	check("no token", e.SendTaskSuccess(ctx, "nonsense!", []byte("1")), engine.InvalidToken)
	check("changed token", e.SendTaskSuccess(ctx, first[:len(first)-2]+"AA", []byte("1")), engine.InvalidToken)
	check("not JSON", e.SendTaskSuccess(ctx, first, []byte("{")), engine.InvalidOutput)
	check("too large", e.SendTaskSuccess(ctx, first, []byte(`"`+strings.Repeat("x", 256*1024)+`"`)), engine.InvalidOutput)
	check("heartbeat", e.SendTaskHeartbeat(ctx, first), "")
	check("success", e.SendTaskSuccess(ctx, first, []byte("1")), "")
	check("again", e.SendTaskSuccess(ctx, first, []byte("2")), engine.TaskTimedOut)
	check("failure afterwards", e.SendTaskFailure(ctx, first, "E", "c"), engine.TaskTimedOut)
	check("heartbeat afterwards", e.SendTaskHeartbeat(ctx, first), engine.TaskTimedOut)
	check("other execution", e.SendTaskFailure(ctx, second, "E", "c"), "")
	e.Forget("x")
	e.Forget("y")
	check("forgotten execution", e.SendTaskHeartbeat(ctx, second), engine.TaskDoesNotExist)
}

// Follow gives every event once, in order, also to one who comes late.
func TestFollow(t *testing.T) {
	clock := engine.NewVirtualClock(epoch)
	e := newEngine(engine.Options{Clock: clock})
	defer e.Close()
	start(t, e, engine.Execution{Name: "x", Machine: machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
		"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "Next": "C"}, "C": {"Type": "Succeed"}}}`)})
	var followed []engine.Event
	for event := range e.Follow(context.Background(), "x") {
		followed = append(followed, event)
		if strings.HasSuffix(event.Type, "WaitStateEntered") {
			go clock.Next()
		}
	}
	if diff := cmp.Diff(e.History("x"), followed, exportAll); diff != "" {
		t.Errorf("followed events differ (-history +followed):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range e.Follow(ctx, "nobody") {
		t.Error("an unknown execution has events")
	}
}

// Close ends invocations, wakes those who wait, and refuses what comes later.
func TestClose(t *testing.T) {
	begun := make(chan string, 1)
	e := newEngine(engine.Options{Tasks: taskFunc(func(ctx context.Context, i engine.Invocation) ([]byte, error) {
		begun <- i.Token
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	start(t, e, engine.Execution{Name: "x", Machine: machine(t, tokenMachine)})
	token := <-begun
	waited := make(chan error)
	go func() {
		_, err := e.Wait(context.Background(), "x")
		waited <- err
	}()
	e.Close()
	if err := <-waited; engine.CodeOf(err) != engine.Closed {
		t.Errorf("Wait: %v", err)
	}
	if err := e.SendTaskSuccess(context.Background(), token, []byte("1")); engine.CodeOf(err) != engine.Closed {
		t.Errorf("SendTaskSuccess: %v", err)
	}
	if err := e.Start(context.Background(), engine.Execution{Name: "y"}); engine.CodeOf(err) != engine.Closed {
		t.Errorf("Start: %v", err)
	}
	if result, err := e.Describe("x"); err != nil || result.Status != engine.StatusRunning {
		t.Errorf("after Close the execution is %+v, %v; want it untouched", result, err)
	}
}

// fullStore fails from its nth entry on.
type fullStore struct {
	*engine.MemoryStore
	left atomic.Int32
}

var errFull = errors.New("no space left")

func (s *fullStore) Append(ctx context.Context, e engine.Entry) error {
	if s.left.Add(-1) < 0 {
		return errFull
	}
	return s.MemoryStore.Append(ctx, e)
}

// Nothing happens that was not recorded: a store that fails stops the execution where it is, and says so.
func TestStoreFails(t *testing.T) {
	for n := range int32(3) {
		store := &fullStore{MemoryStore: engine.NewMemoryStore()}
		store.left.Store(n)
		clock := engine.NewVirtualClock(epoch)
		e := newEngine(engine.Options{Clock: clock, Store: store})
		err := e.Start(context.Background(), engine.Execution{Name: "x", Machine: machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
			"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "Next": "C"}, "C": {"Type": "Succeed"}}}`)})
		if n == 0 {
			if !errors.Is(err, errFull) {
				t.Errorf("Start: %v", err)
			}
			e.Close()
			continue
		}
		clock.Advance(time.Minute)
		result, err := e.Wait(context.Background(), "x")
		if !errors.Is(err, errFull) || result.Status != engine.StatusRunning {
			t.Errorf("after %d entries: %+v, %v", n, result, err)
		}
		if got, want := len(e.History("x")), int(2*n); got != want {
			t.Errorf("after %d entries: %d events, want %d", n, got, want)
		}
		e.Close()
	}
}

func TestLimits(t *testing.T) {
	big := strings.Repeat("x", 200*1024)
	e := newEngine(engine.Options{Tasks: taskFunc(func(_ context.Context, i engine.Invocation) ([]byte, error) {
		if i.FunctionName == "panic" {
			panic("boom")
		}
		return []byte(`"` + strings.Repeat("x", 256*1024) + `"`), nil
	})})
	defer e.Close()
	task := `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "%s"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], "End": true}, "Z": {"Type": "Succeed"}`
	for name, c := range map[string]struct{ states, output, failed string }{
		"loop":     {`"A": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Z"}], "Default": "A"}, "Z": {"Type": "Succeed"}`, "", "States.Runtime"},
		"variable": {`"A": {"Type": "Pass", "Assign": {"v": "{% $states.input & $states.input %}"}, "End": true}`, "", "States.DataLimitExceeded"},
		"result":   {`"A": ` + fmt.Sprintf(task, "big"), "States.DataLimitExceeded", ""},
		"panic":    {`"A": ` + fmt.Sprintf(task, "panic"), "States.TaskFailed", ""},
	} {
		m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {`+c.states+`}}`)
		start(t, e, engine.Execution{Name: name, Machine: m, Input: []byte(`"` + big + `"`)})
		result := wait(t, e, name)
		if result.Error != c.failed || !strings.Contains(string(result.Output), c.output) {
			t.Errorf("%s: %s %.80s %s %s", name, result.Status, result.Output, result.Error, result.Cause)
		}
		if n := len(e.History(name)); n > 25000 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

// Resume makes the invocation of a crashed process again, and the token that was given out before is still good.
func TestResume(t *testing.T) {
	store, ctx := engine.NewMemoryStore(), context.Background()
	begun := make(chan engine.Invocation)
	tasks := taskFunc(func(ctx context.Context, i engine.Invocation) ([]byte, error) {
		begun <- i
		<-ctx.Done()
		return nil, ctx.Err()
	})
	before := newEngine(engine.Options{Store: store, Tasks: tasks})
	start(t, before, engine.Execution{Name: "x", Machine: machine(t, tokenMachine)})
	first := <-begun
	before.Close()

	after := newEngine(engine.Options{Store: store, Tasks: tasks})
	if err := after.Resume(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, <-begun); diff != "" {
		t.Errorf("another invocation is made:\n%s", diff)
	}
	if err := after.SendTaskSuccess(ctx, first.Token, []byte(`"ok"`)); err != nil {
		t.Fatal(err)
	}
	if result := wait(t, after, "x"); string(result.Output) != `"ok"` {
		t.Errorf("result %+v", result)
	}
	if err := after.Resume(ctx, "nobody"); engine.CodeOf(err) != engine.ExecutionDoesNotExist {
		t.Errorf("resuming an unknown execution: %v", err)
	}
	after.Close()
}
