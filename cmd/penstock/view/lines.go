package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Lines draws the lines of one run. NameWidth is the width of the widest action name, so that columns stand still
// from the first line on; Hints are the commands that lines may name.
type Lines struct {
	Style
	NameWidth int
	Hints     Hints
}

// Hints are commands as a user types them: to read a whole log, to run again, and to see the run later.
type Hints struct {
	Logs  func(stage, action string) string
	Again string
	Show  string
	// TakeUp takes up a run that was interrupted.
	TakeUp string
	// GoOn goes on behind the stage until which the run was to go.
	GoOn string
	// Answer are the commands that approve and reject an approval from another shell.
	Answer func(stage, action string) []string
}

const (
	markWidth     = 4
	durationWidth = 5
	detailWidth   = 40 // of a detail, where there is room for a column of outputs beside it
	outputsWidth  = 30
	maxNameWidth  = 28
)

// NameWidth is the width of the name column for these names.
func NameWidth(names []string) int { return min(widest(names), maxNameWidth) }

func widest(texts []string) int {
	width := 0
	for _, text := range texts {
		width = max(width, Width(text))
	}
	return width
}

// Header is the first line of a run.
func (l Lines) Header(e *execution.Execution) string {
	line := fmt.Sprintf("%s  v%d  execution %s  %s", e.PipelineName, e.PipelineVersion, ShortID(e.PipelineExecutionID), e.Mode)
	line = Fit(line, l.width())
	if name := e.PipelineName; strings.HasPrefix(line, name) {
		return l.in(bold, name) + line[len(name):]
	}
	return line
}

// Stage is the line above the actions of a stage.
func (l Lines) Stage(name string) string { return l.in(bold, Fit(name, l.width())) }

// Action is what is shown of an action execution that has ended: one line where it fits, its outputs below where it
// does not. Of a failed one the message is shown in full, with the end of its log and what to do.
func (l Lines) Action(a *execution.Action, tail []string) []string {
	prefix := l.prefix(markOf(a), a.ActionName, l.took(a.StartTime, a.LastUpdateTime, a.Ended()))
	if a.Status == execution.ActionFailed {
		return l.failure(prefix, a, tail)
	}
	if a.Status == execution.ActionAbandoned {
		return l.beside(prefix, strings.TrimSpace(Detail(a)+"  abandoned"), nil)
	}
	if a.Skipped {
		return l.told(prefix, "", a.Summary)
	}
	return l.beside(prefix, Detail(a), outputsOf(a))
}

// mark is the word before an action.
type mark struct {
	word  string
	paint paint
}

func markOf(a *execution.Action) mark {
	switch a.Status {
	case execution.ActionSucceeded:
		if a.Skipped {
			return mark{"skip", dim}
		}
		return mark{"ok", good}
	case execution.ActionFailed:
		return mark{"FAIL", bad}
	case execution.ActionAbandoned:
		return mark{"stop", bad}
	}
	return mark{"...", busy}
}

// prefix is the left part of an action's line.
func (l Lines) prefix(m mark, name string, took time.Duration) string {
	name = pad(Fit(name, l.NameWidth), l.NameWidth)
	return fmt.Sprintf("  %s  %s  %*s   ", l.in(m.paint, pad(m.word, markWidth)), name, durationWidth, Duration(took))
}

func (l Lines) indent() int { return 2 + markWidth + 2 + l.NameWidth + 2 + durationWidth + 3 }

// room is what is left of a line beside the prefix; where names leave nearly nothing, text goes below with a small
// indentation.
func (l Lines) room() int { return max(l.width()-l.indent(), 10) }

// beside puts the detail beside the prefix and the outputs beside that, or below where they do not fit.
func (l Lines) beside(prefix, detail string, outputs []string) []string {
	first := strings.TrimRight(prefix+Fit(detail, l.room()), " ")
	if len(outputs) == 0 {
		return []string{first}
	}
	joined := strings.Join(outputs, "   ")
	gap := 3
	if detail == "" {
		gap = 0
	}
	if l.room() >= detailWidth+outputsWidth {
		gap = max(gap, detailWidth-Width(detail))
	}
	if Width(detail)+gap+Width(joined) <= l.room() {
		return []string{prefix + detail + strings.Repeat(" ", gap) + l.in(dim, joined)}
	}
	lines := []string{first}
	for _, line := range fill(outputs, l.room()) {
		lines = append(lines, strings.Repeat(" ", l.indent())+l.in(dim, line))
	}
	return lines
}

// fill puts as many parts into a line as fit.
func fill(parts []string, width int) []string {
	var lines []string
	if len(parts) == 0 {
		return lines
	}
	line := ""
	for _, part := range parts {
		part = Fit(part, width)
		if line != "" && Width(line)+3+Width(part) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += "   "
		}
		line += part
	}
	return append(lines, line)
}

// edge is the indentation of what is shown below a failed action.
const edge = "        "

// failure shows why an action failed: what it did, the message in full, the end of its log, and what to do. The log of
// an approval only repeats what was asked.
func (l Lines) failure(prefix string, a *execution.Action, tail []string) []string {
	lines := l.reason(prefix, a)
	if a.Type.Category == "Approval" {
		tail = nil
	}
	for _, line := range tail {
		for _, folded := range fold(Clean(line), l.width()-len(edge)-2) {
			lines = append(lines, strings.TrimRight(edge+l.in(bad, "|")+" "+folded, " "))
		}
	}
	return append(lines, l.hints(a, len(tail) > 0)...)
}

// mostFolds is how many lines one line of a log may take.
const mostFolds = 3

// fold breaks a line that is too wide: the end of a message is often its cause. A line that is longer still is cut.
func fold(line string, width int) []string {
	if Width(line) <= width {
		return []string{line}
	}
	lines := Wrap(line, width)
	if len(lines) > mostFolds {
		lines = append(lines[:mostFolds-1], Fit(strings.Join(lines[mostFolds-1:], " "), width))
	}
	return lines
}

// reason is what an action did and why it failed: on one line where that fits, else the message is below, in full.
func (l Lines) reason(prefix string, a *execution.Action) []string {
	detail, message := Detail(a), ""
	if a.Error != nil {
		message = strings.TrimSpace(a.Error.Message)
	}
	return l.told(prefix, detail, message)
}

// told puts a message beside the detail where it fits, else below, in full.
func (l Lines) told(prefix, detail, message string) []string {
	joined := Clean(message)
	if detail != "" && joined != "" {
		joined = detail + "  " + joined
	}
	if !strings.Contains(message, "\n") && Width(joined) <= l.room() {
		return []string{strings.TrimRight(prefix+joined, " ")}
	}
	lines := []string{strings.TrimRight(prefix+Fit(detail, l.room()), " ")}
	for _, line := range Wrap(message, l.width()-len(edge)) {
		lines = append(lines, edge+line)
	}
	return lines
}

// hints are the commands that help after a failure. They are never cut: a command must be whole to be pasted.
func (l Lines) hints(a *execution.Action, logged bool) []string {
	var parts []string
	if l.Hints.Logs != nil && logged {
		parts = append(parts, "log: "+l.Hints.Logs(a.StageName, a.ActionName))
	}
	if l.Hints.Again != "" {
		parts = append(parts, "again: "+l.Hints.Again)
	}
	if joined := strings.Join(parts, "     "); Width(edge+joined) <= l.width() && joined != "" {
		return []string{edge + joined}
	}
	for i := range parts {
		parts[i] = edge + parts[i]
	}
	return parts
}
