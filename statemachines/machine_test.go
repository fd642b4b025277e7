package statemachines_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// errorNames are all names that a Task state may meet: Step Functions' and Lambda's own, and those of package events.
var errorNames = []string{
	"States.ALL",
	"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
	"Lambda.ClientExecutionTimeoutException", "Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError",
	events.ErrorStopped, events.ErrorSuperseded, events.ErrorCancelled, events.ErrorNotCurrent,
	events.ErrorThrottled, events.ErrorUnavailable, events.ErrorRuleFailed,
}

// eachTask calls f with every Task state, those in branches included.
func eachTask(states asl.States, f func(name string, task *asl.Task)) {
	for _, s := range states {
		switch state := s.State.(type) {
		case *asl.Task:
			f(s.Name, state)
		case *asl.Parallel:
			for i := range state.Branches {
				eachTask(state.Branches[i].States, f)
			}
		}
	}
}

func TestTasksNameOnlyKnownErrors(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		eachTask(compile(t, p).States, func(name string, task *asl.Task) {
			var named []string
			for i := range task.Retry {
				named = append(named, task.Retry[i].ErrorEquals...)
			}
			for i := range task.Catch {
				named = append(named, task.Catch[i].ErrorEquals...)
			}
			for _, e := range named {
				if !slices.Contains(errorNames, e) {
					t.Errorf("%s: state %q names the error %q, which nothing raises", file, name, e)
				}
			}
			if len(task.Retry) == 0 || len(task.Catch) == 0 {
				t.Errorf("%s: state %q has %d retriers and %d catchers", file, name, len(task.Retry), len(task.Catch))
			}
		})
	}
}

// A task token is in the payload exactly where the state waits for one, and only then an action may time out.
func TestTokensAndTimeoutsGoTogether(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		eachTask(compile(t, p).States, func(name string, task *asl.Task) {
			waits := strings.HasSuffix(task.Resource, ".waitForTaskToken")
			payload := payloadOf(t, task)
			_, hasToken := payload.Get("taskToken")
			_, isAction := payload.Get("action")
			_, isRule := payload.Get("rule")
			isAction = isAction || isRule
			if waits != hasToken || !task.TimeoutSeconds.IsZero() != (waits && isAction) {
				t.Errorf("%s: state %q: resource %s, token in payload %t, timeout %v", file, name, task.Resource, hasToken, task.TimeoutSeconds)
			}
		})
	}
}

func TestTimeoutIsTheActionsAndAQuarterOfAnHour(t *testing.T) {
	_, p := golden(t, "testdata/lone.txtar")
	got := map[string]int{}
	eachTask(compile(t, p).States, func(name string, task *asl.Task) {
		if task.TimeoutSeconds.Value != 0 {
			got[name] = task.TimeoutSeconds.Value
		}
	})
	want := map[string]int{"Source/Checkout": (60 + 15) * 60, "Build/Compile": (36*60 + 15) * 60, "Release/Approve": (60 + 15) * 60}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeouts (-want +got):\n%s", diff)
	}
}

func TestEveryActionTypeHasAState(t *testing.T) {
	for _, row := range catalogue.ActionTypes() {
		p := twoStages("source", "text")
		p.Stages[1].Actions[0].ActionTypeID = pipeline.ActionTypeID{
			Category: pipeline.Text{Value: row.Category}, Owner: pipeline.Text{Value: row.Owner},
			Provider: pipeline.Text{Value: row.Provider}, Version: pipeline.Text{Value: row.Version},
		}
		eachTask(compile(t, p).States, func(name string, task *asl.Task) {
			waits := strings.HasSuffix(task.Resource, ".waitForTaskToken")
			if name == "Use/Read" && waits != row.CallsBack() {
				t.Errorf("%s: resource %s", row, task.Resource)
			}
		})
	}
}

func payloadOf(t testing.TB, task *asl.Task) asl.Object {
	t.Helper()
	arguments, _ := task.Arguments.(asl.Object)
	value, _ := arguments.Get("Payload")
	payload, ok := value.(asl.Object)
	if !ok {
		t.Fatalf("payload is %T", value)
	}
	return payload
}

