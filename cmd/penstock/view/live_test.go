package view

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
)

// lived is a model of a terminal of that size, with two actions that run.
func lived(width, height int) (*liveModel, *int) {
	interrupts := 0
	m := &liveModel{
		lines: Lines{NameWidth: 8}, interrupt: func() { interrupts++ }, sized: make(chan struct{}),
		now: time.Date(2026, 11, 22, 4, 0, 2, 0, time.UTC),
	}
	began := m.now.Add(-1500 * time.Millisecond)
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	m.Update(screenMsg(Screen{Header: "Build", Since: m.now.Add(-2 * time.Second), Footer: "stage 2 of 5", Rows: []Row{
		{Action: building("Compile", began), Log: "$ go build ./... with flags that nobody can read in so few columns"},
		{Action: building("UnitTest", began)},
	}}))
	return m, &interrupts
}

func building(name string, began time.Time) *execution.Action {
	return &execution.Action{
		ActionExecutionID: "id of " + name, ActionName: name, Status: execution.ActionInProgress, StartTime: began,
		Type:                  execution.ActionTypeID{Category: "Build", Owner: "AWS", Provider: "CodeBuild", Version: "1"},
		ResolvedConfiguration: map[string]string{"ProjectName": "go-service"},
	}
}

func TestLiveRedraws(t *testing.T) {
	m, _ := lived(60, 24)
	want := []string{
		"", "Build",
		"  ⠋     Compile    1.5s   CodeBuild go-service  $ go build…",
		"  ⠋     UnitTest   1.5s   CodeBuild go-service",
		"", "2.0s   stage 2 of 5",
	}
	if diff := cmp.Diff(want, strings.Split(m.View().Content, "\n")); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	m.Update(tickMsg(m.now.Add(100 * time.Millisecond)))
	if got := m.View().Content; !strings.Contains(got, "⠙     UnitTest   1.6s") {
		t.Errorf("after a tick:\n%s", got)
	}
}

// TestLiveFits holds that the redrawn part is never wider or higher than the terminal: what does not fit cannot be
// redrawn in place.
func TestLiveFits(t *testing.T) {
	for _, size := range [][2]int{{40, 3}, {60, 5}, {80, 24}, {200, 50}} {
		m, _ := lived(size[0], size[1])
		m.Update(askMsg{action: "id of Compile", block: []string{"  a", "  b", "  c"}, prompt: "Approve? [y/n]"})
		lines := strings.Split(m.View().Content, "\n")
		if len(lines) >= size[1] {
			t.Errorf("%d lines in %d rows", len(lines), size[1])
		}
		for _, line := range lines {
			if Width(line) > size[0] {
				t.Errorf("%d columns in %d: %q", Width(line), size[0], line)
			}
		}
	}
}

// A command or a link that is wider than the terminal is broken, not cut: it is there to be copied.
func TestLiveBreaksWhatIsCopied(t *testing.T) {
	m, _ := lived(40, 24)
	const link = "https://example.com/review/of/a/release/that/goes/on/and/on"
	m.Update(askMsg{action: "id of Compile", block: []string{"    review  " + link}, prompt: "Approve? [y/n]"})
	if got := m.View().Content; !strings.Contains(strings.ReplaceAll(got, "\n", ""), link) {
		t.Errorf("the link is cut:\n%s", got)
	}
}

func TestLiveAsks(t *testing.T) {
	m, interrupts := lived(80, 24)
	var answers []bool
	ask := askMsg{action: "id of Compile", prompt: "Approve? [y/n]", answer: func(yes bool) { answers = append(answers, yes) }}
	press := func(key rune, mod tea.KeyMod) { m.Update(tea.KeyPressMsg{Code: key, Text: string(key), Mod: mod}) }
	press('y', 0) // nothing is asked
	m.Update(ask)
	m.Update(ask)
	press('x', 0)
	if !strings.Contains(m.View().Content, "Approve? [y/n]") {
		t.Errorf("the question is not shown:\n%s", m.View().Content)
	}
	press('n', 0)
	press('y', 0)
	m.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	if diff := cmp.Diff([]bool{false, true}, answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if *interrupts != 1 {
		t.Errorf("%d interrupts, want 1", *interrupts)
	}
	m.Update(ask)
	m.Update(screenMsg(Screen{})) // its action has ended
	if got := m.View().Content; got != "" {
		t.Errorf("view = %q, want nothing", got)
	}
}
