package execution

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
)

const (
	testExecution = "0f9d7a30-0000-8000-8000-000000000001"
	testToken     = "task-token"
)

// begun is an execution of two stages that has just started.
func begun() *state {
	s := &state{
		now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), stages: map[string]*Stage{}, actions: map[string]*Action{},
		external: map[string]*External{}, locks: map[string]*StageLock{},
		execution: &Execution{
			PipelineName: "p", PipelineVersion: 3, PipelineExecutionID: testExecution, MachineExecution: testExecution,
			Stages: []string{"Source", "Build"}, DefinitionDigest: "d",
		},
	}
	reduceStart(s)
	return s
}

func input(stage string) events.TaskInput {
	return events.TaskInput{TaskToken: testToken, PipelineExecutionID: testExecution, MachineExecution: testExecution, Stage: stage}
}

func action(stage, name string) Action {
	return Action{
		ActionExecutionID: ActionExecutionID(testExecution, stage, name, 1), PipelineExecutionID: testExecution,
		StageName: stage, ActionName: name, Attempt: 1, TaskToken: testToken,
	}
}

// effects prints what a reducer wants done, one line each, and forgets it.
func (s *state) drain() string {
	var b strings.Builder
	for _, e := range s.effects {
		switch {
		case e.Publish != nil:
			var d struct{ Stage, Action, State string }
			if err := json.Unmarshal(e.Publish.Detail, &d); err != nil {
				return err.Error()
			}
			words := strings.Fields(e.Publish.DetailType)[1] + " " + d.Stage + " " + d.Action + " " + d.State
			fmt.Fprintln(&b, strings.Join(strings.Fields(words), " "))
		case e.Start != nil:
			fmt.Fprintln(&b, "start", e.Start.Name)
		case e.Stop != nil:
			fmt.Fprintln(&b, "stop", e.Stop.Name)
		case e.Grant != nil:
			fmt.Fprintln(&b, "grant", e.Grant.StageName, "to", e.Grant.PipelineExecutionID)
		case e.Supersede != nil:
			fmt.Fprintln(&b, "supersede", e.Supersede.PipelineExecutionID, "at", e.Supersede.StageName, "by", e.Supersede.By)
		case e.Answer != nil:
			fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("answer %s %s%s", e.Answer.Token, e.Answer.Error, e.Answer.Output)))
		}
	}
	s.effects = nil
	return b.String()
}

