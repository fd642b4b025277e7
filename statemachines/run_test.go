package statemachines_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// successPath is the path of an execution that succeeds, read off the definition.
func successPath(p *pipeline.Pipeline) []string {
	path := []string{"Start", "Route"}
	for i := range p.Stages {
		path = append(path, entryPath(&p.Stages[i], len(p.Stages[i].Groups()))...)
	}
	return append(path, "Finish", "Succeeded")
}

// entryPath is the path through the first groups of a stage.
func entryPath(s *pipeline.Stage, groups int) []string {
	stage := s.Name.Value
	path := []string{"Enter: " + stage}
	for _, group := range s.Groups()[:groups] {
		var names []string
		for _, a := range group {
			names = append(names, stage+"/"+a.Name.Value)
		}
		if len(group) > 1 {
			slices.Sort(names)
			order := fmt.Sprintf("%s runOrder %d", stage, group[0].RunOrderOrDefault())
			names = slices.Concat([]string{order}, names, []string{order + " joined"})
		}
		path = append(path, names...)
	}
	return path
}

// ready are the goldens whose names are not shortened.
var ready = []string{"testdata/lone.txtar", "testdata/group.txtar"}

func TestSuccessVisitsEveryStateOnce(t *testing.T) {
	for _, file := range ready {
		_, p := golden(t, file)
		r := execute(t, p, &handlers{})
		if r.result.Status != engine.StatusSucceeded || string(r.result.Output) != `{"status":"Succeeded"}` {
			t.Errorf("%s: %+v, output %s", file, r.result, r.result.Output)
		}
		if diff := cmp.Diff(successPath(p), r.visited); diff != "" {
			t.Errorf("%s: path (-want +got):\n%s", file, diff)
		}
		if budget := statemachines.Budget(p, 1); len(r.visited) != budget {
			t.Errorf("%s: %d transitions, Budget says %d", file, len(r.visited), budget)
		}
	}
}

