package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// recording is one execution as AWS Step Functions ran it.
type recording struct {
	ID         string          `json:"id"`
	N          int             `json:"n"`
	Definition json.RawMessage `json:"definition"`
	Input      string          `json:"input"`
	Masked     bool            `json:"input_from_snapshot"`
	Expect     struct {
		Status  string           `json:"status"`
		Output  any              `json:"output"`
		Error   any              `json:"error"`
		Cause   any              `json:"cause"`
		History []map[string]any `json:"history"`
	} `json:"expect"`
}

func (r *recording) name() string {
	_, name, _ := strings.Cut(r.ID, "::")
	return fmt.Sprintf("%s#%d", name, r.N)
}

func recordings(t *testing.T) []recording {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "oracle", "executions.jsonl")
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the recorded executions are not on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []recording
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r recording
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestRecorded runs every recorded execution whose states are all in JSONata mode, with tasks answered from the
// recording, and compares status, output, error, cause and history.
func TestRecorded(t *testing.T) {
	all, equal, differences := 0, 0, recordedDifferences(t)
	for _, r := range recordings(t) {
		if !isJSONata(t, r.Definition) {
			continue
		}
		all++
		reason, listed := differences[r.name()]
		delete(differences, r.name())
		same := t.Run(r.name(), func(t *testing.T) {
			if listed {
				t.Skip(reason)
			}
			compareRecorded(t, machine(t, string(r.Definition)), &r)
		})
		if same && !listed {
			equal++
		}
	}
	t.Logf("%d of %d recorded executions are equal", equal, all)
	if equal < 103 {
		t.Errorf("only %d recorded executions are equal", equal)
	}
	for name := range differences {
		t.Errorf("testdata/recorded-differences.txt lists %s, which was not recorded", name)
	}
}

// recordedDifferences reads the known differences: by name of the execution, the reason.
func recordedDifferences(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "recorded-differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || reason == "" {
			t.Fatalf("testdata/recorded-differences.txt: no reason in %q", line)
		}
		reasons[name] = reason
	}
	return reasons
}

// isJSONata tells whether every state of a definition is in JSONata mode.
func isJSONata(t *testing.T, definition []byte) bool {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(definition, &top); err != nil {
		t.Fatal(err)
	}
	return statesAreJSONata(top, top["QueryLanguage"] == "JSONata")
}

func statesAreJSONata(scope map[string]any, inherited bool) bool {
	states, _ := scope["States"].(map[string]any)
	for _, s := range states {
		state, _ := s.(map[string]any)
		own := inherited
		if language, ok := state["QueryLanguage"]; ok {
			own = language == "JSONata"
		}
		inner := []any{state["Iterator"], state["ItemProcessor"]}
		branches, _ := state["Branches"].([]any)
		for _, b := range append(inner, branches...) {
			if b, ok := b.(map[string]any); ok && !statesAreJSONata(b, inherited) {
				return false
			}
		}
		if !own {
			return false
		}
	}
	return true
}

func compareRecorded(t *testing.T, m *asl.StateMachine, r *recording) {
	clock := engine.NewVirtualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	answers := &recordedTasks{hung: make(chan struct{})}
	for _, event := range r.Expect.History {
		answers.add(event)
	}
	e := newEngine(engine.Options{Clock: clock, Tasks: answers})
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
	check := comparison{t: t}
	check.equal("status", string(result.Status), r.Expect.Status)
	check.equal("output", text(result.Output), r.Expect.Output)
	check.equal("error", text([]byte(result.Error)), r.Expect.Error)
	check.equal("cause", text([]byte(result.Cause)), r.Expect.Cause)
	check.history(e.History("recorded"), r.Expect.History)
}

func text(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
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

// runToEnd lets tasks return and time pass until an execution is over.
func runToEnd(t testing.TB, e *engine.Engine, clock *engine.VirtualClock, name string) {
	t.Helper()
	for {
		if err := e.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		result, err := e.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			return
		}
		if !clock.Next() {
			t.Fatalf("execution %s waits for something that never comes", name)
		}
	}
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

// comparison compares values where the recording may hold placeholders, and JSON either as text or parsed.
type comparison struct{ t *testing.T }

func (c *comparison) equal(what string, got, want any) {
	c.t.Helper()
	got, want = normalize(got), normalize(want)
	got = fillWildcards(got, want)
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("%s differs (-recorded +ours):\n%s", what, diff)
	}
}

func (c *comparison) history(got []engine.Event, want []map[string]any) {
	c.t.Helper()
	var events []any
	for _, event := range got {
		encoded, err := json.Marshal(event)
		if err != nil {
			c.t.Fatal(err)
		}
		var parsed map[string]any
		if err := json.Unmarshal(encoded, &parsed); err != nil {
			c.t.Fatal(err)
		}
		events = append(events, parsed)
	}
	var recorded []any
	for _, event := range want {
		recorded = append(recorded, event)
	}
	c.equal("history", events, recorded)
}

// normalize parses JSON that stands as text, and drops what the wrapping of a function's result says of the call.
func normalize(v any) any {
	switch v := v.(type) {
	case string:
		var parsed any
		if err := json.Unmarshal([]byte(v), &parsed); err == nil {
			return normalize(parsed)
		}
		return v
	case map[string]any:
		out := map[string]any{}
		_, wrapped := v["Payload"]
		for name, item := range v {
			call := name == "SdkHttpMetadata" || name == "SdkResponseMetadata" || name == "ExecutedVersion" || name == "StatusCode"
			if !wrapped || !call {
				out[name] = normalize(item)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = normalize(item)
		}
		return out
	default:
		return v
	}
}

// placeholder is what the recording has in place of a value that differs between runs.
var placeholder = regexp.MustCompile(`^(timestamp|date|generated-uuid|RandomNumberGenerated|snf_role_arn|bucket-name|x-amzn-RequestId|lambda_function_name)$|<[^<>]*>`)

func fillWildcards(got, want any) any {
	switch want := want.(type) {
	case string:
		if placeholder.MatchString(want) {
			return want
		}
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			out := map[string]any{}
			for name, item := range got {
				out[name] = fillWildcards(item, want[name])
			}
			return out
		}
	case []any:
		if got, ok := got.([]any); ok {
			out := slices.Clone(got)
			for i := range min(len(out), len(want)) {
				out[i] = fillWildcards(out[i], want[i])
			}
			return out
		}
	}
	return got
}
