package mototest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

const machine = `{
  "QueryLanguage": "JSONata",
  "StartAt": "Both",
  "States": {
    "Both": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "Z", "States": {"Z": {"Type": "Pass", "End": true}}},
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}
      ],
      "Next": "Work"
    },
    "Work": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
      "Arguments": {"FunctionName": "Worker", "Payload": {"token": "{% $states.context.Task.Token %}"}},
      "TimeoutSeconds": 60,
      "End": true
    }
  }
}`

func TestMoto(t *testing.T) {
	moto := mototest.Start(t)
	t.Run("refuses broken machines", func(t *testing.T) { refusesBrokenMachines(t, moto) })
	t.Run("runs one execution after another", func(t *testing.T) { runsOneAfterAnother(t, moto) })
}

// What moto's parser must refuse: had it not read the machine at all, it would take each.
func refusesBrokenMachines(t *testing.T, moto *mototest.Moto) {
	if refused := validate(t, moto, machine); refused != "" {
		t.Errorf("refused: %s", refused)
	}
	for _, c := range []struct{ what, from, to string }{
		{"no JSON", `"Next": "Work"`, `"Next": "Work`},
		{"an unknown type of state", `"Type": "Task"`, `"Type": "Chore"`},
		{"an unknown field", `"StartAt": "Z"`, `"StartsAt": "Z"`},
		{"a number as the name of the next state", `"Next": "Work"`, `"Next": 1`},
	} {
		if refused := validate(t, moto, strings.Replace(machine, c.from, c.to, 1)); !strings.Contains(refused, "ASLParserException") {
			t.Errorf("%s: refused %q, want by the parser", c.what, refused)
		}
	}
}

func validate(t *testing.T, moto *mototest.Moto, definition string) string {
	t.Helper()
	refused, err := moto.Validate(t.Context(), []byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

// work answers task tokens, each twice, or fails the call.
type work struct {
	answer func(ctx context.Context, token string) error
	again  engine.Code // of the second answer
	err    error       // of the call
}

func (w *work) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	var payload struct{ Token string }
	if err := json.Unmarshal(i.Payload, &payload); err != nil {
		return nil, err
	}
	if w.err != nil {
		return nil, w.err
	}
	if err := w.answer(ctx, payload.Token); err != nil {
		return nil, err
	}
	w.again = engine.CodeOf(w.answer(ctx, payload.Token))
	return []byte("{}"), nil
}

func runsOneAfterAnother(t *testing.T, moto *mototest.Moto) {
	m, err := asl.Decode([]byte(machine))
	if err != nil {
		t.Fatal(err)
	}
	succeed := func(ctx context.Context, token string) error {
		return moto.SendTaskSuccess(ctx, token, []byte(`"done"`))
	}
	fail := func(ctx context.Context, token string) error {
		return moto.SendTaskFailure(ctx, token, "Broken", "because")
	}
	for _, c := range []struct {
		name string
		work *work
		want engine.Result
	}{
		{"succeeds", &work{answer: succeed}, engine.Result{Status: engine.StatusSucceeded, Output: []byte(`"done"`)}},
		{"fails", &work{answer: fail}, engine.Result{Status: engine.StatusFailed, Error: "Broken", Cause: "because"}},
		{
			"call fails", &work{err: &engine.TaskError{Name: "Broken", Cause: "because"}},
			engine.Result{Status: engine.StatusFailed, Error: "Broken", Cause: `{"errorMessage":"because","errorType":"Broken"}`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, history, err := moto.Run(t.Context(), engine.Execution{Name: strings.ReplaceAll(c.name, " ", "-"), Machine: m, Input: []byte("{}")}, c.work)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"Both", "A", "Z", "Work"}, mototest.Visited(history)); diff != "" {
				t.Errorf("visited (-want +got):\n%s", diff)
			}
			if c.work.err == nil && c.work.again != engine.TaskTimedOut {
				t.Errorf("a token answered twice = %q, want %s", c.work.again, engine.TaskTimedOut)
			}
		})
	}
	if err := succeed(t.Context(), "nobody's"); engine.CodeOf(err) != engine.InvalidToken {
		t.Errorf("an unknown token = %v, want %s", err, engine.InvalidToken)
	}
}
