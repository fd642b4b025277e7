package machines_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions/stepfunctionstest"
	"github.com/penstock-ci/penstock/internal/local/machines"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// journal is a memory that outlives Machines.
type journal struct{ engine.Store }

func (journal) Flush() error { return nil }

// seeds are all the same.
type seeds struct{}

func (seeds) Seed() [32]byte { return [32]byte{} }

// call answers invocations; it is told the function's name.
type call func(ctx context.Context, name string, log io.Writer) ([]byte, error)

func (c call) Invoke(ctx context.Context, name string, _ []byte, log io.Writer) ([]byte, error) {
	return c(ctx, name, log)
}

const calls = `{"QueryLanguage":"JSONata","StartAt":"A","States":{
	"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"first"},"Output":"{% $states.result.Payload %}","Next":"B"},
	"B":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:111122223333:function:second","End":true}}}`

func open(t *testing.T, store engine.Store, functions call) (*machines.Machines, <-chan string) {
	t.Helper()
	texts := map[string]string{
		"echo": stepfunctionstest.Echo, "fails": stepfunctionstest.Fails, "waits": stepfunctionstest.Waits, "calls": calls,
		"other": `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sns:publish","End":true}}}`,
	}
	ended := make(chan string, 8)
	m := machines.New(machines.Options{
		Find: func(arn string) (string, *asl.StateMachine, error) {
			name := arn[strings.LastIndexByte(arn, ':')+1:]
			text, ok := texts[name]
			if !ok {
				return name, nil, fmt.Errorf("no state machine %s", name)
			}
			machine, err := asl.Decode([]byte(text))
			return name, machine, err
		},
		Functions: functions, Journal: journal{store}, Clock: engine.NewVirtualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), Seeds: seeds{},
		Ended:  func(_ context.Context, arn string) error { ended <- arn; return nil },
		Region: "us-east-1", Account: "000000000000",
	})
	t.Cleanup(m.Close)
	return m, ended
}

func TestContract(t *testing.T) {
	stepfunctionstest.Run(t, func(t *testing.T) stepfunctionstest.Harness {
		m, ended := open(t, engine.NewMemoryStore(), nil)
		return stepfunctionstest.Harness{StateMachines: m, Ended: ended}
	})
}

func start(t *testing.T, m *machines.Machines, machine string) (string, *stepfunctionstest.Log) {
	t.Helper()
	log := stepfunctionstest.NewLog()
	arn, err := m.StartExecution(t.Context(), stepfunctions.Execution{
		StateMachineARN: stepfunctionstest.ARN(machine), Name: "one", Input: []byte(`{"a":1}`), Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return arn, log
}

// An execution whose process ended goes on where it was: what has returned is not called again.
func TestTakenUp(t *testing.T) {
	store, called := engine.NewMemoryStore(), make(chan string, 8)
	m, _ := open(t, store, func(ctx context.Context, name string, _ io.Writer) ([]byte, error) {
		called <- name
		if name == "first" {
			return []byte(`{"b":2}`), nil
		}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	arn, log := start(t, m, "calls")
	for range 2 {
		<-called
	}
	m.Close()
	log.Wait()
	var names []string
	again, ended := open(t, store, func(_ context.Context, name string, log io.Writer) ([]byte, error) {
		names = append(names, name)
		fmt.Fprintln(log, "said by", name)
		return []byte(`"done"`), nil
	})
	if _, err := again.DescribeExecution(t.Context(), arn); err == nil {
		t.Error("an execution that nobody took up is known")
	}
	second, log := start(t, again, "calls")
	<-ended
	text := log.Wait()
	d, err := again.DescribeExecution(t.Context(), arn)
	if err != nil || second != arn || string(d.Output) != `"done"` {
		t.Errorf("it ended as %+v, %v", d, err)
	}
	if strings.Join(names, " ") != "arn:aws:lambda:us-east-1:111122223333:function:second" {
		t.Errorf("functions called again: %v", names)
	}
	if !strings.HasPrefix(text, "execution one is taken up where it was\nsaid by arn:") {
		t.Errorf("log:\n%s", text)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		machine string
		err     error
		want    string
	}{
		{"calls", &lambda.FunctionError{Type: "KeyError", Message: "'b'"}, `KeyError: {"errorMessage":"'b'","errorType":"KeyError"}`},
		{"calls", errors.New("no python3"), "States.TaskFailed: no python3"},
		{"other", nil, "States.Runtime: the resource arn:aws:states:::sns:publish does not run on this machine"},
	} {
		m, ended := open(t, engine.NewMemoryStore(), func(context.Context, string, io.Writer) ([]byte, error) { return nil, c.err })
		arn, _ := start(t, m, c.machine)
		<-ended
		if d, err := m.DescribeExecution(t.Context(), arn); err != nil || d.Status != "FAILED" || d.Error+": "+d.Cause != c.want {
			t.Errorf("%s: %+v, %v", c.machine, d, err)
		}
	}
}

func TestInput(t *testing.T) {
	m, _ := open(t, engine.NewMemoryStore(), nil)
	_, err := m.StartExecution(t.Context(), stepfunctions.Execution{
		StateMachineARN: stepfunctionstest.ARN("echo"), Name: "one", Input: []byte(`"` + strings.Repeat("x", 300<<10) + `"`), Log: stepfunctionstest.NewLog(),
	})
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != action.ConfigurationError {
		t.Errorf("an input of 300 KiB: %v", err)
	}
}

func TestIsOf(t *testing.T) {
	ids := []string{"aaa-bbb"}
	for name, want := range map[string]bool{"aaa-bbb": true, "pre-aaa-bbb": true, "xaaa-bbb": false, "aaa-bbb-2": false, "bbb": false} {
		if machines.IsOf(name, ids) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
