package statemachines_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// shards are what hostile texts are made of.
var shards = []string{
	"${", "}", "{%", "%}", "${FetchSourceFunction}", `"`, "'", `\`, `\"`, `\u0022`, "`", "\n", "\r", "\t", "\x00", "\x7f",
	"\u2028", "💧", "é", "$", "$$", "#", "#{", "#{.}", "(", ")", "&", "/*", "*/", "$error('x')", "$states.context", "?", ":", " ", "a", "0", "-", "@", "%",
}

func hostile(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(8) {
		b.WriteString(shards[r.IntN(len(shards))])
	}
	return b.String()
}

// namespace makes one that CodePipeline allows.
func namespace(r *rand.Rand) string {
	const allowed = "abzAZ019@-_"
	b := make([]byte, 1+r.IntN(100))
	for i := range b {
		b[i] = allowed[r.IntN(len(allowed))]
	}
	return string(b)
}

// Whatever a user writes arrives at the handler as it was written, with its references resolved: names of artifacts,
// keys and texts of the configuration, and the values of variables.
func TestHostileTextArrives(t *testing.T) {
	arrives := func(seed uint64) bool {
		r := rand.New(rand.NewPCG(seed, 0))
		ns, artifact, key, before, after := namespace(r), hostile(r), hostile(r), hostile(r), hostile(r)
		p := twoStages(ns, before+"#{"+ns+".VersionId}"+after)
		p.Stages[0].Actions[0].OutputArtifacts = []pipeline.OutputArtifact{{Name: pipeline.Text{Value: artifact}}}
		reader := &p.Stages[1].Actions[0]
		reader.Configuration[0].Key.Value = key
		reader.InputArtifacts = []pipeline.Text{{Value: artifact}}

		text := reader.Configuration[0].Value.Value
		want, resolvable := resolved(text, ns)
		got := execute(t, p, &handlers{})
		if !resolvable {
			return got.result.Error == "StageFailed"
		}
		if got.result.Status != engine.StatusSucceeded {
			t.Errorf("seed %d, text %q: %+v", seed, text, got.result)
			return false
		}
		wantAction := &events.TaskAction{
			Name: "Read", Configuration: map[string]string{key: want},
			InputArtifacts: []events.ArtifactReference{{Name: artifact, ActionExecutionID: "Make/Set", SHA256: "sha256 of " + artifact}},
		}
		for _, in := range got.received {
			if in.Action == nil || in.Action.Name != "Read" {
				continue
			}
			if diff := cmp.Diff(wantAction, in.Action); diff != "" {
				t.Errorf("seed %d (-want +got):\n%s", seed, diff)
				return false
			}
			return true
		}
		return false
	}
	if err := quick.Check(arrives, &quick.Config{MaxCount: 150}); err != nil {
		t.Error(err)
	}
}

// resolved puts the value of every reference into a text, written another way than the compiler's: by cutting. It
// tells whether all of them have one. Every variable of the namespace does, since the handler sets what it is asked for.
func resolved(text, namespace string) (string, bool) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "#{")
		reference, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			out.WriteString(text)
			return out.String(), true
		}
		value, ok := valueOf(reference, namespace)
		if !ok {
			return "", false
		}
		out.WriteString(before)
		out.WriteString(value)
		text = after
	}
}

var variableKey = regexp.MustCompile(`^[A-Za-z0-9@_-]+$`)

func valueOf(reference, namespace string) (string, bool) {
	switch reference {
	case "variables.Name":
		return "value of Name", true
	case "codepipeline.PipelineExecutionId":
		return "pe-1", true
	}
	key, ok := strings.CutPrefix(reference, namespace+".")
	return "Make/Set." + key, ok && variableKey.MatchString(key)
}

func FuzzInterpolate(f *testing.F) {
	for _, text := range []string{
		"", "plain", "#{Src.VersionId}", "x #{Src.VersionId} y", "#{variables.Name}#{codepipeline.PipelineExecutionId}",
		"#{Src.Other}", "#{Nobody.VersionId}", "#{", "#{}", "#{Src.}", "#{Src.a.b}", "${X} {% 1 %} #{Src.VersionId}",
		"\\ \" ' ` 💧 \x00", "{% $error('x') %}", "#{variables.Missing}", "#{codepipeline.Other}", "#{Src.function}#{Src.@}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 1000 {
			t.Skip("a definition is UTF-8, and its texts are short")
		}
		want, resolvable := resolved(text, "Src")
		got := execute(t, twoStages("Src", text), &handlers{})
		switch configuration, ran := configurations(got)["Use/Read"]; {
		case ran != resolvable:
			t.Errorf("%q: the action ran: %t, want %t; %+v", text, ran, resolvable, got.result)
		case ran && configuration["CustomData"] != want:
			t.Errorf("%q became %q, want %q", text, configuration["CustomData"], want)
		}
	})
}
