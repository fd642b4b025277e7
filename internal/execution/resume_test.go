package execution

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
)

func TestContinue(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	s.drain()
	first := input("Build")
	must(t, reduceContinue(s, first, StateMachine{ARN: "arn:p-2:1"}))
	expect(t, s, "start "+testExecution+".2")
	if s.execution.StateMachine != "arn:p-2:1" {
		t.Errorf("the machine is %q", s.execution.StateMachine)
	}
	s.execution.StateMachine = ""
	must(t, reduceContinue(s, first, StateMachine{})) // called again
	expect(t, s)
	if s.execution.HasBegun() {
		t.Error("the second machine has begun before it entered a stage")
	}
	want := MachineStart{
		Name: testExecution + ".2", PipelineName: "p", DefinitionDigest: "d",
		Input: events.ExecutionInput{PipelineExecutionID: testExecution, Resume: &events.Resume{Stage: "Build"}},
	}
	if diff := cmp.Diff(want, s.execution.MachineStart()); diff != "" {
		t.Errorf("start (-want +got):\n%s", diff)
	}

	// From now on only the second machine may act.
	refusedAs(t, reduceEnter(s, input("Build")), events.ErrorNotCurrent)
	second := input("Build")
	second.MachineExecution = testExecution + ".2"
	must(t, reduceEnter(s, second))
	expect(t, s, "Stage Source SUCCEEDED", "Stage Build STARTED", `answer task-token {"status":"granted"}`)
	if !s.execution.HasBegun() {
		t.Error("the second machine has entered a stage and has not begun")
	}
	// The end of the first machine is not the end of the execution; that of the second one is.
	reduceEnded(s, testExecution, "StageFailed")
	expect(t, s)
	reduceEnded(s, testExecution+".2", "States.Runtime: died")
	expect(t, s, "Stage Build FAILED", "Pipeline FAILED")
}

func TestContinueIsRefused(t *testing.T) {
	s := begun()
	s.drain()
	if err := reduceContinue(s, input("Nowhere"), StateMachine{}); CodeOf(err) != Invalid {
		t.Errorf("an unknown stage: %v", err)
	}
	_, err := reduceStop(s, StopTrigger{})
	must(t, err)
	s.drain()
	refusedAs(t, reduceContinue(s, input("Build"), StateMachine{}), events.ErrorStopped)
	expect(t, s)
}

func TestResumptionsAreNumbered(t *testing.T) {
	for name, want := range map[string]string{"a-b": "a-b.2", "a-b.2": "a-b.3", "a-b.9": "a-b.10"} {
		if got := resumption(name); got != want {
			t.Errorf("after %s comes %s, want %s", name, got, want)
		}
	}
}

// A stage that a condition led past is Skipped, and the next one is entered as usual.
func TestSkipStage(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	s.drain()
	must(t, reduceSkip(s, input("Source")))
	must(t, reduceSkip(s, input("Source")))
	expect(t, s, "Stage Source SUCCEEDED")
	must(t, reduceEnter(s, input("Build")))
	expect(t, s, "Stage Build STARTED", `answer task-token {"status":"granted"}`)
	if got := s.stages["Source"].Status; got != StageSkipped {
		t.Errorf("stage Source is %s", got)
	}
}

func TestFailedRuleIsNamed(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	in := input("Source")
	in.Failures = []events.ActionFailure{{Condition: "onSuccess", Rule: "Alarm", Error: events.ErrorRuleFailed, Cause: "errors is in ALARM"}}
	must(t, reduceFail(s, in, nil))
	if want := "rule Alarm of onSuccess: RuleFailed: errors is in ALARM"; s.execution.StatusSummary != want {
		t.Errorf("summary %q, want %q", s.execution.StatusSummary, want)
	}
}

