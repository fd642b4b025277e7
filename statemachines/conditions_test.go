package statemachines_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// after is what an execution visits from a state on.
func after(r run, state string) string {
	i := slices.Index(r.visited, state)
	if i < 0 {
		return "never visited " + state
	}
	return strings.Join(r.visited[i+1:], ", ")
}

// failing fails rules and actions by the names of their states: with the error after "=", or as a rule that does not hold.
func failing(states ...string) *handlers {
	h := &handlers{errors: map[string][]string{}, late: true}
	for _, s := range states {
		name, failure, found := strings.Cut(s, "=")
		if !found {
			failure = events.ErrorRuleFailed
		}
		h.errors[name] = append(h.errors[name], failure)
	}
	return h
}

// What the conditions of stages do to the way of an execution: which states it visits after a certain one.
func TestConditionsLeadTheWay(t *testing.T) {
	const (
		deployed = "Deploy runOrder 1, Deploy/Api, Deploy/Site, Deploy runOrder 1 joined"
		probed   = ", Deploy onSuccess, Deploy onSuccess/Alarm, Deploy onSuccess/Probe, Deploy onSuccess joined"
		reported = ", Enter: Report, Report beforeEntry/Awake, Report/Tell, Report onSuccess/Heard, Finish, Succeeded"
		asked    = "Report onFailure, Report onFailure/First, Report onFailure/Second, Report onFailure joined"
	)
	for _, c := range []struct {
		what  string
		fails []string
		from  string
		want  string
	}{
		{"all hold", nil, "Deploy beforeEntry/Window", deployed + probed + reported},
		{"a rule before entry does not hold", []string{"Test beforeEntry/Wanted"}, "Test beforeEntry joined", "Skip: Test, Enter: Deploy, Deploy beforeEntry/Window, " + deployed + probed + reported},
		{"both rules before entry do not hold", []string{"Test beforeEntry/Wanted", "Test beforeEntry/Changed"}, "Test beforeEntry joined", "Skip: Test, Enter: Deploy, Deploy beforeEntry/Window, " + deployed + probed + reported},
		{"a lone rule before entry does not hold", []string{"Report beforeEntry/Awake"}, "Enter: Report", "Report beforeEntry/Awake, Skip: Report, Finish, Succeeded"},
		{"a rule that would skip cannot be evaluated", []string{"Test beforeEntry/Wanted=PermissionError"}, "Test beforeEntry joined", "Fail: Test, Failed"},
		{"a lone rule that would skip cannot be evaluated", []string{"Report beforeEntry/Awake=PermissionError"}, "Enter: Report", "Report beforeEntry/Awake, Fail: Report, Failed"},
		{"a rule before entry fails the stage", []string{"Deploy beforeEntry/Window"}, "Enter: Deploy", "Deploy beforeEntry/Window, Fail: Deploy, Failed"},
		{"a rule after success rolls back", []string{"Deploy onSuccess/Alarm"}, "Deploy onSuccess joined", "Fail: Deploy, Failed"},
		{"an action fails, the rule of onFailure holds", []string{"Deploy/Api=JobFailed"}, "Deploy runOrder 1 joined", "Deploy onFailure/Broken, Fail: Deploy, Failed"},
		{"an action fails, the rule of onFailure does not hold", []string{"Deploy/Api=JobFailed", "Deploy onFailure/Broken"}, "Deploy runOrder 1 joined", "Deploy onFailure/Broken, Fail: Deploy, Failed"},
		{"a lone action fails", []string{"Report/Tell=JobFailed"}, "Report/Tell", asked + ", Fail: Report, Failed"},
		{"a rule after success fails the stage", []string{"Report onSuccess/Heard"}, "Report onSuccess/Heard", asked + ", Fail: Report, Failed"},
		{"rules of onFailure do not hold", []string{"Report/Tell=JobFailed", "Report onFailure/First", "Report onFailure/Second=Unheard"}, "Report/Tell", "Report onFailure, Report onFailure/First, Report onFailure/First failed, Report onFailure/Second, Report onFailure/Second failed, Report onFailure joined, Fail: Report, Failed"},
		{"stopped while a rule is evaluated", []string{"Deploy onSuccess/Probe=Stopped"}, "Deploy onSuccess joined", "Ended"},
		{"stopped while a lone rule is evaluated", []string{"Deploy beforeEntry/Window=Stopped"}, "Deploy beforeEntry/Window", "Ended"},
		{"stopped while rules of a failure are evaluated", []string{"Report/Tell=JobFailed", "Report onFailure/First=Stopped"}, "Report onFailure joined", "Ended"},
		{"a stage cannot be entered", []string{"Enter: Report=Internal"}, "Enter: Report", "Fail: Report, Failed"},
		{"a stage cannot be skipped", []string{"Test beforeEntry/Wanted", "Skip: Test=Internal"}, "Skip: Test", "Fail: Test, Failed"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, p := golden(t, "testdata/conditions.txtar")
			if diff := cmp.Diff(c.want, after(execute(t, p, failing(c.fails...)), c.from)); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", c.from, diff)
			}
		})
	}
}

