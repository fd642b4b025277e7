package ministack_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// tokens has the function task keep the tokens that it is given.
func (s *stack) tokens(answer any) <-chan string {
	tokens := make(chan string, 10)
	s.functions.serve(func(payload []byte) any {
		var in struct{ TaskToken string }
		if err := json.Unmarshal(payload, &in); err != nil {
			return failure("BadRequest", err.Error())
		}
		tokens <- in.TaskToken
		return answer
	})
	return tokens
}

// refused is the type of the error of a call, or "".
func refused(err error) string {
	var r *ministack.Refused
	if errors.As(err, &r) {
		return r.Type
	}
	return ""
}

func (s *stack) taskTokens(t *testing.T) {
	machine := s.outputs["MachineArn"]
	t.Run("success", func(t *testing.T) {
		tokens := s.tokens("ignored")
		arn := s.start(t, machine, "success", `{"a":1}`)
		if again := s.start(t, machine, "success", `{"a":1}`); again != arn {
			t.Errorf("started again %q, want the same %q", again, arn)
		}
		if err := s.states(t.Context(), "StartExecution", map[string]any{"stateMachineArn": machine, "name": "success", "input": `{}`}, nil); refused(err) != "ExecutionAlreadyExists" {
			t.Errorf("started with another input: %v", err)
		}
		token := <-tokens
		answer := map[string]any{"taskToken": token, "output": `{"done":true}`}
		s.must(t, "SendTaskSuccess", answer, nil)
		if err := s.states(t.Context(), "SendTaskSuccess", answer, nil); refused(err) != "TaskTimedOut" {
			t.Errorf("answered twice: %v", err)
		}
		if c := s.ended(t); c.ExecutionArn != arn || c.Status != "SUCCEEDED" || *c.Output != `{"done":true}` {
			t.Errorf("ended %+v", c)
		}
		if err := s.states(t.Context(), "SendTaskSuccess", answer, nil); refused(err) != "TaskTimedOut" {
			t.Errorf("answered after the end: %v", err)
		}
	})
	t.Run("failure", func(t *testing.T) {
		tokens := s.tokens("ignored")
		s.start(t, machine, "failure", `{}`)
		s.must(t, "SendTaskFailure", map[string]any{"taskToken": <-tokens, "error": "JobFailed", "cause": "because"}, nil)
		if c := s.ended(t); c.Status != "FAILED" || c.Error != "JobFailed" || c.Cause != "because" {
			t.Errorf("ended %+v", c)
		}
	})
	t.Run("the call fails", func(t *testing.T) {
		s.tokens(failure("Throttled", "later"))
		s.start(t, machine, "call", `{}`)
		if c := s.ended(t); c.Status != "FAILED" || c.Error != "Throttled" {
			t.Errorf("ended %+v", c)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		if err := s.states(t.Context(), "SendTaskSuccess", map[string]any{"taskToken": "nobody's", "output": "{}"}, nil); refused(err) != "InvalidToken" {
			t.Errorf("answered: %v", err)
		}
	})
}

// An execution that waits is stopped: nothing of it goes on, and its token is spent.
func (s *stack) stops(t *testing.T) {
	tokens := s.tokens("ignored")
	arn := s.start(t, s.outputs["MachineArn"], "stop", `{}`)
	token := <-tokens
	var history struct{ Events []struct{ Type string } }
	s.must(t, "GetExecutionHistory", map[string]any{"executionArn": arn}, &history)
	if len(history.Events) < 3 || history.Events[1].Type != "TaskStateEntered" {
		t.Errorf("while it waits its history is %v", history.Events)
	}
	s.must(t, "StopExecution", map[string]any{"executionArn": arn, "error": "Aborted", "cause": "by hand"}, nil)
	if c := s.ended(t); c.ExecutionArn != arn || c.Status != "ABORTED" || c.Error != "Aborted" || c.Cause != "by hand" {
		t.Errorf("ended %+v", c)
	}
	if err := s.states(t.Context(), "SendTaskSuccess", map[string]any{"taskToken": token, "output": "{}"}, nil); refused(err) != "TaskTimedOut" {
		t.Errorf("answered: %v", err)
	}
	var described struct{ Status, Error, Cause string }
	s.must(t, "DescribeExecution", map[string]any{"executionArn": arn}, &described)
	if described.Status != "ABORTED" || described.Error != "Aborted" || described.Cause != "by hand" {
		t.Errorf("described %+v", described)
	}
	s.must(t, "GetExecutionHistory", map[string]any{"executionArn": arn}, &history)
	if last := history.Events[len(history.Events)-1].Type; last != "ExecutionAborted" {
		t.Errorf("the history ends with %s", last)
	}
}

// A version keeps its definition when the machine gets another one, and a revision has one version.
func (s *stack) versions(t *testing.T) {
	const of = `{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","Output":"VALUE","End":true}}}`
	machine := s.create(t, "versions", strings.ReplaceAll(of, "VALUE", "first"))
	publish := func() string {
		var out struct{ StateMachineVersionArn string }
		s.must(t, "PublishStateMachineVersion", map[string]any{"stateMachineArn": machine}, &out)
		return out.StateMachineVersionArn
	}
	first := publish()
	if again := publish(); again != first {
		t.Errorf("published again %s, want %s", again, first)
	}
	s.must(t, "UpdateStateMachine", map[string]any{"stateMachineArn": machine, "definition": strings.ReplaceAll(of, "VALUE", "second")}, nil)
	second := publish()
	for _, c := range []struct{ name, arn, version, want string }{
		{"a", first, first, `"first"`}, {"b", second, second, `"second"`}, {"c", machine, "", `"second"`},
	} {
		arn := s.start(t, c.arn, c.name, "{}")
		if ended := s.ended(t); *ended.Output != c.want || ended.StateMachineArn != machine || ended.StateMachineVersionArn != c.version {
			t.Errorf("%s: ended %+v with %s, want %s", c.arn, ended, *ended.Output, c.want)
		}
		var described struct{ StateMachineVersionArn string }
		s.must(t, "DescribeExecution", map[string]any{"executionArn": arn}, &described)
		if described.StateMachineVersionArn != c.version {
			t.Errorf("%s: described %+v", c.arn, described)
		}
	}
	if second == first {
		t.Errorf("both versions are %s", second)
	}
}

// What nobody answers ends by itself: a state that has a timeout, one that misses a heartbeat, a whole execution.
func (s *stack) timeouts(t *testing.T) {
	s.tokens("ignored")
	const work = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"task","Payload":{"taskToken":"{% $states.context.Task.Token %}"}},"End":true`
	want := map[string]string{}
	for name, c := range map[string]struct{ machine, state, want string }{
		"state":     {"", `"TimeoutSeconds":1,`, "FAILED States.Timeout"},
		"heartbeat": {"", `"HeartbeatSeconds":1,"TimeoutSeconds":60,`, "FAILED States.Timeout"},
		"machine":   {`"TimeoutSeconds":1,`, "", "TIMED_OUT "},
	} {
		definition := `{"QueryLanguage":"JSONata",` + c.machine + `"StartAt":"W","States":{"W":{` + c.state + work + `}}}`
		want[s.start(t, s.create(t, "timeout-"+name, definition), name, "{}")] = c.want
	}
	got := map[string]string{}
	for range want {
		c := s.ended(t)
		got[c.ExecutionArn] = c.Status + " " + c.Error
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}