func TestExampleRuns(t *testing.T) {
	source, err := os.ReadFile("../examples/go-service/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, string(source))
	r := execute(t, p, &handlers{})
	if diff := cmp.Diff(successPath(p), r.visited); diff != "" || r.result.Status != engine.StatusSucceeded {
		t.Errorf("%+v, path (-want +got):\n%s", r.result, diff)
	}
	if budget := statemachines.Budget(p, 1); len(r.visited) != budget {
		t.Errorf("%d transitions, Budget says %d", len(r.visited), budget)
	}
	want := "go-service/stable/Build/Compile.VERSION-Source/Checkout.CommitId"
	if got := configurations(r)["Production/Deploy"]["ObjectKey"]; got != want {
		t.Errorf("Production/Deploy got ObjectKey %q, want %q", got, want)
	}
}

func TestHostileMachineRuns(t *testing.T) {
	_, p := golden(t, "testdata/hostile.txtar")
	r := execute(t, p, &handlers{})
	if r.result.Status != engine.StatusSucceeded || len(r.visited) != statemachines.Budget(p, 1) {
		t.Fatalf("%+v after %q", r.result, r.visited)
	}
	long := p.Stages[1].Name.Value
	want := map[string]map[string]string{
		"Start/Finish": {"S3Bucket": "{% $error('no') %}", "S3ObjectKey": "${FetchSourceFunction}"},
		long + "/Failed": {
			"ProjectName": "a \"b\" \\ Start/Finish.VersionId `c` 💧 ${d} %}\n#{ not one",
		},
		p.Stages[2].Name.Value + "/Failed": {
			"CustomData": long + "/Failed.null and " + long + "/Failed.a@b",
		},
	}
	if diff := cmp.Diff(want, configurations(r)); diff != "" {
		t.Errorf("configurations (-want +got):\n%s", diff)
	}
}

// configurations are the resolved ones that handlers got, by stage/action.
func configurations(r run) map[string]map[string]string {
	got := map[string]map[string]string{}
	for _, in := range r.received {
		if in.Action != nil {
			got[in.Stage+"/"+in.Action.Name] = in.Action.Configuration
		}
	}
	return got
}

func TestHandlersGetWhatWasProduced(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	r := execute(t, p, &handlers{})
	i := slices.IndexFunc(r.received, func(in events.TaskInput) bool { return in.Action != nil && in.Action.Name == "Package" })
	if i < 0 {
		t.Fatal("Package did not run")
	}
	want := &events.TaskAction{
		Name: "Package",
		Configuration: map[string]string{
			"ProjectName": "package", "PrimarySource": "linux",
			"EnvironmentVariables": `[{"name":"V","value":"Build/Linux.VERSION-Build/Mac.VERSION"}]`,
		},
		InputArtifacts: []events.ArtifactReference{
			{Name: "linux", ActionExecutionID: "Build/Linux", SHA256: "sha256 of linux"},
			{Name: "7zip", ActionExecutionID: "Build/Mac", SHA256: "sha256 of 7zip"},
		},
	}
	if diff := cmp.Diff(want, r.received[i].Action); diff != "" {
		t.Errorf("input of Package (-want +got):\n%s", diff)
	}
}

// eachAction calls f with every action, the stage's index and the number of its group.
func eachAction(p *pipeline.Pipeline, f func(stage, group int, a *pipeline.Action)) {
	for i := range p.Stages {
		for g, actions := range p.Stages[i].Groups() {
			for _, a := range actions {
				f(i, g, a)
			}
		}
	}
}

func TestFailingActionFailsItsStage(t *testing.T) {
	for _, file := range ready {
		_, p := golden(t, file)
		eachAction(p, func(i, g int, a *pipeline.Action) {
			stage := p.Stages[i].Name.Value
			id := stage + "/" + a.Name.Value
			t.Run(id, func(t *testing.T) {
				r := execute(t, p, &handlers{errors: map[string][]string{id: {"JobFailed"}}})
				if r.result.Status != engine.StatusFailed || r.result.Error != "StageFailed" || r.result.Cause != "stage "+stage+" failed" {
					t.Errorf("%+v", r.result)
				}
				if diff := cmp.Diff(failurePath(p, i, g, a), r.visited); diff != "" {
					t.Errorf("path (-want +got):\n%s", diff)
				}
				last := r.received[len(r.received)-1]
				want := []events.ActionFailure{{Action: a.Name.Value, Error: "JobFailed", Cause: "because"}}
				if diff := cmp.Diff(want, last.Failures); diff != "" || last.Stage != stage {
					t.Errorf("FailStage got %+v:\n%s", last, diff)
				}
			})
		})
	}
}

// failurePath is the path when action a in group g of stage i fails: its siblings finish, nothing later begins.
func failurePath(p *pipeline.Pipeline, i, g int, a *pipeline.Action) []string {
	path := []string{"Start", "Route"}
	for j := range i {
		path = append(path, entryPath(&p.Stages[j], len(p.Stages[j].Groups()))...)
	}
	s := &p.Stages[i]
	path = append(path, entryPath(s, g+1)...)
	if size := len(s.Groups()[g]); size > 1 {
		joined := len(path) - 1
		path = slices.Insert(path, joined, s.Name.Value+"/"+a.Name.Value+" failed")
		slices.Sort(path[joined-size : joined+1])
	}
	return append(path, "Fail: "+s.Name.Value, "Failed")
}

func TestEndingErrorsEndQuietly(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	for _, name := range []string{events.ErrorStopped, events.ErrorSuperseded, events.ErrorCancelled, events.ErrorNotCurrent} {
		for _, id := range []string{"Enter: Build", "Source/Checkout", "Build/Mac", "Build/Package", "Finish"} {
			t.Run(name+" at "+id, func(t *testing.T) {
				r := execute(t, p, &handlers{errors: map[string][]string{id: {name}}})
				want := fmt.Sprintf(`{"status":%q,"cause":"because"}`, name)
				if r.result.Status != engine.StatusSucceeded || string(r.result.Output) != want {
					t.Errorf("%+v, output %s", r.result, r.result.Output)
				}
				if slices.Contains(r.visited, "Fail: Build") || slices.Contains(r.visited, "Fail: Source") {
					t.Errorf("visited %q", r.visited)
				}
			})
		}
	}
}

// A stop makes every action of a group fail; one that had failed before does not turn the stop into a failure.
func TestEndingErrorInAGroupGoesBeforeFailures(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	r := execute(t, p, &handlers{errors: map[string][]string{
		"Build/Linux": {"JobFailed"}, "Build/Mac": {events.ErrorStopped}, "Build/Lint": {events.ErrorStopped},
	}})
	if want := `{"status":"Stopped","cause":"because"}`; string(r.result.Output) != want {
		t.Errorf("output %s, want %s", r.result.Output, want)
	}
}

func TestWholeGroupFails(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	r := execute(t, p, &handlers{errors: map[string][]string{
		"Build/Linux": {"JobFailed"}, "Build/Mac": {"Timeout"}, "Build/Lint": {"ConfigurationError"},
	}})
	want := []events.ActionFailure{
		{Action: "Linux", Error: "JobFailed", Cause: "because"},
		{Action: "Mac", Error: "Timeout", Cause: "because"},
		{Action: "Lint", Error: "ConfigurationError", Cause: "because"},
	}
	if diff := cmp.Diff(want, r.received[len(r.received)-1].Failures); diff != "" || r.result.Error != "StageFailed" {
		t.Errorf("%+v, failures (-want +got):\n%s", r.result, diff)
	}
}

func TestFailedEntryFailsTheStage(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	r := execute(t, p, &handlers{errors: map[string][]string{"Enter: Build": {"Internal"}}})
	want := []events.ActionFailure{{Error: "Internal", Cause: "because"}}
	if diff := cmp.Diff(want, r.received[len(r.received)-1].Failures); diff != "" || r.result.Cause != "stage Build failed" {
		t.Errorf("%+v, failures (-want +got):\n%s", r.result, diff)
	}
}

// What no handler of ours answers must not leave the record open either: the group itself fails, or the action.
func TestMalformedAnswerFailsTheStage(t *testing.T) {
	for _, c := range []struct{ id, answer, action string }{
		{"Build/Linux", `{"outputArtifacts": "text", "outputVariables": {}}`, ""},
		{"Build/Linux", `{}`, "Linux"},
		{"Source/Checkout", `{"outputArtifacts": null}`, "Checkout"},
	} {
		_, p := golden(t, "testdata/group.txtar")
		r := execute(t, p, &handlers{answers: map[string]string{c.id: c.answer}})
		last := r.received[len(r.received)-1]
		if r.result.Error != "StageFailed" || len(last.Failures) != 1 || last.Failures[0].Action != c.action ||
			last.Failures[0].Error != "States.QueryEvaluationError" {
			t.Errorf("%s answered %s: %+v, FailStage got %+v", c.id, c.answer, r.result, last)
		}
	}
}

// A task token may be answered with neither error nor cause.
func TestFailureWithoutWordsIsAFailure(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	for _, id := range []string{"Build/Mac", "Build/Package"} {
		r := execute(t, p, &handlers{errors: map[string][]string{id: {wordless}}})
		want := []events.ActionFailure{{Action: strings.TrimPrefix(id, "Build/")}}
		if diff := cmp.Diff(want, r.received[len(r.received)-1].Failures); diff != "" || r.result.Error != "StageFailed" {
			t.Errorf("%+v, failures (-want +got):\n%s", r.result, diff)
		}
	}
}

func TestThrottledHandlersAreCalledAgain(t *testing.T) {
	_, p := golden(t, "testdata/group.txtar")
	again := []string{events.ErrorThrottled, events.ErrorUnavailable, "Lambda.TooManyRequestsException"}
	r := execute(t, p, &handlers{errors: map[string][]string{
		"Enter: Source": slices.Clone(again), "Source/Checkout": slices.Clone(again),
		"Build/Mac": slices.Clone(again), "Finish": slices.Clone(again),
	}})
	if diff := cmp.Diff(successPath(p), r.visited); diff != "" || r.result.Status != engine.StatusSucceeded {
		t.Errorf("%+v, path (-want +got):\n%s", r.result, diff)
	}
}

func TestFailStageThatFailsFailsTheMachine(t *testing.T) {
	_, p := golden(t, "testdata/lone.txtar")
	r := execute(t, p, &handlers{errors: map[string][]string{"Build/Compile": {"JobFailed"}, "Fail: Build": {"Internal"}}})
	if r.result.Status != engine.StatusFailed || r.result.Error != "Internal" {
		t.Errorf("%+v", r.result)
	}
}

// A variable that its action did not set fails the action that reads it, before any handler runs.
func TestMissingVariableFailsItsReader(t *testing.T) {
	for _, c := range []struct{ file, producer, reader, reference string }{
		{"testdata/lone.txtar", "Source/Checkout", "Compile", "#{Src.CommitId}"},
		{"testdata/group.txtar", "Build/Mac", "Package", "#{build@mac.VERSION}"},
	} {
		_, p := golden(t, c.file)
		r := execute(t, p, &handlers{silent: map[string]bool{c.producer: true}})
		last := r.received[len(r.received)-1]
		if len(last.Failures) != 1 || last.Failures[0].Action != c.reader ||
			last.Failures[0].Error != "States.QueryEvaluationError" ||
			!strings.Contains(last.Failures[0].Cause, c.reference+" has no value") {
			t.Errorf("%s: FailStage got %+v", c.file, last)
		}
		if slices.ContainsFunc(r.received, func(in events.TaskInput) bool { return in.Action != nil && in.Action.Name == c.reader }) {
			t.Errorf("%s: %s was invoked", c.file, c.reader)
		}
	}
}