// The handler that fails a stage hears of the actions and of the rules that failed, in that order.
func TestFailureNamesActionsAndRules(t *testing.T) {
	_, p := golden(t, "testdata/conditions.txtar")
	for _, c := range []struct {
		fails []string
		want  []events.ActionFailure
	}{
		{
			[]string{"Report/Tell=JobFailed", "Report onFailure/Second"},
			[]events.ActionFailure{
				{Action: "Tell", Error: "JobFailed", Cause: "because"},
				{Condition: "onFailure", Rule: "Second", Error: "RuleFailed", Cause: "because"},
			},
		},
		{
			[]string{"Deploy/Api=JobFailed", "Deploy/Site=Timeout", "Deploy onFailure/Broken=" + wordless},
			[]events.ActionFailure{
				{Action: "Site", Error: "Timeout", Cause: "because"}, {Action: "Api", Error: "JobFailed", Cause: "because"}, {Condition: "onFailure", Rule: "Broken"},
			},
		},
		{[]string{"Deploy beforeEntry/Window"}, []events.ActionFailure{{Condition: "beforeEntry", Rule: "Window", Error: "RuleFailed", Cause: "because"}}},
		{[]string{"Deploy onSuccess/Probe"}, []events.ActionFailure{{Condition: "onSuccess", Rule: "Probe", Error: "RuleFailed", Cause: "because"}}},
		{[]string{"Deploy/Api=JobFailed"}, []events.ActionFailure{{Action: "Api", Error: "JobFailed", Cause: "because"}}},
	} {
		r := execute(t, p, failing(c.fails...))
		if diff := cmp.Diff(c.want, r.received[len(r.received)-1].Failures); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.fails, diff)
		}
	}
}

