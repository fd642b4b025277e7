package execution_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
)

// past reads an execution from "id status minute stage:status ...".
func past(t *testing.T, line string) execution.Past {
	t.Helper()
	words := strings.Fields(line)
	ended, err := time.Parse("15:04", words[2])
	if err != nil {
		t.Fatal(err)
	}
	p := execution.Past{Execution: &execution.Execution{
		PipelineExecutionID: words[0], Status: execution.ExecutionStatus(words[1]), LastUpdateTime: ended,
	}}
	for _, word := range words[3:] {
		name, status, _ := strings.Cut(word, ":")
		p.Stages = append(p.Stages, &execution.Stage{Name: name, Status: execution.StageStatus(status)})
	}
	return p
}

func TestRetention(t *testing.T) {
	noon := time.Date(0, 1, 1, 12, 0, 0, 0, time.UTC)
	all := map[string]string{
		"all succeed": `
			e5 Succeeded 15:00 A:Succeeded B:Succeeded
			e4 Succeeded 14:00 A:Succeeded B:Succeeded
			e3 Succeeded 13:00 A:Succeeded B:Succeeded
			e2 Succeeded 12:00 A:Succeeded B:Succeeded
			e1 Succeeded 11:00 A:Succeeded B:Succeeded`,
		"B has failed since": `
			e5 Failed 15:00 A:Succeeded B:Failed
			e4 Failed 14:00 A:Succeeded B:Failed
			e3 Failed 13:00 A:Succeeded B:Failed
			e2 Succeeded 12:00 A:Succeeded B:Succeeded
			e1 Succeeded 11:00 A:Succeeded B:Succeeded
			e0 Succeeded 10:00 A:Succeeded B:Succeeded`,
		"stages that fail in turn": `
			e4 Stopped 14:00 A:Succeeded B:Stopped
			e3 Failed 13:00 A:Failed
			e2 Failed 12:00 A:Succeeded B:Failed
			e1 Failed 11:00 A:Failed`,
		"open": `
			e4 Succeeded 14:00 A:Succeeded
			e3 Succeeded 13:00 A:Succeeded
			e2 Stopping 12:00 A:Stopping
			e1 InProgress 11:00 A:InProgress`,
		"superseded before a stage": `
			e4 Superseded 14:00
			e3 Cancelled 13:00 A:Cancelled
			e2 Superseded 12:00 A:Skipped`,
		"nothing": ``,
	}
	for _, c := range []struct {
		history   string
		retention execution.Retention
		expired   string
	}{
		{"all succeed", execution.Retention{}, "e3 e2 e1"},
		{"all succeed", execution.Retention{Newest: 1}, "e3 e2 e1"},
		{"all succeed", execution.Retention{Newest: 4}, "e1"},
		{"all succeed", execution.Retention{Newest: 10}, ""},
		{"all succeed", execution.Retention{Before: noon}, "e1"},
		{"all succeed", execution.Retention{Before: noon.Add(time.Minute)}, "e2 e1"},
		{"all succeed", execution.Retention{Newest: 4, Before: noon.Add(time.Hour)}, "e1"},
		{"B has failed since", execution.Retention{}, "e3 e0"},
		{"stages that fail in turn", execution.Retention{}, "e1"},
		{"open", execution.Retention{}, ""},
		{"superseded before a stage", execution.Retention{}, "e4 e3 e2"},
		{"superseded before a stage", execution.Retention{Newest: 2}, "e2"},
		{"nothing", execution.Retention{}, ""},
	} {
		var history []execution.Past
		for line := range strings.Lines(strings.TrimSpace(all[c.history])) {
			history = append(history, past(t, line))
		}
		kept, expired := c.retention.Divide(history)
		var got []string
		for _, p := range expired {
			got = append(got, p.PipelineExecutionID)
		}
		if diff := cmp.Diff(c.expired, strings.Join(got, " ")); diff != "" || len(kept)+len(expired) != len(history) {
			t.Errorf("%s, %+v: expired (-want +got), %d kept:\n%s", c.history, c.retention, len(kept), diff)
		}
	}
}

func TestUnneeded(t *testing.T) {
	artifacts := func(keys ...string) (out []execution.Artifact) {
		for _, key := range keys {
			out = append(out, execution.Artifact{Name: "name of " + key, Bucket: "artifacts", Key: key, VersionID: "v"})
		}
		return out
	}
	of := func(actions ...*execution.Action) execution.Past { return execution.Past{Actions: actions} }
	renamed := artifacts("taken-over")
	renamed[0].Name, renamed[0].SHA256 = "other", "x"
	overwritten := artifacts("overwritten")
	overwritten[0].VersionID = "later"
	kept := []execution.Past{of(
		&execution.Action{InputArtifacts: renamed, OutputArtifacts: artifacts("own")},
		&execution.Action{InputArtifacts: overwritten, OutputArtifacts: artifacts("moved")},
	)}
	expired := of(
		&execution.Action{OutputArtifacts: artifacts("taken-over", "gone")},
		&execution.Action{InputArtifacts: artifacts("gone"), OutputArtifacts: artifacts("moved", "overwritten")},
	)
	if diff := cmp.Diff(artifacts("gone", "overwritten"), execution.Unneeded(expired, kept)); diff != "" {
		t.Errorf("unneeded (-want +got):\n%s", diff)
	}
}