func expect(t *testing.T, s *state, want ...string) {
	t.Helper()
	got := strings.TrimSuffix(s.drain(), "\n")
	if diff := cmp.Diff(strings.Join(want, "\n"), got); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refusedAs checks that err has the name that a state machine catches, or that the API answers.
func refusedAs(t *testing.T, err error, name string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Name != name {
		t.Errorf("error = %v, want one named %s", err, name)
	}
}

func TestSuccess(t *testing.T) {
	s := begun()
	expect(t, s, "Pipeline STARTED", "start "+testExecution)
	must(t, reduceEnter(s, input("Source")))
	expect(t, s, "Stage Source STARTED", `answer task-token {"status":"granted"}`)
	a := action("Source", "Checkout")
	a.WantedVariables = []string{"CommitId", "Missing"}
	must(t, reduceBegin(s, input("Source"), a))
	expect(t, s, "Action Source Checkout STARTED")
	record := s.actions[a.ActionExecutionID]
	reduceEnd(s, record, Result{
		OutputArtifacts: []Artifact{{Name: "Src", SHA256: "ab"}},
		OutputVariables: map[string]string{"CommitId": "c0ffee", "BranchName": "main"},
	})
	expect(t, s, "Action Source Checkout SUCCEEDED", `answer task-token {"outputArtifacts":{"Src":{"name":"Src","actionExecutionId":"`+
		a.ActionExecutionID+`","sha256":"ab"}},"outputVariables":{"CommitId":"c0ffee"}}`)
	must(t, reduceEnter(s, input("Build")))
	expect(t, s, "Stage Source SUCCEEDED", "Stage Build STARTED", `answer task-token {"status":"granted"}`)
	must(t, reduceEnter(s, input("Source"))) // late and repeated
	expect(t, s, `answer task-token {"status":"granted"}`)
	must(t, reduceFinish(s, input("")))
	expect(t, s, "Stage Build SUCCEEDED", "Pipeline SUCCEEDED")
	if s.execution.Status != ExecutionSucceeded || !s.ended {
		t.Errorf("execution is %s, ended %v", s.execution.Status, s.ended)
	}
	must(t, reduceFinish(s, input("")))
	expect(t, s)
}

func TestRepeatedInvocationsAnswerFromTheRecord(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	s.drain()
	must(t, reduceEnter(s, input("Source")))
	expect(t, s, `answer task-token {"status":"granted"}`)
	a := action("Source", "Checkout")
	must(t, reduceBegin(s, input("Source"), a))
	s.drain()
	again := a
	again.TaskToken = "newer"
	must(t, reduceBegin(s, input("Source"), again))
	expect(t, s)
	record := s.actions[a.ActionExecutionID]
	reduceEnd(s, record, Result{Error: &ErrorDetails{Code: "JobFailed", Message: "m"}})
	expect(t, s, "Action Source Checkout FAILED", "answer newer JobFailed")
	reduceEnd(s, record, Result{})
	expect(t, s)
	again.TaskToken = "newest"
	must(t, reduceBegin(s, input("Source"), again))
	expect(t, s, "answer newest JobFailed")
}

// A machine carries the beginning of a long message, and the record all of it: in a group 50 actions may fail at once.
func TestLongFailures(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	a := action("Source", "Checkout")
	must(t, reduceBegin(s, input("Source"), a))
	s.drain()
	record, message := s.actions[a.ActionExecutionID], strings.Repeat("é", 30_000)
	reduceEnd(s, record, Result{Error: &ErrorDetails{Code: "JobFailed", Message: message}})
	cause := s.effects[len(s.effects)-1].Answer.Cause
	if n := len([]rune(cause)); n != 1_000 || !strings.HasSuffix(cause, "é…") {
		t.Errorf("the machine is told %d characters, %q", n, cause[len(cause)-20:])
	}
	if record.Error.Message != message {
		t.Errorf("the record has %d bytes", len(record.Error.Message))
	}
}

func TestFence(t *testing.T) {
	stray := input("Source")
	stray.MachineExecution = "other"
	cases := map[string]func(*state) error{
		"enter":  func(s *state) error { return reduceEnter(s, stray) },
		"begin":  func(s *state) error { return reduceBegin(s, stray, action("Source", "Checkout")) },
		"fail":   func(s *state) error { return reduceFail(s, stray, nil) },
		"finish": func(s *state) error { return reduceFinish(s, stray) },
	}
	for name, command := range cases {
		t.Run(name, func(t *testing.T) {
			s := begun()
			s.drain()
			refusedAs(t, command(s), events.ErrorNotCurrent)
			expect(t, s)
		})
	}
}

// An execution of another state machine may have the name of the one that acts: whoever may start one chooses it.
func TestFenceBetweenStateMachines(t *testing.T) {
	const before = "arn:aws:states:eu-central-1:111122223333:execution:"
	for caller, refused := range map[string]bool{
		before + "penstock-p:" + testExecution:                                           false,
		before + "penstock-other:" + testExecution:                                       true,
		before + "penstock-p-2:" + testExecution:                                         true,
		"arn:aws:states:eu-central-1:444455556666:execution:penstock-p:" + testExecution: true,
		before + "penstock-p:" + testExecution + ".2":                                    true,
		testExecution: true,
	} {
		in := input("Source")
		in.MachineExecution = caller
		failing := in
		failing.Failures = []events.ActionFailure{{Action: "Checkout"}}
		for name, command := range map[string]func(*state) error{
			"enter": func(s *state) error { return reduceEnter(s, in) },
			"begin": func(s *state) error { return reduceBegin(s, in, action("Source", "Checkout")) },
			"fail": func(s *state) error {
				return reduceFail(s, failing, func(string) ActionTypeID { return ActionTypeID{} })
			},
			"finish":   func(s *state) error { return reduceFinish(s, in) },
			"continue": func(s *state) error { return reduceContinue(s, in, StateMachine{}) },
			"ended": func(s *state) error {
				reduceEnded(s, caller, "over")
				if !s.execution.Ended() {
					return errorf(NotAllowed, events.ErrorNotCurrent, "it goes on")
				}
				return nil
			},
		} {
			s := begun()
			s.execution.StateMachine = "arn:aws:states:eu-central-1:111122223333:stateMachine:penstock-p:7"
			s.drain()
			err := command(s)
			if refused {
				refusedAs(t, err, events.ErrorNotCurrent)
				expect(t, s)
			} else if err != nil {
				t.Errorf("%s by %s: %v", name, caller, err)
			}
		}
	}
}

func TestFailStage(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	must(t, reduceBegin(s, input("Source"), action("Source", "Open")))
	s.drain()
	in := input("Source")
	in.Failures = []events.ActionFailure{
		{Action: "NeverBegan", Error: "States.QueryEvaluationError", Cause: "#{A.b} has no value"},
		{Action: "Open", Error: "States.Timeout"},
	}
	types := func(string) ActionTypeID { return ActionTypeID{Category: "Source"} }
	must(t, reduceFail(s, in, types))
	expect(t, s, "Action Source NeverBegan FAILED", "Action Source Open FAILED", "Stage Source FAILED", "Pipeline FAILED")
	got := map[string]string{}
	for _, a := range s.actions {
		got[a.ActionName] = a.Error.Code + " " + a.Error.Message
	}
	want := map[string]string{"NeverBegan": "ConfigurationError #{A.b} has no value", "Open": "Timeout "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	must(t, reduceFail(s, in, types))
	expect(t, s)
}

func TestStopAndWait(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	a := action("Source", "Checkout")
	must(t, reduceBegin(s, input("Source"), a))
	s.drain()
	_, err := reduceStop(s, StopTrigger{Reason: "later"})
	must(t, err)
	expect(t, s, "Stage Source STOPPING", "Pipeline STOPPING")
	_, err = reduceStop(s, StopTrigger{})
	refusedAs(t, err, "DuplicatedStopRequestException")
	refusedAs(t, reduceBegin(s, input("Source"), action("Source", "Second")), events.ErrorStopped)
	reduceEnd(s, s.actions[a.ActionExecutionID], Result{})
	s.drain()
	refusedAs(t, reduceEnter(s, input("Build")), events.ErrorStopped)
	reduceEnded(s, testExecution, "")
	expect(t, s, "Stage Source STOPPED", "Pipeline STOPPED")
	_, err = reduceStop(s, StopTrigger{Abandon: true})
	refusedAs(t, err, "PipelineExecutionNotStoppableException")
}

func TestStopAndAbandon(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	a := action("Source", "Checkout")
	must(t, reduceBegin(s, input("Source"), a))
	s.drain()
	open, err := reduceStop(s, StopTrigger{Abandon: true, Reason: "now"})
	must(t, err)
	expect(t, s, "Stage Source STOPPING", "Pipeline STOPPING", "Action Source Checkout ABANDONED",
		"Stage Source STOPPED", "Pipeline STOPPED", "stop "+testExecution)
	if len(open) != 1 || open[0].ActionName != "Checkout" {
		t.Errorf("abandoned %v", open)
	}
	reduceEnd(s, s.actions[a.ActionExecutionID], Result{})
	expect(t, s)
}

func TestEngineEndsAnExecutionByItself(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	must(t, reduceBegin(s, input("Source"), action("Source", "Checkout")))
	s.drain()
	reduceEnded(s, "a stray", "gone")
	expect(t, s)
	reduceEnded(s, testExecution, "gone")
	expect(t, s, "Action Source Checkout ABANDONED", "Stage Source FAILED", "Pipeline FAILED")
	if s.execution.StatusSummary != "gone" {
		t.Errorf("summary %q", s.execution.StatusSummary)
	}
	reduceEnded(s, testExecution, "again")
	expect(t, s)
}

func TestApproval(t *testing.T) {
	waiting := func() (*state, *Action) {
		s := begun()
		must(t, reduceEnter(s, input("Source")))
		a := action("Source", "Release")
		a.ApprovalToken = "tok"
		must(t, reduceBegin(s, input("Source"), a))
		s.drain()
		return s, s.actions[a.ActionExecutionID]
	}
	s, a := waiting()
	refusedAs(t, reduceApproval(s, nil, Approval{}), "ActionNotFoundException")
	refusedAs(t, reduceApproval(s, a, Approval{Token: "wrong", Approved: true}), "InvalidApprovalTokenException")
	refusedAs(t, reduceApproval(s, a, Approval{Token: "tok", Summary: strings.Repeat("x", MaxApprovalSummary+1)}), "ValidationException")
	expect(t, s)
	must(t, reduceApproval(s, a, Approval{Token: "tok", Approved: true, By: "me", Summary: "good"}))
	expect(t, s, "Action Source Release SUCCEEDED", `answer task-token {"outputArtifacts":{},"outputVariables":{}}`)
	refusedAs(t, reduceApproval(s, a, Approval{Token: "tok"}), "ApprovalAlreadyCompletedException")
	s, a = waiting()
	must(t, reduceApproval(s, a, Approval{Token: "tok", By: "me", Summary: "too late"}))
	expect(t, s, "Action Source Release FAILED", "answer task-token JobFailed")
	if a.Error.Message != "rejected by me: too late" {
		t.Errorf("message %q", a.Error.Message)
	}
}

func TestUntil(t *testing.T) {
	s := begun()
	s.execution.Until = "Source"
	s.drain()
	must(t, reduceEnter(s, input("Source")))
	s.drain()
	must(t, reduceEnter(s, input("Build")))
	expect(t, s, "Stage Source SUCCEEDED", "Pipeline STOPPED", "answer task-token Stopped")
	if !s.execution.ReachedUntil() || s.stages["Build"] != nil {
		t.Errorf("execution is %s, stage Build %v", s.execution.Status, s.stages["Build"])
	}
	if l := s.lock("Source"); l.Holder != nil {
		t.Errorf("the lock of Source is held by %s", l.Holder.PipelineExecutionID)
	}
}

func TestExpire(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	a := action("Source", "Gate")
	a.Deadline = s.now.Add(time.Minute)
	must(t, reduceBegin(s, input("Source"), a))
	s.drain()
	record := s.actions[a.ActionExecutionID]
	s.now = a.Deadline.Add(-time.Nanosecond)
	reduceExpire(s, record)
	expect(t, s)
	s.now = a.Deadline
	reduceExpire(s, record)
	expect(t, s, "Action Source Gate FAILED", "answer task-token Timeout")
	reduceExpire(s, record)
	expect(t, s)
}

func TestASecondStopKeepsTheReason(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	must(t, reduceBegin(s, input("Source"), action("Source", "Open")))
	_, err := reduceStop(s, StopTrigger{Reason: "wrong branch"})
	must(t, err)
	_, err = reduceStop(s, StopTrigger{Abandon: true})
	must(t, err)
	if s.execution.Status != ExecutionStopped || s.execution.StatusSummary != "wrong branch" {
		t.Errorf("the execution is %s: %s", s.execution.Status, s.execution.StatusSummary)
	}
}
