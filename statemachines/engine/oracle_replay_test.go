package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// replayed is what our engine made of a recorded execution.
type replayed struct {
	result  engine.Result
	history []engine.Event
}

// compareRecorded runs a machine as the recording says, and reports every difference.
func compareRecorded(t *testing.T, m *asl.StateMachine, r *recording) {
	t.Helper()
	for _, difference := range differences(t, r, replay(t, m, r)) {
		t.Error(difference)
	}
}

func replay(t *testing.T, m *asl.StateMachine, r *recording) replayed {
	t.Helper()
	clock := engine.NewVirtualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	answers := &recordedTasks{hung: make(chan struct{})}
	for _, event := range r.Expect.History {
		answers.add(event)
	}
	e := newEngine(engine.Options{Clock: clock, Tasks: answers, Account: "111111111111"})
	defer e.Close()
	answers.engine = e
	ctx := context.Background()
	if err := e.Start(ctx, engine.Execution{Name: "recorded", Machine: m, Input: []byte(r.input())}); err != nil {
		t.Fatal(err)
	}
	answers.runToEnd(t, clock)
	result, err := e.Wait(ctx, "recorded")
	if err != nil {
		t.Fatal(err)
	}
	return replayed{result: result, history: e.History("recorded")}
}

// input is the execution's input; where the recording masked a timestamp it is rebuilt from the cause.
func (r *recording) input() string {
	if !r.Masked || !strings.Contains(r.ID, "test_wait_timestamp_jsonata") {
		return r.Input
	}
	stamp := "2026-01-01T00:00:05Z"
	if cause, ok := r.Expect.Cause.(string); ok {
		stamp = cause[strings.LastIndex(cause, "string: ")+len("string: "):]
	}
	return fmt.Sprintf(`{"TimestampValue":%q}`, stamp)
}

// recordedTasks answers each invocation as the recording goes on. What follows TaskSubmitted answers the token; a task
// that timed out before it returned hangs.
type recordedTasks struct {
	engine *engine.Engine
	hung   chan struct{} // closed when an invocation hangs

	mu       sync.Mutex
	answers  []answer
	callback []func(token string) error // answers to tokens, in order
	token    string
}

type answer struct {
	output []byte
	err    error
	hangs  bool
}

func (r *recordedTasks) add(event map[string]any) {
	typ, _ := event["type"].(string)
	details := eventDetails(event)
	output := jsonText(details["output"])
	name, _ := details["error"].(string)
	cause, isText := details["cause"].(string)
	if !isText && details["cause"] != nil {
		cause = string(jsonText(details["cause"]))
	}
	submitted := len(r.answers) > 0 && r.token == "submitted"
	switch typ {
	case "TaskScheduled", "LambdaFunctionScheduled":
		r.token = "scheduled"
	case "TaskSubmitted":
		r.token = "submitted"
		r.answers = append(r.answers, answer{output: payload(output)})
	case "TaskSucceeded", "LambdaFunctionSucceeded":
		if submitted {
			r.callback = append(r.callback, func(token string) error {
				return r.engine.SendTaskSuccess(context.Background(), token, output)
			})
			return
		}
		r.answers = append(r.answers, answer{output: payload(output)})
	case "TaskFailed", "LambdaFunctionFailed":
		if submitted {
			r.callback = append(r.callback, func(token string) error {
				return r.engine.SendTaskFailure(context.Background(), token, name, cause)
			})
			return
		}
		r.answers = append(r.answers, answer{err: &engine.TaskError{Name: name, Cause: cause}})
	case "TaskTimedOut", "LambdaFunctionTimedOut":
		if !submitted {
			r.answers = append(r.answers, answer{hangs: true})
		}
	}
}

// eventDetails is the member of an event that holds its details.
func eventDetails(event map[string]any) map[string]any {
	for member, d := range event {
		if details, ok := d.(map[string]any); ok && strings.HasSuffix(member, "EventDetails") {
			return details
		}
	}
	return nil
}

// runToEnd lets tasks return, answers tokens, and lets time pass, until the execution is over.
func (r *recordedTasks) runToEnd(t *testing.T, clock *engine.VirtualClock) {
	t.Helper()
	for {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			select {
			case <-r.hung:
				cancel()
			case <-ctx.Done():
			}
		}()
		_ = r.engine.Settle(ctx) // a task that hangs never settles
		cancel()
		result, err := r.engine.Describe("recorded")
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			return
		}
		if !r.answerToken(t) && !clock.Next() {
			t.Fatal("the execution waits for something that never comes")
		}
	}
}

func (r *recordedTasks) answerToken(t *testing.T) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.token == "" || len(r.callback) == 0 {
		return false
	}
	if err := r.callback[0](r.token); err != nil {
		t.Error(err)
	}
	r.callback, r.token = r.callback[1:], ""
	return true
}

func (r *recordedTasks) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	r.mu.Lock()
	if len(r.answers) == 0 {
		r.mu.Unlock()
		return nil, errors.New("the recording has no further answer")
	}
	next := r.answers[0]
	r.answers, r.token = r.answers[1:], i.Token
	r.mu.Unlock()
	if next.hangs {
		close(r.hung)
		<-ctx.Done()
	}
	return next.output, next.err
}

func jsonText(v any) []byte {
	if text, ok := v.(string); ok && json.Valid([]byte(text)) {
		return []byte(text)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// payload is what the function returned: the service wraps it with details of the call.
func payload(output []byte) []byte {
	var wrapped struct {
		Payload  json.RawMessage
		Metadata json.RawMessage `json:"SdkHttpMetadata"`
	}
	if err := json.Unmarshal(output, &wrapped); err == nil && wrapped.Metadata != nil && wrapped.Payload != nil {
		return wrapped.Payload
	}
	return output
}