func TestRulesGetWhatTheyRead(t *testing.T) {
	_, p := golden(t, "testdata/conditions.txtar")
	r := execute(t, p, &handlers{})
	got := map[string]events.TaskRule{}
	for _, in := range r.received {
		if in.Rule != nil {
			got[in.Rule.Name] = *in.Rule
		}
	}
	app := []events.ArtifactReference{{Name: "app", ActionExecutionID: "Source/Checkout", SHA256: "sha256 of app"}}
	for name, want := range map[string]events.TaskRule{
		"Changed": {
			Condition: "beforeEntry", Name: "Changed", InputArtifacts: []events.ArtifactReference{},
			Configuration: map[string]string{"Variable": "Source/Checkout.VersionId", "Operator": "NE", "Value": "null"},
		},
		"Probe": {
			Condition: "onSuccess", Name: "Probe", InputArtifacts: app, Configuration: map[string]string{},
			Commands: []string{"curl -f https://example.com/Source/Checkout.VersionId", "echo ok"},
		},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// An action that is not to run is passed, alone and in a group; what it would read is not missed, and what it would
// have made is missing.
func TestWhen(t *testing.T) {
	_, p := golden(t, "testdata/when.txtar")
	const group = "Build runOrder 1, Build/Compile, Build/Compile when, Build/Lint, Build runOrder 1 joined"
	for _, c := range []struct {
		what  string
		fails []string
		want  string
	}{
		{"all run", nil, group + ", Build/Publish when, Build/Publish, Finish, Succeeded"},
		{"a lone one does not", []string{"Build/Publish when"}, group + ", Build/Publish when, Finish, Succeeded"},
		{
			"one in a group does not, nor its reader",
			[]string{"Build/Compile when", "Build/Publish when"},
			"Build runOrder 1, Build/Compile skipped, Build/Compile when, Build/Lint, Build runOrder 1 joined, Build/Publish when, Finish, Succeeded",
		},
		{
			"a reader misses what was not made",
			[]string{"Build/Compile when"},
			"Build runOrder 1, Build/Compile skipped, Build/Compile when, Build/Lint, Build runOrder 1 joined, Build/Publish when, Build/Publish, Fail: Build, Failed",
		},
		{"a condition cannot be evaluated", []string{"Build/Publish when=ConfigurationError"}, group + ", Build/Publish when, Fail: Build, Failed"},
		{
			"one in a group cannot be evaluated",
			[]string{"Build/Compile when=ConfigurationError"},
			"Build runOrder 1, Build/Compile failed, Build/Compile when, Build/Lint, Build runOrder 1 joined, Fail: Build, Failed",
		},
		{"stopped at a condition", []string{"Build/Publish when=Stopped"}, group + ", Build/Publish when, Ended"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if diff := cmp.Diff(c.want, after(execute(t, p, failing(c.fails...)), "Enter: Build")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Variables are resolved wherever they may stand. Where none stands, the machine does not carry what the definition says.
func TestOpenTextsAreResolved(t *testing.T) {
	_, p := golden(t, "testdata/when.txtar")
	r := execute(t, p, &handlers{})
	got := map[string]events.TaskAction{}
	var checks []events.VariableCheck
	for _, in := range r.received {
		if in.Action != nil {
			got[in.Action.Name] = *in.Action
		}
		if in.When != nil && in.When.Action == "Publish" {
			checks = in.When.Checks
		}
	}
	want := events.TaskAction{
		Name: "Compile", Configuration: map[string]string{}, OutputVariables: []string{"VERSION"},
		InputArtifacts:       []events.ArtifactReference{{Name: "app", ActionExecutionID: "Source/Checkout", SHA256: "sha256 of app"}},
		Commands:             []string{"make", "echo Source/Checkout.CommitId ${HOME}"},
		EnvironmentVariables: []events.NamedValue{{Name: "COMMIT", Value: "Source/Checkout.CommitId"}},
	}
	if diff := cmp.Diff(want, got["Compile"]); diff != "" {
		t.Errorf("Compile (-want +got):\n%s", diff)
	}
	if got["Lint"].Commands != nil || got["Lint"].EnvironmentVariables != nil {
		t.Errorf("Lint got %+v", got["Lint"])
	}
	wantChecks := []events.VariableCheck{
		{Variable: "Source/Checkout.BranchName", Operator: "MATCHES", Value: ".*BranchName|release/.*"},
		{Variable: "staging", Operator: "NE"},
	}
	if diff := cmp.Diff(wantChecks, checks); diff != "" {
		t.Errorf("checks of Publish (-want +got):\n%s", diff)
	}
}

// A machine may begin at each of its stages: it reads what came before from the records and goes on as if it had begun
// with the first.
func TestResumeAtEachStage(t *testing.T) {
	for _, file := range []string{"testdata/lone.txtar", "testdata/group.txtar", "testdata/conditions.txtar", "testdata/when.txtar"} {
		_, p := golden(t, file)
		m := substituted(t, compile(t, p))
		s := newStand(t)
		h := &handlers{late: true}
		s.begin(p, h)
		whole := s.run(t, "whole", m, "")
		for i := range p.Stages {
			stage := p.Stages[i].Name.Value
			h.received = nil
			resumed := s.run(t, "resumed-at-"+stage, m, stage)
			want := "Route, Resume, Resumed, Enter: " + stage + ", " + after(whole, "Enter: "+stage)
			if diff := cmp.Diff(want, after(resumed, "Start")); diff != "" || resumed.result.Status != engine.StatusSucceeded {
				t.Errorf("%s resumed at %s: %+v, after Start (-want +got):\n%s", file, stage, resumed.result, diff)
			}
			for _, in := range resumed.received {
				if in.Action == nil {
					continue
				}
				j := slices.IndexFunc(whole.received, func(was events.TaskInput) bool {
					return was.Action != nil && was.Stage == in.Stage && was.Action.Name == in.Action.Name
				})
				if diff := cmp.Diff(whole.received[j].Action, in.Action); diff != "" {
					t.Errorf("%s resumed at %s: input of %s/%s (-whole +resumed):\n%s", file, stage, in.Stage, in.Action.Name, diff)
				}
			}
		}
	}
}

// A stage that the machine does not have cannot be resumed: nothing runs.
func TestResumeAtAnUnknownStage(t *testing.T) {
	_, p := golden(t, "testdata/lone.txtar")
	s := newStand(t)
	h := &handlers{}
	s.begin(p, h)
	r := s.run(t, "run", substituted(t, compile(t, p)), "Nowhere")
	if r.result.Error != "States.NoChoiceMatched" || len(r.received) != 1 {
		t.Errorf("%+v after %q", r.result, r.visited)
	}
}

// A pipeline that is too long for one machine comes in parts, each within the limits, and they take an execution through
// all its stages.
func TestLongPipelineComesInParts(t *testing.T) {
	p := wide(1000)
	parts := compileParts(t, p)
	figures := measure(t, p)
	if len(parts) < 2 || figures.Machines != len(parts) {
		t.Fatalf("%d machines, the figures say %d", len(parts), figures.Machines)
	}
	if err := figures.Exceeded(); err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, part := range parts {
		stages = append(stages, part.Stages...)
	}
	for i := range p.Stages {
		if stages[i] != p.Stages[i].Name.Value {
			t.Fatalf("stage %d is %q, want %q", i, stages[i], p.Stages[i].Name.Value)
		}
	}
	runs := executeParts(t, p, parts, &handlers{late: true})
	var transitions, history int
	for _, r := range runs {
		transitions += len(r.visited)
		history += r.events
	}
	if last := runs[len(runs)-1]; len(runs) != len(parts) || last.result.Status != engine.StatusSucceeded {
		t.Fatalf("%d machines ran, the last ended %+v", len(runs), last.result)
	}
	if budget := statemachines.Budget(p, len(parts)); transitions != budget || figures.Transitions != budget || history != figures.Events {
		t.Errorf("%d transitions, the figures say %d, the budget is %d; %d history events, the figures say %d",
			transitions, figures.Transitions, budget, history, figures.Events)
	}
	got := configurations(runs[len(runs)-1])["Stage99/Action998"]
	if want := `[{"name":"A","value":"Source/Checkout.VersionId Stage98/Action988.V"}]`; got["EnvironmentVariables"] != want {
		t.Errorf("the last action got %v, want %s", got, want)
	}
}

// Each machine of a pipeline in parts carries only what its own stages read.
func TestPartsCarryOnlyWhatTheyRead(t *testing.T) {
	p := wide(60)
	parts, err := statemachines.CompileInto(p, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) < 3 {
		t.Fatalf("%d machines", len(parts))
	}
	for i, part := range parts[1:] {
		state, _ := part.Machine.States.Lookup("Resume")
		task, _ := state.(*asl.Task)
		payload, err := asl.MarshalValue(payloadOf(t, task))
		if err != nil {
			t.Fatal(err)
		}
		// A stage reads what the source made, and what its predecessor made: nothing of the first stage but one.
		if text := string(payload); !strings.Contains(text, `"Src"`) || (i > 0 && strings.Contains(text, `"ns-1"`)) {
			t.Errorf("machine %d, of the stages %q, reads %s", i+2, part.Stages, text)
		}
	}
}
