package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

const maxEvents = 25000

// A history has 25,000 events at most, whatever writes them, and the last one tells why.
func TestHistoryIsBounded(t *testing.T) {
	const task = `"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}`
	branches := make([]string, 50)
	for i := range branches {
		branches[i] = fmt.Sprintf(`{"StartAt": "%[1]d", "States": {"%[1]d": {"Type": "Pass", "End": true}}}`, i)
	}
	z := `"C": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Z"}], "Default": "A"}, "Z": {"Type": "Succeed"}`
	for name, states := range map[string]string{
		"Pass":     `"A": {"Type": "Pass", "Next": "C"}, ` + z,
		"Task":     `"A": {` + task + `, "Next": "C"}, ` + z,
		"Parallel": `"A": {"Type": "Parallel", "Branches": [` + strings.Join(branches, ",") + `], "Output": 0, "Next": "C"}, ` + z,
		"Map": `"A": {"Type": "Map", "Items": "{% [1..39] %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
			"Next": "C"}, ` + z,
		"Retry": `"A": {` + strings.Replace(task, `"f"`, `"bad"`, 1) + `,
			"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99999999, "MaxDelaySeconds": 2}], "Next": "Z"}, "Z": {"Type": "Succeed"}`,
	} {
		t.Run(name, func(t *testing.T) {
			clock := engine.NewVirtualClock(epoch)
			e := newEngine(engine.Options{Clock: clock, Tasks: taskFunc(failsIfBad)})
			defer e.Close()
			m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {`+states+`}}`)
			start(t, e, engine.Execution{Name: "x", Machine: m})
			runToEnd(t, e, clock, "x")
			result, history := wait(t, e, "x"), e.History("x")
			if len(history) != maxEvents || result.Status != engine.StatusFailed || result.Error != engine.ErrorRuntime {
				t.Errorf("%s %s after %d events", result.Status, result.Error, len(history))
			}
			for i, event := range history {
				if event.ID != int64(i+1) || (event.Type == "ExecutionFailed") != (i == maxEvents-1) {
					t.Fatalf("event %d is %s with id %d", i+1, event.Type, event.ID)
				}
			}
			if clock.Pending() != 0 {
				t.Errorf("%d timers are left", clock.Pending())
			}
		})
	}
}

func failsIfBad(_ context.Context, i engine.Invocation) ([]byte, error) {
	if i.FunctionName == "bad" {
		return nil, &engine.TaskError{Name: "Bad"}
	}
	return []byte(`{}`), nil
}

// An execution whose last event is the 25,000th succeeds; one more event, and it fails.
func TestHistoryMayBeFull(t *testing.T) {
	for name, c := range map[string]struct {
		items int
		want  engine.Status
	}{
		// 4 events an item, 4 of the Map, 2 of the Pass, and the first and the last.
		"full":  {6248, engine.StatusSucceeded},
		"above": {6249, engine.StatusFailed},
	} {
		e := newEngine(engine.Options{Clock: engine.NewVirtualClock(epoch)})
		m := machine(t, fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "M"},
			"M": {"Type": "Map", "Items": "{%% [1..%d] %%}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}`, c.items))
		start(t, e, engine.Execution{Name: "x", Machine: m})
		if result, n := wait(t, e, "x"), len(e.History("x")); result.Status != c.want || n > maxEvents || c.want == engine.StatusSucceeded && n != maxEvents {
			t.Errorf("%s: %s %s after %d events", name, result.Status, result.Cause, n)
		}
		e.Close()
	}
}

// The variables of one Assign are 256 KiB together at most, those of an execution 10 MiB. What a branch assigned is
// forgotten with it.
func TestVariablesAreBounded(t *testing.T) {
	const input = `"{% $states.context.Execution.Input %}"` // 200 KiB
	pass := func(name, assign, exit string) string {
		return fmt.Sprintf(`%q: {"Type": "Pass", "Assign": {%s}, "Output": 0, %s}`, name, assign, exit)
	}
	row := func(n int) string {
		states := []string{`"Z": {"Type": "Succeed"}`}
		for i := range n {
			next := fmt.Sprintf(`"Next": "V%d"`, i+1)
			if i == n-1 {
				next = `"Next": "Z"`
			}
			states = append(states, pass(fmt.Sprint("V", i), fmt.Sprintf(`"v%d": %s`, i, input), next))
		}
		return strings.Join(states, ",")
	}
	loop := `"A": {"Type": "Map", "Items": "{% [1..200] %}", "Output": 0, "Next": "V0", "ItemProcessor": {"StartAt": "B", "States": {` +
		pass("B", `"own": `+input, `"End": true`) + `}}}`
	again := pass("L", `"n": "{% $n + 1 %}", "v": `+input, `"Next": "C"`) +
		`, "C": {"Type": "Choice", "Choices": [{"Condition": "{% $n < 200 %}", "Next": "L"}], "Default": "Z"}, "Z": {"Type": "Succeed"}`
	e := newEngine(engine.Options{})
	defer e.Close()
	for name, c := range map[string]struct{ states, failed string }{
		"one":               {pass("A", `"v": `+input, `"End": true`), ""},
		"two":               {pass("A", `"v": `+input+`, "w": `+input, `"End": true`), engine.ErrorDataLimitExceeded},
		"51":                {pass("A", `"n": 0`, `"Next": "V0"`) + "," + row(51), ""},
		"52":                {pass("A", `"n": 0`, `"Next": "V0"`) + "," + row(52), engine.ErrorDataLimitExceeded},
		"200-times-one":     {pass("A", `"n": 0`, `"Next": "L"`) + "," + again, ""},
		"200-iterations-51": {loop + "," + row(51), ""},
		"200-iterations-52": {loop + "," + row(52), engine.ErrorDataLimitExceeded},
	} {
		m := machine(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {`+c.states+`}}`)
		start(t, e, engine.Execution{Name: name, Machine: m, Input: []byte(`"` + strings.Repeat("x", 200*1024) + `"`)})
		if result := wait(t, e, name); result.Error != c.failed {
			t.Errorf("%s: %s %s %s", name, result.Status, result.Error, result.Cause)
		}
	}
}
