package statemachines_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

func measure(t *testing.T, p *pipeline.Pipeline) statemachines.Figures {
	t.Helper()
	f, err := statemachines.Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func use(t *testing.T, f statemachines.Figures, name string) statemachines.Use {
	t.Helper()
	for _, u := range f.Uses {
		if u.Name == name {
			return u
		}
	}
	t.Fatalf("no figure is called %q", name)
	return statemachines.Use{}
}

// The length of a definition is that of the compact text with the longest ARNs that Lambda has. What a placeholder of
// a template stands for is not known: it counts like one.
func TestDefinitionLength(t *testing.T) {
	longest := map[string]string{}
	for _, name := range events.Functions() {
		longest[name] = strings.Repeat("x", 140)
	}
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		compact, err := compile(t, p).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, open := range regexp.MustCompile(`\$\{([^}]+)\}`).FindAllSubmatch(compact, -1) {
			if name := string(open[1]); longest[name] == "" {
				longest[name] = strings.Repeat("x", 140)
			}
		}
		deployed, err := asl.Substitute(compact, longest)
		if err != nil {
			t.Fatal(err)
		}
		if got := use(t, measure(t, p), "definition").Most; got != len(deployed) {
			t.Errorf("%s: %d bytes, but deployed it has %d", file, got, len(deployed))
		}
	}
}

func TestTransitionsAreTheBudget(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		if got, want := measure(t, p).Transitions, statemachines.Budget(p, 1); got != want {
			t.Errorf("%s: %d transitions, the budget is %d", file, got, want)
		}
	}
}

// The longest history by hand: a Task with a token, tried nine times, writes 2 + 9*4 events, without one 2 + 9*3; Start,
// Route, Resumed and Ended 2 each; the execution itself 2. It is that of an execution that is resumed at the first stage. It is longest when an expression of the last action fails, which is an event,
// and Fail: Use hears after eight retries that the execution was stopped.
func TestLongestHistory(t *testing.T) {
	const token, call = 2 + 9*4, 2 + 9*3
	p := twoStages("source", "text") // Enter, S3 source; Enter, approval
	want := 2 + 2 + 2 + call + 2 + (token + call) + (token + token) + 1 + call + 2
	if got := use(t, measure(t, p), "history events").Most; got != want {
		t.Errorf("%d history events, want %d", got, want)
	}
}

// oneStage moves all actions behind the source into one stage.
func oneStage(p *pipeline.Pipeline) []pipeline.Stage {
	one := pipeline.Stage{Name: pipeline.Text{Value: "All"}}
	for i := range p.Stages[1:] {
		for _, a := range p.Stages[1+i].Actions {
			a.RunOrder.Value += 10 * i
			one.Actions = append(one.Actions, a)
		}
	}
	return []pipeline.Stage{p.Stages[0], one}
}

func TestCompileRefusesWhatBreaksALimit(t *testing.T) {
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	large := twoStages("source", "text")
	for _, key := range []string{"A", "B", "C", "D", "E", "F"} {
		configuration := &large.Stages[1].Actions[0].Configuration
		*configuration = append(*configuration, pipeline.Property{Key: text(key), Value: text(strings.Repeat("x", 50_000))})
	}
	long, references := wide(900), wide(400)
	long.Stages, references.Stages = oneStage(long), oneStage(references)
	for i := range references.Stages[1].Actions {
		a := &references.Stages[1].Actions[i]
		name := a.Name.Value + strings.Repeat("y", 80)
		a.Configuration = nil
		a.OutputArtifacts = []pipeline.OutputArtifact{{Name: text(name + "1")}, {Name: text(name + "2")}}
		a.InputArtifacts = []pipeline.Text{text(name + "1")}
	}
	for _, test := range []struct {
		name     string
		pipeline *pipeline.Pipeline
		want     string
	}{
		{"long histories and definitions", long, `Step Functions allows 25,000 history events, and this pipeline may need 39,655; most are due to stage "All", there to action "Action0": divide the stage in two
Step Functions allows 1,048,576 bytes of definition, and this pipeline may need 2,215,446; most are due to stage "All", there to action "Action898": divide the stage in two
Step Functions allows 262,144 bytes of one Assign, and this pipeline may need 460,301; most are due to stage "All": divide the stage in two`},
		{"large payloads", large, `Step Functions allows 262,144 bytes of one payload, and this pipeline may need 301,880; most are due to stage "Use", there to action "Read": shorten its configuration`},
		{"many artifacts", references, `Step Functions allows 262,144 bytes of references to artifacts, and this pipeline may need 395,547; most are due to stage "All": divide the stage in two
Step Functions allows 262,144 bytes of one Assign, and this pipeline may need 395,547; most are due to stage "All": divide the stage in two`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := statemachines.Compile(test.pipeline)
			var limit *statemachines.LimitError
			if !errors.As(err, &limit) {
				t.Fatalf("compiled: %v", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
