package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Ending is what is said of a run when it is over. Engine is nil where it was not measured, as for a run that
// another process did.
type Ending struct {
	Execution *execution.Execution
	Stages    int
	Actions   int
	Engine    *Engine
	Cost      string // what it would cost on AWS, a sentence
}

// Engine is what the engine did for a run.
type Engine struct {
	Transitions int
	PerAction   time.Duration
}

// Ending is the last block of a run: how it ended, in figures, and how to see it again.
func (l Lines) Ending(e Ending) []string {
	took := l.took(e.Execution.StartTime, e.Execution.LastUpdateTime, e.Execution.Ended())
	word := "Succeeded in "
	if e.Execution.ReachedUntil() {
		word = "Ran until stage " + Clean(e.Execution.Until) + " in "
	} else if e.Execution.Status != execution.ExecutionSucceeded {
		return append(l.unhappy(e.Execution, took), l.show("")...)
	}
	figures := []string{count(e.Stages, "stage"), count(e.Actions, "action")}
	if e.Engine != nil {
		figures = append(figures, count(e.Engine.Transitions, "transition"), milliseconds(e.Engine.PerAction)+" of engine time an action")
	}
	lines := l.figures(word+Duration(took), figures)
	if e.Execution.ReachedUntil() && l.Hints.GoOn != "" {
		lines = append(lines, l.LeadOn("To go on:", l.Hints.GoOn)...)
	}
	return append(lines, l.show(e.Cost)...)
}

// figures puts the figures beside the word, and those that do not fit below each other.
func (l Lines) figures(word string, figures []string) []string {
	indent := Width(word) + 3
	line, column := l.in(good, word)+"   ", indent
	if l.width() < 60 {
		indent = 2
	}
	gap := ""
	var lines []string
	for i, figure := range figures {
		if i < len(figures)-1 {
			figure += ","
		}
		if gap != "" && column+len(gap)+Width(figure) > l.width() {
			lines = append(lines, line)
			line, column, gap = strings.Repeat(" ", indent), indent, ""
		}
		line += gap + figure
		column += len(gap) + Width(figure)
		gap = " "
	}
	return append(lines, line)
}

func (l Lines) unhappy(e *execution.Execution, took time.Duration) []string {
	line := Status(e, l.Running)
	if e.CurrentStage != "" && e.Status != execution.ExecutionSuperseded {
		line += " in stage " + e.CurrentStage
	}
	line += " after " + Duration(took)
	summary := strings.TrimPrefix(strings.TrimPrefix(e.StatusSummary, "stopped: "), "superseded ")
	if summary != "" {
		line += ": " + summary
	}
	var lines []string
	for _, part := range Wrap(line, l.width()) {
		lines = append(lines, l.in(bad, part))
	}
	if !e.Ended() && !l.Running {
		lines = append(lines, l.LeadOn("The process that ran it ended before it did. To take it up:", l.Hints.TakeUp)...)
	}
	return lines
}

// show puts the command that shows the run again beside a sentence, or below it.
func (l Lines) show(sentence string) []string { return l.LeadOn(sentence, l.Hints.Show) }

// LeadOn puts a command beside a sentence, or below it; either may be missing. The command is never cut: it must be
// whole to be pasted.
func (s Style) LeadOn(sentence, command string) []string {
	switch {
	case sentence == "" && command == "":
		return nil
	case sentence == "" || command == "":
		return []string{sentence + command}
	case Width(sentence)+3+Width(command) <= s.width():
		return []string{sentence + "   " + command}
	}
	return append(Wrap(sentence, s.width()), command)
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond)/time.Millisecond)
}