// Names of stages and actions cannot collide with the machine's own, nor with each other once they are shortened,
// whatever they are.
func TestStateNamesAreUnique(t *testing.T) {
	long := strings.Repeat("x", 120)
	names := []string{
		"Start", "Finish", "Failed", "Ended", "Succeeded", "Enter: Start", "Start runOrder 1", "Start runOrder 1 joined",
		"Start/Start", "${Start}", "$Start}", long + "1", long + "2", strings.Repeat("💧", 100), strings.Repeat("x", 80),
	}
	p := &pipeline.Pipeline{}
	for _, stage := range names {
		s := pipeline.Stage{Name: pipeline.Text{Value: stage}}
		for i, action := range names {
			s.Actions = append(s.Actions, pipeline.Action{
				Name:         pipeline.Text{Value: action},
				RunOrder:     pipeline.Number{Set: true, Value: 1 + i/2},
				ActionTypeID: actionType("Approval", "Manual"),
			})
		}
		p.Stages = append(p.Stages, s)
	}
	m := compile(t, p) // validates: unique names of at most 80 characters
	for _, s := range substituted(t, m).States {
		if strings.Contains(s.Name, "${") {
			t.Errorf("state %q holds a substitution", s.Name)
		}
	}
}

func TestNamespacesGetVariablesOfTheirOwn(t *testing.T) {
	namespaces := []string{"a-b", "1", "a@b", "2", strings.Repeat("n", 77), strings.Repeat("n", 78), "states", "Ünicode"}
	p := &pipeline.Pipeline{Stages: []pipeline.Stage{
		{Name: pipeline.Text{Value: "Produce"}},
		{Name: pipeline.Text{Value: "Use"}},
	}}
	for _, namespace := range namespaces {
		producer := pipeline.Action{
			Name: pipeline.Text{Value: namespace}, Namespace: pipeline.Text{Value: namespace},
			ActionTypeID: actionType("Source", "S3"),
		}
		reader := pipeline.Action{
			Name: pipeline.Text{Value: namespace}, ActionTypeID: actionType("Approval", "Manual"),
			Configuration: []pipeline.Property{{
				Key: pipeline.Text{Value: "CustomData"}, Value: pipeline.Text{Value: "#{" + namespace + ".ETag}"},
			}},
		}
		p.Stages[0].Actions = append(p.Stages[0].Actions, producer)
		p.Stages[1].Actions = append(p.Stages[1].Actions, reader)
	}
	start, _ := compile(t, p).States.Lookup("Start")
	pass, _ := start.(*asl.Pass)
	var got []string
	for _, m := range pass.Assign {
		got = append(got, m.Name)
	}
	want := []string{
		"variables", "artifacts", "failures", "ended",
		"ns_3", "ns_1", "ns_4", "ns_2", "ns_" + strings.Repeat("n", 77), "ns_5", "ns_states",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func actionType(category, provider string) pipeline.ActionTypeID {
	return pipeline.ActionTypeID{
		Category: pipeline.Text{Value: category}, Owner: pipeline.Text{Value: "AWS"},
		Provider: pipeline.Text{Value: provider}, Version: pipeline.Text{Value: "1"},
	}
}

// twoStages is a source whose namespace is given, and an action whose only configuration value is the text.
func twoStages(namespace, text string) *pipeline.Pipeline {
	return &pipeline.Pipeline{
		Variables: []pipeline.Variable{{Name: pipeline.Text{Value: "Name"}, DefaultValue: pipeline.Text{Value: "value of Name"}}},
		Stages: []pipeline.Stage{
			{Name: pipeline.Text{Value: "Make"}, Actions: []pipeline.Action{{
				Name: pipeline.Text{Value: "Set"}, Namespace: pipeline.Text{Value: namespace},
				ActionTypeID: actionType("Source", "S3"),
			}}},
			{Name: pipeline.Text{Value: "Use"}, Actions: []pipeline.Action{{
				Name: pipeline.Text{Value: "Read"}, ActionTypeID: actionType("Approval", "Manual"),
				Configuration: []pipeline.Property{{Key: pipeline.Text{Value: "CustomData"}, Value: pipeline.Text{Value: text}}},
			}}},
		},
	}
}

// budgets of definitions, counted by hand.
func TestBudget(t *testing.T) {
	for file, want := range map[string]int{
		"testdata/lone.txtar":    4 + 3 + 4,
		"testdata/group.txtar":   4 + 2 + 2 + 3 + 2,
		"testdata/hostile.txtar": 4 + 3 + 3,
	} {
		_, p := golden(t, file)
		if got := statemachines.Budget(p, 1); got != want {
			t.Errorf("Budget of %s = %d, want %d", file, got, want)
		}
	}
}