func TestSkipAction(t *testing.T) {
	s := begun()
	must(t, reduceEnter(s, input("Source")))
	s.drain()
	skipped := action("Source", "Checkout")
	skipped.Summary = "#{V.A} is \"x\", not \"y\""
	must(t, reduceSkipAction(s, input("Source"), skipped))
	must(t, reduceSkipAction(s, input("Source"), skipped))
	expect(t, s, "Action Source Checkout SUCCEEDED")
	got := s.actions[skipped.ActionExecutionID]
	if !got.Skipped || got.Status != ActionSucceeded || got.Summary != skipped.Summary || got.PipelineVersion != 3 {
		t.Errorf("record %+v", got)
	}
	stray := input("Source")
	stray.MachineExecution = "other"
	refusedAs(t, reduceSkipAction(s, stray, action("Source", "Other")), events.ErrorNotCurrent)
}

// A machine carries a long value as a reference, and a short one as it is.
func TestLongVariablesAreCarriedByReference(t *testing.T) {
	a := action("Source", "Checkout")
	long := strings.Repeat("x", events.MaxInlineVariable+1)
	a.OutputVariables = map[string]string{"Long": long, "Lines": "a\nb", "Mark": "\ue000", "Short": long[1:], "Unread": "u"}
	a.WantedVariables = []string{"Long", "Lines", "Mark", "Short", "Missing"}
	got := a.TaskOutput().OutputVariables
	ref := func(name string) string {
		return events.VariableReference{ActionExecutionID: a.ActionExecutionID, Name: name}.String()
	}
	want := map[string]string{"Long": ref("Long"), "Lines": ref("Lines"), "Mark": ref("Mark"), "Short": long[1:]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back, err := events.ResolveVariables("<"+got["Long"]+got["Lines"]+">"+got["Short"][:1], func(v events.VariableReference) (string, error) {
		return a.OutputVariables[v.Name], nil
	})
	if err != nil || back != "<"+long+"a\nb>x" {
		t.Errorf("resolved to %q, %v", back, err)
	}
}

// What is stored compressed is the same when it is read.
func TestCompressed(t *testing.T) {
	d := Definition{Source: Compressed(strings.Repeat("pipeline ", 1000)), Machines: []StateMachine{
		{Stages: []string{"A", "B"}, Definition: Compressed("one")}, {Stages: []string{"C"}, Definition: Compressed("two")},
	}}
	encoded, err := json.Marshal(d)
	must(t, err)
	var back Definition
	must(t, json.Unmarshal(encoded, &back))
	if diff := cmp.Diff(d, back); diff != "" || len(encoded) > 1000 {
		t.Errorf("%d bytes, (-want +got):\n%s", len(encoded), diff)
	}
	for stage, want := range map[string]string{"": "one", "B": "one", "C": "two"} {
		if m, ok := back.Machine(stage); !ok || string(m.Definition) != want {
			t.Errorf("the machine of stage %q is %q", stage, m.Definition)
		}
	}
	if m, ok := back.Machine("D"); ok {
		t.Errorf("stage D has machine %q", m.Definition)
	}
	var before Compressed
	if err := json.Unmarshal([]byte(`"bmFtZQ=="`), &before); err != nil || string(before) != "name" {
		t.Errorf("uncompressed text is read as %q, %v", before, err)
	}
	for _, bad := range []string{`1`, `"H4sIAAAAAAAA"`} {
		if err := json.Unmarshal([]byte(bad), new(Compressed)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// What would not fit into the input of a machine is refused before anything starts.
func TestVariablesHaveALimit(t *testing.T) {
	p := &pipeline.Pipeline{}
	values := map[string]string{}
	for i := range 50 {
		name := fmt.Sprintf("V%d", i)
		p.Variables = append(p.Variables, pipeline.Variable{Name: pipeline.Text{Value: name}})
		values[name] = strings.Repeat("\u0001", 1000)
	}
	_, err := resolveVariables(p, values)
	if CodeOf(err) != Invalid || !strings.Contains(err.Error(), "the variables take 300") {
		t.Errorf("error %v", err)
	}
	for name := range values {
		values[name] = strings.Repeat("é", 1000)
	}
	if got, err := resolveVariables(p, values); err != nil || len(got) != 50 {
		t.Errorf("%d variables, %v", len(got), err)
	}
}
