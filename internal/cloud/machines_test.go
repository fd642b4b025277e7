package cloud

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

const (
	machineARN   = "arn:aws:states:eu-central-1:123456789012:stateMachine:smoke"
	executionOne = "arn:aws:states:eu-central-1:123456789012:execution:smoke:one"
)

// answering is an account whose calls are answered by a.
func answering(a *cloudtest.Answers) *Account {
	return New(Config{Region: region, Endpoint: "http://aws.invalid", Change: cloudtest.Offline, Through: a.Through})
}

// An execution is started once, and looked at.
func machinesOnMoto(t *testing.T, m moto) {
	err := m.account().Service(stepFunctions).Call(t.Context(), "CreateStateMachine", map[string]string{
		"name": "smoke", "roleArn": "arn:aws:iam::123456789012:role/r", "definition": `{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := m.account().StateMachines()
	for range 2 {
		arn, err := s.StartExecution(t.Context(), stepfunctions.Execution{StateMachineARN: machineARN, Name: "one", Input: []byte(`{"a":1}`)})
		if err != nil || arn != executionOne {
			t.Fatalf("StartExecution = %q, %v", arn, err)
		}
	}
	if d, err := s.DescribeExecution(t.Context(), executionOne); err != nil || d.Status != stepfunctions.Running {
		t.Errorf("%+v, %v", d, err)
	}
	var unknown *stepfunctions.NotFoundError
	if _, err := s.DescribeExecution(t.Context(), executionOne+"x"); !errors.As(err, &unknown) {
		t.Errorf("an unknown execution: %v", err)
	}
	if _, err := s.StartExecution(t.Context(), stepfunctions.Execution{StateMachineARN: machineARN + "x", Name: "one", Input: []byte("{}")}); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("an unknown state machine: %v", err)
	}
}

func TestStartOfAnExecutionThatHasEnded(t *testing.T) {
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{"StartExecution": func(map[string]any) any {
		return cloudtest.Refuse(400, "ExecutionAlreadyExists", "Execution Already Exists")
	}}}
	for _, qualifier := range []string{"", ":7", ":PROD"} {
		arn, err := answering(a).StateMachines().StartExecution(t.Context(), stepfunctions.Execution{StateMachineARN: machineARN + qualifier, Name: "one"})
		if err != nil || arn != executionOne {
			t.Errorf("%q, %v", arn, err)
		}
	}
}

func TestDescribeExecution(t *testing.T) {
	for _, c := range []struct {
		answer any
		want   stepfunctions.Description
	}{
		{map[string]any{"status": "SUCCEEDED", "output": `{"a":1}`}, stepfunctions.Description{ARN: executionOne, Status: "SUCCEEDED", Output: []byte(`{"a":1}`)}},
		{map[string]any{"status": "FAILED", "error": "E", "cause": "c"}, stepfunctions.Description{ARN: executionOne, Status: "FAILED", Error: "E", Cause: "c"}},
	} {
		a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{"DescribeExecution": func(map[string]any) any { return c.answer }}}
		got, err := answering(a).StateMachines().DescribeExecution(t.Context(), executionOne)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	a := &cloudtest.Answers{}
	d, err := answering(a).StateMachines().DescribeExecution(t.Context(), strings.Replace(executionOne, ":execution:", ":express:", 1))
	if err != nil || d.Status != stepfunctions.Succeeded || len(a.Asked) != 0 {
		t.Errorf("express: %+v, %v, %v", d, err, a.Asked)
	}
	a.JSON = map[string]func(map[string]any) any{"DescribeExecution": func(map[string]any) any {
		return cloudtest.Refuse(400, "AccessDeniedException", "no")
	}}
	if _, err := answering(a).StateMachines().DescribeExecution(t.Context(), executionOne); execution.CodeOf(err) != execution.NotAllowed || !strings.Contains(err.Error(), "needs states:DescribeExecution") {
		t.Errorf("denied: %v", err)
	}
}
